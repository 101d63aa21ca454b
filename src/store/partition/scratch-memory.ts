/**
 * Memory that is used again and again for what is decoded and copied at once. Fresh arrays would be tens of megabytes of garbage before
 * the runtime sees a reason to collect it, because their memory is not on its heap; and collecting it took as long as decoding.
 */
export class ScratchMemory {
  readonly #maxLength: number;
  #values = new Float64Array();
  #wanted = 0;

  /** Keeps up to so many numbers; beyond that they are in fresh memory. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  take(length: number): Float64Array {
    const from = this.#wanted;
    this.#wanted += length;
    if (this.#wanted > this.#values.length) return new Float64Array(length);
    return this.#values.subarray(from, this.#wanted);
  }

  /** What was taken before may be given out again. */
  reset(): void {
    const length = Math.min(this.#wanted, this.#maxLength);
    if (length > this.#values.length) this.#values = new Float64Array(length);
    this.#wanted = 0;
  }
}
