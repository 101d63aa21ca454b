/** A set of series, a bit each: they are dense, and there may be a million. */
import type { SeriesRef } from "../../core/storage.ts";

export class RefSet {
  #bits = new Uint8Array(0);

  has(ref: SeriesRef): boolean {
    return (((this.#bits[ref >> 3] ?? 0) >> (ref & 7)) & 1) === 1;
  }

  add(ref: SeriesRef): void {
    if (ref >> 3 >= this.#bits.length) {
      const longer = new Uint8Array(Math.max(64, 2 * ((ref >> 3) + 1)));
      longer.set(this.#bits);
      this.#bits = longer;
    }
    this.#bits[ref >> 3] = (this.#bits[ref >> 3] ?? 0) | (1 << (ref & 7));
  }

  /** Ascending. */
  *[Symbol.iterator](): Generator<SeriesRef> {
    for (const [at, bits] of this.#bits.entries()) {
      for (let bit = 0; bits >> bit !== 0; bit++) if (((bits >> bit) & 1) === 1) yield 8 * at + bit;
    }
  }
}
