/**
 * Ranges and selectors that are `anchored` or `smoothed`: functions of them see values at the very edges of the range, from samples
 * around it. Source: Prometheus 3.14, promql/engine.go and promql/functions.go; proposal PROM-52.
 */
import { countUpTo } from "../../core/count-up-to.ts";
import { labelValue, metricNameLabel } from "../../core/labels.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { type Call, type RangeSelector, type SelectorExtension, type Span, unwrapParens } from "../ast.ts";
import { allMatchers } from "../parser/selector.ts";
import { type EvalContext, queryFailed } from "./context.ts";
import { extendedHistogramIncrease, type HistogramReport } from "./extended-histograms.ts";
import { anchoredChanges, anchoredResets, edgeValues, extendedIncrease } from "./extended-numbers.ts";
import { type ExtendedWindow, edgesOf } from "./extended-window.ts";
import { histogramWarnings } from "./histogram-messages.ts";
import { lookTimesMs } from "./look-times.ts";
import { newMixedSeries, setElement, settled } from "./mixed-values.ts";
import { noteNonCounters } from "./range-call.ts";
import { rateKinds } from "./rate.ts";
import { readSamples, withoutStale } from "./read-samples.ts";
import { isEmpty, type RangeSeries, type RangeVector, type VectorSeries } from "./values.ts";

type ExtendedFunction = (window: ExtendedWindow, report: HistogramReport) => number | NativeHistogram | undefined;

const functions: Readonly<Record<string, ExtendedFunction | undefined>> = {
  changes: anchoredChanges,
  resets: anchoredResets,
  rate: (window, report) => increaseOf(window, "rate", report),
  increase: (window, report) => increaseOf(window, "increase", report),
  delta: (window, report) => increaseOf(window, "delta", report),
};

const allowed: Readonly<Record<SelectorExtension, readonly string[]>> = {
  anchored: ["changes", "delta", "increase", "rate", "resets"],
  smoothed: ["delta", "increase", "rate"],
};

/** The extended range among a call's arguments, `null` without one. Throws `QUERY_FAILED` where the function takes no such range. */
export function extendedRangeOf({ name, args }: Pick<Call, "name" | "args">): RangeSelector | null {
  for (const arg of args) {
    const range = unwrapParens(arg);
    if (range.kind !== "range" || range.selector.extension === null) continue;
    const { extension } = range.selector;
    if (allowed[extension].includes(name)) return range;
    throw queryFailed(`${extension} modifier can only be used with: ${allowed[extension].join(", ")} - not with ${name}`);
  }
  return null;
}

/** Calls the function over a range that `extendedRangeOf` has found. */
export function callOverExtendedRange(
  { name }: Pick<Call, "name">,
  range: RangeSelector,
  context: EvalContext,
): readonly VectorSeries[] {
  const compute = functions[name];
  if (compute === undefined) throw new TypeError(`the function ${name} of an extended range does not exist`);
  const windows = windowsOf(range, context);
  const result = readExtended(range, windows, context)
    .map((series) => slideExtended(series, windows, compute, range.span, context))
    .filter((series) => !isEmpty(series));
  if (name === "rate" || name === "increase") noteNonCounters(result, range, context);
  return result;
}

/**
 * An extended range as the answer to an instant query: a value at either edge, and the samples between them. Throws `QUERY_FAILED` for
 * native histograms.
 */
export function evaluateExtendedRange(range: RangeSelector, context: EvalContext): RangeVector {
  const windows = windowsOf(range, context);
  const endsMs = windows.endsMs.subarray(0, 1);
  const series = readExtended(range, windows, context).flatMap((one) => extendedSamples(one, windows, endsMs[0] ?? 0));
  // Other than else the range's start belongs to it. Times are whole milliseconds.
  return { series, rangeMs: range.rangeMs + 1, endsMs };
}

function extendedSamples(series: RangeSeries, windows: ExtendedWindows, endMs: number): readonly RangeSeries[] {
  const window = windowAt(series, windows, endMs);
  const edges = window && edgesOf(window);
  if (window === null || edges === null) return [];
  if (series.histograms?.slice(window.from, window.to).some((histogram) => histogram !== undefined) === true) {
    throw queryFailed("smoothed and anchored modifiers do not work with native histograms");
  }
  const { startMs } = window;
  const [left, right] = edgeValues(window, edges, false);
  const isBetween = (_: number, i: number): boolean => {
    const timeMs = series.timestampsMs[i] ?? 0;
    return timeMs > startMs && timeMs < endMs;
  };
  const timestampsMs = Float64Array.of(startMs, ...series.timestampsMs.filter(isBetween), endMs);
  const values = Float64Array.of(left, ...series.values.filter(isBetween), right);
  return [{ labels: series.labels, dropName: series.dropName, timestampsMs, values, histograms: null }];
}

interface ExtendedWindows {
  readonly endsMs: Float64Array;
  readonly rangeMs: number;
  readonly lookbackMs: number;
  readonly aheadMs: number;
  readonly isSmoothed: boolean;
}

function windowsOf({ selector, rangeMs }: RangeSelector, context: EvalContext): ExtendedWindows {
  const isSmoothed = selector.extension === "smoothed";
  const { lookbackMs } = context;
  return { endsMs: lookTimesMs(selector, context), rangeMs, lookbackMs, aheadMs: isSmoothed ? lookbackMs : 0, isSmoothed };
}

function readExtended({ selector }: RangeSelector, windows: ExtendedWindows, context: EvalContext): readonly RangeSeries[] {
  const { endsMs, rangeMs, lookbackMs, aheadMs } = windows;
  const [firstMs = 0, lastMs = firstMs] = [endsMs[0], endsMs[endsMs.length - 1]];
  return readSamples(allMatchers(selector), firstMs - rangeMs - lookbackMs, lastMs + aheadMs, context).map(withoutStale);
}

/** `null` without a sample in it. */
function windowAt(
  { timestampsMs, values, histograms }: RangeSeries,
  { rangeMs, lookbackMs, aheadMs, isSmoothed }: ExtendedWindows,
  endMs: number,
): ExtendedWindow | null {
  const startMs = endMs - rangeMs;
  const from = countUpTo(timestampsMs, startMs - lookbackMs);
  const to = countUpTo(timestampsMs, endMs + aheadMs);
  return from >= to ? null : { timestampsMs, values, histograms, from, to, startMs, endMs, isSmoothed };
}

function slideExtended(
  series: RangeSeries,
  windows: ExtendedWindows,
  compute: ExtendedFunction,
  span: Span,
  { budget, notes }: EvalContext,
): VectorSeries {
  const { labels } = series;
  const { endsMs } = windows;
  budget.take(endsMs.length);
  const report: HistogramReport = {
    metric: labelValue(labels, metricNameLabel),
    warn: (message) => notes.warn(message, span),
    inform: (message) => notes.inform(message, span),
  };
  const result = newMixedSeries(labels, true, endsMs.length);
  for (const [step, endMs] of endsMs.entries()) {
    const window = windowAt(series, windows, endMs);
    if (window === null) continue;
    budget.checkTime();
    const element = compute(window, report);
    if (element !== undefined) setElement(result, step, element);
  }
  return settled(result);
}

function increaseOf(
  window: ExtendedWindow,
  name: keyof typeof rateKinds,
  report: HistogramReport,
): number | NativeHistogram | undefined {
  const inWindow = window.histograms?.slice(window.from, window.to).filter((histogram) => histogram !== undefined) ?? [];
  if (inWindow.length === 0) return extendedIncrease(window, rateKinds[name]);
  if (inWindow.length === window.to - window.from) return extendedHistogramIncrease(window, rateKinds[name], report);
  report.warn(histogramWarnings.mixedKinds(report.metric));
  return undefined;
}
