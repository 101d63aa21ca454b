/**
 * rate, increase and delta of native histograms over an extended range.
 * Source: Prometheus 3.14, promql/functions.go (extendedHistogramRate, interpolateHistograms, correctForCounterResetsHistogram).
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { added, divided, multiplied, subtracted } from "../histogram/arithmetic.ts";
import { compacted, hasCustomBuckets } from "../histogram/buckets.ts";
import { isCounterReset } from "../histogram/counter-reset.ts";
import { type Edges, type ExtendedWindow, edgesOf, isBetween } from "./extended-window.ts";
import { histogramInfos, histogramWarnings } from "./histogram-messages.ts";
import type { ExtrapolationKind } from "./rate.ts";
import type { RangeSeries } from "./values.ts";

/** How to speak of the series. */
export interface HistogramReport {
  readonly metric: string;
  readonly warn: (message: string) => void;
  readonly inform: (message: string) => void;
}

/** As `extendedIncrease`; `undefined`, with a warning, also where the histograms do not fit together. */
export function extendedHistogramIncrease(
  window: ExtendedWindow,
  { isCounter, perSecond }: ExtrapolationKind,
  report: HistogramReport,
): NativeHistogram | undefined {
  const edges = edgesOf(window);
  if (edges === null || !fitTogether(window, edges, isCounter, report)) return undefined;
  const { first, last } = edges;
  const between = isBetween(window, edges);
  const left = between.start ? histogramBetween(window, first, window.startMs, isCounter, report) : histogramAt(window, first);
  const right = between.end ? histogramBetween(window, last - 1, window.endMs, isCounter, report) : histogramAt(window, last);
  if (!isCounter && (left.counterReset !== "gauge" || right.counterReset !== "gauge")) {
    report.warn(histogramWarnings.notGauge(report.metric));
  }
  let increase = combine(subtracted, right, left, "subtraction", report);
  if (isCounter) {
    for (const lost of lostInResets(window, edges, left, right)) increase = combine(added, increase, lost, "addition", report);
  }
  const result = perSecond ? divided(increase, (window.endMs - window.startMs) / 1000) : increase;
  return compacted({ ...result, counterReset: "gauge" });
}

/** Throws where the sample is none. */
export function histogramAt({ histograms }: Pick<RangeSeries, "histograms">, index: number): NativeHistogram {
  const histogram = histograms?.[index];
  if (histogram === undefined) throw new TypeError("a window of histograms has something else in it");
  return histogram;
}

function fitTogether(window: ExtendedWindow, { first, last }: Edges, isCounter: boolean, report: HistogramReport): boolean {
  const usesCustomBuckets = hasCustomBuckets(histogramAt(window, first));
  for (let i = first; i <= last; i++) {
    const histogram = histogramAt(window, i);
    if (hasCustomBuckets(histogram) !== usesCustomBuckets) {
      report.warn(histogramWarnings.mixedSchemas(report.metric));
      return false;
    }
    if (isCounter && histogram.counterReset === "gauge") report.warn(histogramWarnings.notCounter(report.metric));
  }
  return true;
}

function combine(
  operation: typeof added,
  left: NativeHistogram,
  right: NativeHistogram,
  name: "addition" | "subtraction",
  { inform }: HistogramReport,
): NativeHistogram {
  const combined = operation(left, right);
  if (combined.reconciledBounds) inform(histogramInfos.reconciledBounds(name));
  return combined.histogram;
}

/** Between a histogram and the next one in proportion; a counter that is reset between them starts at nothing. */
export function histogramBetween(
  samples: Pick<RangeSeries, "timestampsMs" | "histograms">,
  before: number,
  timeMs: number,
  isCounter: boolean,
  report: HistogramReport,
): NativeHistogram {
  const [beforeMs = 0, afterMs = 0] = [samples.timestampsMs[before], samples.timestampsMs[before + 1]];
  const [start, end] = [histogramAt(samples, before), histogramAt(samples, before + 1)];
  const share = (timeMs - beforeMs) / (afterMs - beforeMs);
  if (isCounter && isCounterReset(end, start)) return multiplied(end, share);
  const part = multiplied(combine(subtracted, end, start, "subtraction", report), share);
  return combine(added, part, start, "addition", report);
}

/** What had been counted before each reset between the edges. A reset that an edge lies in is part of that edge's value. */
function lostInResets(
  window: ExtendedWindow,
  edges: Edges,
  left: NativeHistogram,
  right: NativeHistogram,
): readonly NativeHistogram[] {
  const { first, last } = edges;
  let before = left;
  let next = first + 1;
  if (isBetween(window, edges).start && isCounterReset(histogramAt(window, next), histogramAt(window, first))) {
    before = histogramAt(window, next);
    next += 1;
  }
  // Both edges lie between the same two samples, or there is one sample only.
  if (next > last) return [];
  const lost: NativeHistogram[] = [];
  for (; next < last; next++) {
    const histogram = histogramAt(window, next);
    if (isCounterReset(histogram, before)) lost.push(before);
    before = histogram;
  }
  return isCounterReset(right, before) ? [...lost, before] : lost;
}
