/** The columns that a scrape leaves for the store: its own samples, the ends of series, and what the scrape says of itself. */
import { type ReceivedHistogram, type ReceivedSamples, type SeriesRef, staleNaNBits } from "../../../core/storage.ts";
import type { NativeHistogram } from "../../../core/native-histogram.ts";

/** Grows as it is written. */
export class ScrapeSamples {
  #count = 0;
  #refs: Uint32Array;
  #times: Float64Array;
  #values: Float64Array;
  /** Over the same memory: a stale marker is written as bits. */
  #bits: BigUint64Array;
  readonly #histograms: ReceivedHistogram[] = [];

  constructor(expected: number) {
    this.#refs = new Uint32Array(expected);
    this.#times = new Float64Array(expected);
    this.#values = new Float64Array(expected);
    this.#bits = new BigUint64Array(this.#values.buffer);
  }

  add(ref: SeriesRef, timeMs: number, value: number): void {
    const at = this.#next();
    this.#refs[at] = ref;
    this.#times[at] = timeMs;
    this.#values[at] = value;
  }

  addHistogram(ref: SeriesRef, timeMs: number, histogram: NativeHistogram): void {
    this.#histograms.push({ ref, timeMs, histogram });
  }

  /** The series ends here. */
  addEnd(ref: SeriesRef, timeMs: number): void {
    const at = this.#next();
    this.#refs[at] = ref;
    this.#times[at] = timeMs;
    this.#bits[at] = staleNaNBits;
  }

  get samples(): ReceivedSamples {
    const columns = { count: this.#count, refs: this.#refs, timesMs: this.#times, values: this.#values };
    return this.#histograms.length === 0 ? columns : { ...columns, histograms: this.#histograms };
  }

  #next(): number {
    if (this.#count < this.#refs.length) return this.#count++;
    const length = Math.max(64, this.#refs.length * 2);
    const values = new Float64Array(length);
    const bits = new BigUint64Array(values.buffer);
    // As bits, because ends are among them.
    bits.set(this.#bits);
    const refs = new Uint32Array(length);
    refs.set(this.#refs);
    const times = new Float64Array(length);
    times.set(this.#times);
    [this.#refs, this.#times, this.#values, this.#bits] = [refs, times, values, bits];
    return this.#count++;
  }
}
