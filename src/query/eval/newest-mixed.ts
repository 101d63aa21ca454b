/** The newest sample at each step of a series that has native histograms. Its neighbour for numbers only is in `read-samples.ts`. */
import { countUpTo } from "../../core/count-up-to.ts";
import type { SeriesSamples } from "../../core/storage.ts";
import { newMixedSeries, setElement, settled } from "./mixed-values.ts";
import { isStale } from "./stale.ts";
import type { VectorSeries } from "./values.ts";

/** The newest sample in the look-back window of each step, unless it is a stale marker. */
export function newestMixed(samples: SeriesSamples, timesMs: Float64Array, lookbackMs: number): VectorSeries {
  const { labels, timestampsMs, values, histograms } = samples;
  const series = newMixedSeries(labels, false, timesMs.length);
  for (const [step, timeMs] of timesMs.entries()) {
    const newest = countUpTo(timestampsMs, timeMs) - 1;
    const newestMs = timestampsMs[newest];
    if (newestMs === undefined || newestMs <= timeMs - lookbackMs || isStale(values, newest)) continue;
    setElement(series, step, histograms?.[newest] ?? values[newest] ?? Number.NaN);
  }
  return settled(series);
}
