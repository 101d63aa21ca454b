/** Reads selectors from the store: the sample that is valid at each step, or the samples of a sliding range. */
import { type SeriesSamples, staleNaNBits } from "../../core/storage.ts";
import type { AtModifier, RangeSelector, VectorSelector } from "../ast.ts";
import { allMatchers } from "../parser/selector.ts";
import type { EvalContext } from "./context.ts";
import { newSeries, type RangeSeries, type RangeVector, stepTimeMs, type VectorSeries } from "./values.ts";

/** The times a shifted selector or subquery looks at, one per step. */
export function lookTimesMs(
  shift: { readonly offsetMs: number; readonly at: AtModifier | null },
  context: EvalContext,
): Float64Array {
  const { steps } = context;
  const fixedMs = shift.at === null ? null : atTimeMs(shift.at, context);
  const timesMs = new Float64Array(steps.count);
  for (let i = 0; i < steps.count; i++) timesMs[i] = (fixedMs ?? stepTimeMs(steps, i)) - shift.offsetMs;
  return timesMs;
}

function atTimeMs(at: AtModifier, { query }: EvalContext): number {
  if (at.kind === "time") return at.timeMs;
  return at.kind === "start" ? query.startMs : stepTimeMs(query, query.count - 1);
}

/** The newest sample in the look-back window of each step, unless it is a stale marker. `read` picks value or time. */
export function evaluateSelector(
  selector: VectorSelector,
  context: EvalContext,
  read: "value" | "timestamp",
): readonly VectorSeries[] {
  const timesMs = lookTimesMs(selector, context);
  const found = select(selector, timesMs, context.lookbackMs, context);
  const result: VectorSeries[] = [];
  for (const samples of found) {
    const series = newSeries(samples.labels, read === "timestamp", timesMs.length);
    context.budget.take(timesMs.length);
    if (fillFromLookback(samples, timesMs, context.lookbackMs, series, read)) result.push(series);
  }
  return result;
}

/** Returns whether any step has a value. */
function fillFromLookback(
  { timestampsMs, values }: SeriesSamples,
  timesMs: Float64Array,
  lookbackMs: number,
  { values: out, present }: VectorSeries,
  read: "value" | "timestamp",
): boolean {
  let any = false;
  let next = countUntil(timestampsMs, timesMs[0] ?? 0);
  for (let i = 0; i < timesMs.length; i++) {
    const timeMs = timesMs[i] ?? 0;
    while (next < timestampsMs.length && (timestampsMs[next] ?? 0) <= timeMs) next += 1;
    const newest = next - 1;
    const newestMs = timestampsMs[newest];
    if (newestMs === undefined || newestMs <= timeMs - lookbackMs || isStale(values, newest)) continue;
    out[i] = read === "value" ? (values[newest] ?? Number.NaN) : newestMs / 1000;
    present[i] = 1;
    any = true;
  }
  return any;
}

/** How many of the ascending times are not after `timeMs`, by bisection. */
function countUntil(timestampsMs: Float64Array, timeMs: number): number {
  let low = 0;
  let high = timestampsMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((timestampsMs[middle] ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The samples of every series that any step's range covers. */
export function evaluateRangeSelector({ selector, rangeMs }: RangeSelector, context: EvalContext): RangeVector {
  const endsMs = lookTimesMs(selector, context);
  const series = select(selector, endsMs, rangeMs, context).map(withoutStale);
  return { series: series.filter(({ values }) => values.length > 0), rangeMs, endsMs };
}

function select(
  selector: VectorSelector,
  timesMs: Float64Array,
  windowMs: number,
  { reader, budget }: EvalContext,
): readonly SeriesSamples[] {
  const firstMs = timesMs[0] ?? 0;
  const lastMs = timesMs[timesMs.length - 1] ?? firstMs;
  const found = reader.select(allMatchers(selector), firstMs - windowMs, lastMs, (samples) => budget.take(samples));
  budget.checkSeries(found.length);
  return found;
}

function withoutStale({ labels, timestampsMs, values }: SeriesSamples): RangeSeries {
  if (!values.some((_, index) => isStale(values, index))) return { labels, dropName: false, timestampsMs, values };
  const isLive = (_: number, index: number): boolean => !isStale(values, index);
  return { labels, dropName: false, timestampsMs: timestampsMs.filter(isLive), values: values.filter(isLive) };
}

/** Whether a sample is the stale marker. Only its bits tell it from other NaNs, and only a view of the memory shows them. */
export function isStale(values: Float64Array, index: number): boolean {
  if (!Number.isNaN(values[index])) return false;
  return new BigUint64Array(values.buffer, values.byteOffset + index * 8, 1)[0] === staleNaNBits;
}
