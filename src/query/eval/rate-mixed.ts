/**
 * rate, increase, delta, irate and idelta of native histograms. The same for numbers is in `rate.ts`.
 * Source: Prometheus 3.14, promql/functions.go (histogramRate, extrapolatedRate, instantValue).
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { added, type CombinedHistogram, divided, multiplied, subtracted } from "../histogram/arithmetic.ts";
import { hasCustomBuckets } from "../histogram/buckets.ts";
import { isCounterReset } from "../histogram/counter-reset.ts";
import { HistogramSum } from "../histogram/histogram-sum.ts";
import { coarsened } from "../histogram/reconcile.ts";
import { histogramInfos, histogramWarnings } from "./histogram-messages.ts";
import type { ExtrapolationKind } from "./rate.ts";
import { beganAnew, beganWithin, type CountedRange, type Counting, growth, hasOverlap } from "./start-times.ts";

/** The histograms of a range, at least one, and how to speak of them. */
export interface HistogramWindow extends CountedRange {
  readonly histograms: readonly NativeHistogram[];
  readonly metric: string;
  readonly warn: (message: string) => void;
  readonly inform: (message: string) => void;
}

/** The increase over the range, or per second; `undefined` where there are too few histograms, or they do not fit together. */
export function extrapolatedHistogram(window: HistogramWindow, kind: ExtrapolationKind): NativeHistogram | undefined {
  const [first] = window.histograms;
  if (first === undefined) return undefined;
  const begins = kind.isCounter && beganWithin(window);
  const between = betweenSamples(window, kind, begins);
  const increase = between !== undefined && begins ? withFirst(between, first, window) : between;
  if (increase === undefined) return undefined;
  const factor = growth(window, { increase: increase.count, first: first.count }, kind);
  return multiplied({ ...increase, counterReset: "gauge" }, factor);
}

/** From the first histogram to the last one; one alone is enough where it counts from within the range. */
function betweenSamples(window: HistogramWindow, kind: ExtrapolationKind, begins: boolean): NativeHistogram | undefined {
  const [first, second] = window.histograms;
  if (first === undefined || second === undefined) return first !== undefined && begins ? emptyLike(first) : undefined;
  return kind.isCounter ? counterIncrease(window) : gaugeDifference(window);
}

/** What was counted from the counter's begin up to the first histogram comes on top. */
function withFirst(
  increase: NativeHistogram,
  first: NativeHistogram,
  { metric, warn, inform }: HistogramWindow,
): NativeHistogram | undefined {
  const sum = added(increase, { ...first, counterReset: increase.counterReset });
  if (!sum.compatible) {
    warn(histogramWarnings.mixedSchemas(metric));
    return undefined;
  }
  if (sum.reconciledBounds) inform(histogramInfos.reconciledBounds("addition"));
  return sum.histogram;
}

function gaugeDifference({ histograms, metric, warn, inform }: HistogramWindow): NativeHistogram | undefined {
  const [first, last] = [histograms[0], histograms.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const difference = subtracted(last, first);
  if (!difference.compatible) {
    warn(histogramWarnings.mixedSchemas(metric));
    return undefined;
  }
  if (difference.reconciledBounds) inform(histogramInfos.reconciledBounds("subtraction"));
  if (first.counterReset !== "gauge" || last.counterReset !== "gauge") warn(histogramWarnings.notGauge(metric));
  return difference.histogram;
}

/** Last − first, and what had been counted before each reset. */
function counterIncrease(window: HistogramWindow): NativeHistogram | undefined {
  const { histograms, countings, metric, warn, inform } = window;
  const counted = withoutFirstRun(window);
  const last = counted.at(-1);
  if (last === undefined) return undefined;
  if (counted.some((histogram) => hasCustomBuckets(histogram) !== hasCustomBuckets(last))) {
    warn(histogramWarnings.mixedSchemas(metric));
    return undefined;
  }
  if (histograms.some(({ counterReset }) => counterReset === "gauge")) warn(histogramWarnings.notCounter(metric));
  if (hasOverlap(countings)) warn(histogramWarnings.overlappingStarts(metric));
  const increase = new HistogramSum(coarsened(last, Math.min(...counted.map(({ schema }) => schema))));
  const [first, ...others] = counted;
  if (first === undefined) return undefined;
  if (increase.add(first, -1).reconciledBounds) inform(histogramInfos.reconciledBounds("subtraction"));
  let before = first;
  for (const [i, current] of others.entries()) {
    const wasReset = isResetAt(i + 1, countings) || isCounterReset(current, before);
    if (wasReset && increase.add(before).reconciledBounds) inform(histogramInfos.reconciledBounds("addition"));
    before = current;
  }
  return increase.total;
}

/** A histogram that the second one has reset counts nothing, so that it need not fit the others. */
function withoutFirstRun({ histograms, countings }: HistogramWindow): readonly NativeHistogram[] {
  const [first, second, ...others] = histograms;
  if (first === undefined || second === undefined) return histograms;
  return isResetAt(1, countings) || isCounterReset(second, first) ? [emptyLike(second), second, ...others] : histograms;
}

/** Whether start times say that the histogram with this index was reset. */
function isResetAt(index: number, countings: readonly Counting[]): boolean {
  const [current, before] = [countings[index], countings[index - 1]];
  return current !== undefined && before !== undefined && beganAnew(current, before);
}

function emptyLike({ schema, customValues }: NativeHistogram): NativeHistogram {
  const noBuckets = { positiveSpans: [], positiveBuckets: [], negativeSpans: [], negativeBuckets: [] };
  return { counterReset: "unknown", schema, customValues, zeroThreshold: 0, zeroCount: 0, count: 0, sum: 0, ...noBuckets };
}

/** The difference of the last two histograms, or per second; after a reset of a counter the last one itself. */
export function lastHistogramDifference(window: HistogramWindow, perSecond: boolean): NativeHistogram | undefined {
  const { histograms, countings, metric, warn, inform } = window;
  const [before, last] = histograms.slice(-2);
  if (before === undefined || last === undefined) return undefined;
  const wasReset = isResetAt(countings.length - 1, countings) || isCounterReset(last, before);
  const isGauge = (histogram: NativeHistogram): boolean => histogram.counterReset === "gauge";
  const difference: Pick<CombinedHistogram, "compatible" | "reconciledBounds" | "histogram"> =
    perSecond && wasReset ? { compatible: true, reconciledBounds: false, histogram: last } : subtracted(last, before);
  if (perSecond && (isGauge(before) || isGauge(last))) warn(histogramWarnings.notCounter(metric));
  if (!perSecond && !(isGauge(before) && isGauge(last))) warn(histogramWarnings.notGauge(metric));
  if (!difference.compatible) {
    warn(histogramWarnings.mixedSchemas(metric));
    return undefined;
  }
  if (difference.reconciledBounds) inform(histogramInfos.reconciledBounds("subtraction"));
  const histogram: NativeHistogram = { ...difference.histogram, counterReset: "gauge" };
  const seconds = ((countings.at(-1)?.timeMs ?? 0) - (countings.at(-2)?.timeMs ?? 0)) / 1000;
  return perSecond ? divided(histogram, seconds) : histogram;
}
