/** Samples of a selector, read from the store: the one that is valid at each step, or those of a sliding range. */
import { countUpTo } from "../../core/count-up-to.ts";
import type { LabelMatcher } from "../../core/labels.ts";
import { type SeriesSamples, staleNaNBits } from "../../core/storage.ts";
import type { RangeSelector, VectorSelector } from "../ast.ts";
import { allMatchers } from "../parser/selector.ts";
import { type EvalContext, observerOf } from "./context.ts";
import { lookTimesMs } from "./look-times.ts";
import { rangeMsIn } from "./resolution.ts";
import { newSeries, type RangeSeries, type RangeVector, type VectorSeries } from "./values.ts";

/** What of a sample an instant vector shows: `timestamp()` wants its time, in seconds. */
export type SamplePart = "value" | "timestamp";

/** The samples with startMs < time ≤ endMs. Throws `QUERY_LIMIT` where there are too many. */
export function readSamples(
  matchers: readonly LabelMatcher[],
  startMs: number,
  endMs: number,
  context: EvalContext,
): readonly SeriesSamples[] {
  const found = context.reader.select(matchers, startMs, endMs, observerOf(context));
  context.budget.checkSeries(found.length);
  return found;
}

/** The newest sample in the look-back window of each step, unless it is a stale marker. */
export function newestSamples(
  selector: VectorSelector,
  lookbackMs: number,
  context: EvalContext,
  part: SamplePart,
): readonly VectorSeries[] {
  const timesMs = lookTimesMs(selector, context);
  const result: VectorSeries[] = [];
  for (const samples of readAround(selector, timesMs, lookbackMs, context)) {
    const series = newSeries(samples.labels, part === "timestamp", timesMs.length);
    context.budget.take(timesMs.length);
    if (fillFromLookback(samples, timesMs, lookbackMs, series, part)) result.push(series);
  }
  return result;
}

/** Returns whether any step has a value. */
function fillFromLookback(
  { timestampsMs, values }: SeriesSamples,
  timesMs: Float64Array,
  lookbackMs: number,
  { values: out, present }: VectorSeries,
  part: SamplePart,
): boolean {
  let any = false;
  let next = countUpTo(timestampsMs, timesMs[0] ?? 0);
  for (let i = 0; i < timesMs.length; i++) {
    const timeMs = timesMs[i] ?? 0;
    while (next < timestampsMs.length && (timestampsMs[next] ?? 0) <= timeMs) next += 1;
    const newest = next - 1;
    const newestMs = timestampsMs[newest];
    if (newestMs === undefined || newestMs <= timeMs - lookbackMs || isStale(values, newest)) continue;
    out[i] = part === "value" ? (values[newest] ?? Number.NaN) : newestMs / 1000;
    present[i] = 1;
    any = true;
  }
  return any;
}

/** The samples of every series that any step's range covers. The steps are all answered at one resolution. */
export function evaluateRangeSelector(range: RangeSelector, context: EvalContext): RangeVector {
  const endsMs = lookTimesMs(range.selector, context);
  const rangeMs = rangeMsIn(range, context);
  const series = readAround(range.selector, endsMs, rangeMs, context).map(withoutStale);
  return { series: series.filter(({ values }) => values.length > 0), rangeMs, endsMs };
}

function readAround(
  selector: VectorSelector,
  timesMs: Float64Array,
  windowMs: number,
  context: EvalContext,
): readonly SeriesSamples[] {
  const firstMs = timesMs[0] ?? 0;
  const lastMs = timesMs[timesMs.length - 1] ?? firstMs;
  return readSamples(allMatchers(selector), firstMs - windowMs, lastMs, context);
}

/** What a range function may see. */
export function withoutStale({ labels, timestampsMs, values }: SeriesSamples): RangeSeries {
  if (!values.some((_, index) => isStale(values, index))) return { labels, dropName: false, timestampsMs, values };
  const isLive = (_: number, index: number): boolean => !isStale(values, index);
  return { labels, dropName: false, timestampsMs: timestampsMs.filter(isLive), values: values.filter(isLive) };
}

/** Whether a sample is the stale marker. Only its bits tell it from other NaNs, and only a view of the memory shows them. */
export function isStale(values: Float64Array, index: number): boolean {
  if (!Number.isNaN(values[index])) return false;
  return new BigUint64Array(values.buffer, values.byteOffset + index * 8, 1)[0] === staleNaNBits;
}
