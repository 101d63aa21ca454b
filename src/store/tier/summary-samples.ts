/** Samples in the place of raw ones that are gone: of each window the first and the last, which are real ones, at their own times. */
import { staleNaNBits, summaryFlags, type SummaryColumns } from "../../core/storage.ts";
import type { ColumnSamples } from "../codec/block.ts";

const staleLow = Number(staleNaNBits & 0xffff_ffffn);
const staleHigh = Number(staleNaNBits >> 32n);

/** Those with startMs < time ≤ endMs. Where a series ended in a window, a stale marker follows at the next ms. */
export function samplesOfSummaries(columns: SummaryColumns, startMs: number, endMs: number): ColumnSamples {
  const { endsMs, first, firstMs, last, lastMs, flags } = columns;
  const room = 3 * endsMs.length;
  const timestampsMs = new Float64Array(room);
  const values = new Float64Array(room);
  const words = new Uint32Array(values.buffer);
  const firstWords = wordsOf(first);
  const lastWords = wordsOf(last);
  let count = 0;
  const add = (timeMs: number, low: number, high: number): void => {
    if (timeMs <= startMs || timeMs > endMs) return;
    timestampsMs[count] = timeMs;
    // As words: a NaN's payload may not survive the way through a number.
    words[2 * count] = low;
    words[2 * count + 1] = high;
    count++;
  };
  for (let i = 0; i < endsMs.length; i++) {
    // What the native histograms were, no tier says.
    if (((flags[i] ?? 0) & summaryFlags.histograms) !== 0) continue;
    const atFirst = firstMs[i] ?? 0;
    const atLast = lastMs[i] ?? 0;
    if (atFirst < atLast) add(atFirst, firstWords[2 * i] ?? 0, firstWords[2 * i + 1] ?? 0);
    add(atLast, lastWords[2 * i] ?? 0, lastWords[2 * i + 1] ?? 0);
    if (((flags[i] ?? 0) & summaryFlags.ended) !== 0) add(atLast + 1, staleLow, staleHigh);
  }
  return { timestampsMs: timestampsMs.subarray(0, count), values: values.subarray(0, count) };
}

function wordsOf(column: Float64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, 2 * column.length);
}
