/** Samples of a selector, read from the store: the one that is valid at each step, or those of a sliding range. */
import type { LabelMatcher } from "../../core/labels.ts";
import type { SeriesSamples } from "../../core/storage.ts";
import type { RangeSelector, VectorSelector } from "../ast.ts";
import { allMatchers } from "../parser/selector.ts";
import { type EvalContext, observerOf } from "./context.ts";
import { needsNoBuckets, withDetectedHints } from "./detected-hints.ts";
import { lookTimesMs } from "./look-times.ts";
import { newestMixed } from "./newest-mixed.ts";
import { rangeMsIn } from "./resolution.ts";
import { hasStale, isStale } from "./stale.ts";
import type { MakeMemory } from "./value-memory.ts";
import { isEmpty, type RangeSeries, type RangeVector, type VectorSeries } from "./values.ts";
import { boundsFinder, type WindowBounds } from "./window-bounds.ts";

/** What of a sample an instant vector shows: `timestamp()` wants its time, `start_timestamp()` when its counting began, in seconds. */
export type SamplePart = "value" | "timestamp" | "start";

/** The samples with startMs < time ≤ endMs, or of each series at least the newest one. Throws `QUERY_LIMIT` where there are too many. */
export function readSamples(
  matchers: readonly LabelMatcher[],
  startMs: number,
  endMs: number,
  context: EvalContext,
  newestOnly = false,
): readonly SeriesSamples[] {
  const { reader, budget, lastRead } = context;
  const key = JSON.stringify([startMs, endMs, newestOnly, matchers]);
  if (lastRead.key === key) return lastRead.samples;
  const found = reader.select(matchers, startMs, endMs, { ...observerOf(context), newestOnly });
  budget.checkSeries(found.length);
  lastRead.key = key;
  lastRead.samples = found;
  return found;
}

/** The newest sample in the look-back window of each step, unless it is a stale marker; series by series, as they are asked for. */
export function* newestSamples(
  selector: VectorSelector,
  lookbackMs: number,
  context: EvalContext,
  part: SamplePart,
  makeMemory: MakeMemory,
): Generator<VectorSeries> {
  const timesMs = lookTimesMs(selector, context);
  const boundsOf = boundsFinder(timesMs, lookbackMs);
  const memory = makeMemory(timesMs.length);
  const found = readAround(selector, timesMs, lookbackMs, context, timesMs.length === 1);
  // Prometheus too gives nothing where its storage keeps no start times, and 0 for samples without one where it does.
  if (part === "start" && found.every(({ startsMs }) => startsMs === undefined)) return;
  for (const series of found) {
    context.budget.take(timesMs.length);
    if ((series.histograms ?? null) !== null && part === "value") {
      const mixed = newestMixed(series, timesMs, lookbackMs);
      if (!isEmpty(mixed)) yield mixed;
      continue;
    }
    const bounds = boundsOf(series.timestampsMs);
    const present = withoutStaleSteps(series.values, bounds);
    if (!present.includes(1)) continue;
    const values = memory();
    const shown = columnOf(series, part);
    // The newest is the last one of the window. What is not there is not looked at.
    for (let i = 0; i < values.length; i++) values[i] = shown[(bounds.to[i] ?? 0) - 1] ?? Number.NaN;
    if (part !== "value") for (let i = 0; i < values.length; i++) values[i] = (values[i] ?? 0) / 1000;
    yield { labels: series.labels, dropName: part !== "value", values, present, histograms: null };
  }
}

function columnOf({ values, timestampsMs, startsMs }: SeriesSamples, part: SamplePart): Float64Array {
  if (part === "value") return values;
  return part === "timestamp" ? timestampsMs : (startsMs ?? new Float64Array(values.length));
}

/** Where there is a newest sample that is no stale marker. */
function withoutStaleSteps(values: Float64Array, { to, withOne }: WindowBounds): Uint8Array {
  if (!hasStale(values)) return withOne;
  return withOne.map((any, i) => (any === 1 && !isStale(values, (to[i] ?? 0) - 1) ? 1 : 0));
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
  newestOnly = false,
): readonly SeriesSamples[] {
  const firstMs = timesMs[0] ?? 0;
  const lastMs = timesMs[timesMs.length - 1] ?? firstMs;
  const matchers = allMatchers(selector);
  const found = readSamples(matchers, firstMs - windowMs, lastMs, context, newestOnly);
  const hasNone = found.every(({ histograms = null }) => histograms === null);
  if (hasNone || !needsNoBuckets(selector, context.expr)) return found;
  // A hint is told by the sample before.
  const all = newestOnly ? readSamples(matchers, firstMs - windowMs, lastMs, context) : found;
  return all.map(withDetectedHints);
}

/** What a range function may see. */
export function withoutStale({ labels, timestampsMs, values, histograms = null, startsMs }: SeriesSamples): RangeSeries {
  if (!hasStale(values)) return { labels, dropName: false, timestampsMs, values, histograms, startsMs };
  const isLive = (_: unknown, index: number): boolean => !isStale(values, index);
  return {
    labels,
    dropName: false,
    timestampsMs: timestampsMs.filter(isLive),
    values: values.filter(isLive),
    histograms: histograms && Array.from(histograms).filter(isLive),
    startsMs: startsMs?.filter(isLive),
  };
}
