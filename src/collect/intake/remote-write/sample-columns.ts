/**
 * Samples of one request on their way to the store: columns in pieces of the size that the data thread takes at once. The three columns of
 * a piece share their memory, because each part that moves to another thread has its price.
 */
import type { ReceivedHistogram, ReceivedSamples, SeriesRef } from "../../../core/storage.ts";
import { pieceSamplesMax } from "../port-sink.ts";

const bytesPerSample = 2 * Float64Array.BYTES_PER_ELEMENT + Uint32Array.BYTES_PER_ELEMENT;
const piecesMin = 64;

export class SampleColumns {
  readonly #pieces: ReceivedSamples[] = [];
  readonly histograms: ReceivedHistogram[] = [];
  #piece: Piece;
  #at = 0;

  /** `expected`: samples that there may be, for the first piece's size. */
  constructor(expected: number) {
    this.#piece = pieceFor(Math.max(piecesMin, Math.min(expected, pieceSamplesMax)));
  }

  /** `low`, `high`: the value's bits. */
  push(ref: SeriesRef, timeMs: number, low: number, high: number): void {
    if (this.#at === this.#piece.refs.length) this.#next();
    const { refs, timesMs, words } = this.#piece;
    const at = this.#at++;
    refs[at] = ref;
    timesMs[at] = timeMs;
    words[2 * at] = low;
    words[2 * at + 1] = high;
  }

  /** Everything; after this there is no more. */
  pieces(): readonly ReceivedSamples[] {
    this.#cut();
    if (this.histograms.length > 0) {
      const none = { count: 0, refs: new Uint32Array(0), timesMs: new Float64Array(0), values: new Float64Array(0) };
      this.#pieces.push({ ...none, histograms: this.histograms });
    }
    return this.#pieces;
  }

  #cut(): void {
    if (this.#at === 0) return;
    const { refs, timesMs, values } = this.#piece;
    this.#pieces.push({ count: this.#at, refs, timesMs, values });
    this.#at = 0;
  }

  #next(): void {
    this.#cut();
    this.#piece = pieceFor(pieceSamplesMax);
  }
}

interface Piece {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  /** The memory of the values: a NaN's payload would not survive as a number. */
  readonly words: Uint32Array;
  readonly refs: Uint32Array;
}

/** Not filled with zeros: what is read of it was written before. Not of Node's shared pool, which cannot be moved. */
function pieceFor(samples: number): Piece {
  const { buffer } = Buffer.allocUnsafeSlow(samples * bytesPerSample);
  const valuesAt = samples * Float64Array.BYTES_PER_ELEMENT;
  return {
    timesMs: new Float64Array(buffer, 0, samples),
    values: new Float64Array(buffer, valuesAt, samples),
    words: new Uint32Array(buffer, valuesAt, 2 * samples),
    refs: new Uint32Array(buffer, 2 * valuesAt, samples),
  };
}
