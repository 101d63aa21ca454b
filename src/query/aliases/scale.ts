/**
 * Values in another unit. Every declared scale is a power of two (sectors of 512 bytes, pages of 4096), which changes exponents only:
 * sums and differences of scaled values are the scaled sums and differences, so that summaries stay exact.
 */
import { type SeriesSamples, type SeriesSummaries, summaryFlags } from "../../core/storage.ts";

/** Fresh samples; a NaN keeps its bits, because one of them is the stale marker. */
export function scaleSamples(samples: SeriesSamples, scale: number): SeriesSamples {
  return scale === 1 ? samples : { ...samples, values: scaled(samples.values, scale) };
}

/** Fresh summaries of the scaled values. */
export function scaleSummaries(summaries: SeriesSummaries, scale: number): SeriesSummaries {
  if (scale === 1) return summaries;
  const { sum, min, max, first, last, dropped, flags } = summaries;
  return {
    ...summaries,
    sum: scaled(sum, scale),
    min: scaled(min, scale),
    max: scaled(max, scale),
    first: scaled(first, scale),
    last: scaled(last, scale),
    dropped: scaled(dropped, scale),
    // What was a whole number may be none any more.
    flags: flags.map((bits) => bits & ~summaryFlags.integers),
  };
}

function scaled(values: Float64Array, scale: number): Float64Array {
  const result = values.slice();
  for (let index = 0; index < result.length; index++) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isNaN(value)) result[index] = value * scale;
  }
  return result;
}
