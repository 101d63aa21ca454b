/**
 * The newest sample at each step, from summaries: a chart of a month looks at one sample in thousands, and the last one of each
 * minute is among what a minute's summary has.
 */
import { type SeriesRef, type SeriesSummaries, summaryFlags, tierStepsMs } from "../../core/storage.ts";
import type { VectorSelector } from "../ast.ts";
import { allMatchers } from "../parser/selector.ts";
import { type EvalContext, observerOf } from "./context.ts";
import { lookTimesMs } from "./look-times.ts";
import { readSamples, type SamplePart } from "./read-samples.ts";
import { isStale } from "./stale.ts";
import { alignedStepMs, paysOff, saysTooLittle } from "./summary-windows.ts";
import { isEmpty, newSeries, type VectorSeries } from "./values.ts";

const [minuteMs] = tierStepsMs;

/** `null` where summaries do not say it, or reading them would save nothing. */
export function newestFromSummaries(
  selector: VectorSelector,
  context: EvalContext,
  part: Exclude<SamplePart, "start">,
): readonly VectorSeries[] | null {
  const { reader, budget, lookbackMs } = context;
  const timesMs = lookTimesMs(selector, context);
  const [firstMs = 0, secondMs = firstMs] = timesMs;
  const stepMs = alignedStepMs(timesMs, 0);
  if (stepMs === null || !paysOff(timesMs, secondMs - firstMs)) return null;
  const startMs = firstMs - Math.ceil(lookbackMs / stepMs) * stepMs;
  const matchers = allMatchers(selector);
  const endMs = timesMs[timesMs.length - 1] ?? firstMs;
  const series = new Map<SeriesRef, VectorSeries>();
  const unclear = new Set<number>();
  for (const summaries of reader.summaries(matchers, startMs, endMs, stepMs, observerOf(context), ["last", "flags"])) {
    budget.checkSeries(series.size + 1);
    budget.take(timesMs.length);
    if (saysTooLittle(summaries)) return null;
    const one = newSeries(summaries.labels, part === "timestamp", timesMs.length);
    fillFromRows(summaries, timesMs, lookbackMs, one, part, unclear);
    series.set(summaries.ref, one);
  }
  if (unclear.size > Math.max(8, timesMs.length / 8)) return null;
  for (const step of unclear) {
    const timeMs = timesMs[step] ?? 0;
    for (const samples of readSamples(matchers, timeMs - lookbackMs, timeMs, context)) {
      const one = series.get(samples.ref);
      const newest = samples.values.length - 1;
      if (one === undefined || isStale(samples.values, newest)) continue;
      one.values[step] = (part === "value" ? samples.values[newest] : (samples.timestampsMs[newest] ?? 0) / 1000) ?? Number.NaN;
      one.present[step] = 1;
    }
  }
  return [...series.values()].filter((one) => !isEmpty(one));
}

/**
 * Adds to `unclear` the steps at which a stale marker may have come after the sample: one that is alone in its minute has left no
 * row. Where the sample is of the minute that ends at the step, the marker would have to be in the same one, which says so.
 */
function fillFromRows(
  { endsMs, last, lastMs, flags }: SeriesSummaries,
  timesMs: Float64Array,
  lookbackMs: number,
  { values, present }: VectorSeries,
  part: Exclude<SamplePart, "start">,
  unclear: Set<number>,
): void {
  let next = 0;
  for (let i = 0; i < timesMs.length; i++) {
    const timeMs = timesMs[i] ?? 0;
    while (next < endsMs.length && (endsMs[next] ?? 0) <= timeMs) next += 1;
    const newestMs = lastMs[next - 1];
    if (newestMs === undefined || newestMs <= timeMs - lookbackMs) continue;
    if (((flags[next - 1] ?? 0) & summaryFlags.ended) !== 0) continue;
    if (newestMs <= timeMs - minuteMs) {
      unclear.add(i);
      continue;
    }
    values[i] = part === "value" ? (last[next - 1] ?? Number.NaN) : newestMs / 1000;
    present[i] = 1;
  }
}
