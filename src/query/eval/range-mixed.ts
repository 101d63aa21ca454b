/**
 * Slides a range over series that have native histograms or start times. What compares or orders numbers passes the histograms by, what adds or
 * subtracts takes ranges of one kind only. The same for numbers only is in `range-window.ts`.
 * Source: Prometheus 3.14, promql/functions.go.
 */
import { countUpTo } from "../../core/count-up-to.ts";
import { labelValue, metricNameLabel } from "../../core/labels.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import type { Span } from "../ast.ts";
import { isCounterReset } from "../histogram/counter-reset.ts";
import { equalHistograms } from "../histogram/equality.ts";
import { HistogramMean } from "../histogram/histogram-mean.ts";
import { HistogramSum } from "../histogram/histogram-sum.ts";
import { conflict } from "./aggregate-mixed.ts";
import type { QueryNotes } from "./context.ts";
import { histogramInfos, histogramWarnings } from "./histogram-messages.ts";
import { type Element, newMixedSeries, setElement, settled } from "./mixed-values.ts";
import { type RangeFunction, slide, type SlideOptions } from "./range-window.ts";
import { rateKinds } from "./rate.ts";
import { extrapolatedHistogram, type HistogramWindow, lastHistogramDifference } from "./rate-mixed.ts";
import {
  beganAnew,
  type CountedRange,
  type Counting,
  countingsOf,
  extrapolatedNumber,
  hasOverlap,
  hasStarts,
  lastNumberRate,
} from "./start-times.ts";
import { isEmpty, type RangeSeries, type RangeVector, type VectorSeries } from "./values.ts";

/** A call of a function of a range; `span` is where messages about it point to. */
export interface MixedRangeCall {
  readonly name: string;
  readonly compute: RangeFunction;
  readonly span: Span;
}

/** As `slide`, for series some of which have histograms or start times. */
export function slideMixed(
  range: RangeVector,
  call: MixedRangeCall,
  options: SlideOptions,
  notes: QueryNotes,
): readonly VectorSeries[] {
  const slideNumbers = (series: RangeSeries): readonly VectorSeries[] =>
    slide({ ...range, series: [series] }, call.compute, options);
  return range.series.flatMap((series) => {
    const teller = { metric: labelValue(series.labels, metricNameLabel), ...tellers(notes, call.span) };
    const ofSamples = sampleFunctions[call.name];
    const ofHistograms = histogramFunctions[call.name];
    const ofNumbers = hasStarts(series) ? startedFunctions[call.name] : undefined;
    const hasOnlyPlain =
      series.histograms === null && ofNumbers === undefined && !(hasStarts(series) && call.name === "resets");
    if (hasOnlyPlain || countingFunctions.has(call.name)) return slideNumbers({ ...series, histograms: null });
    options.budget.take(range.endsMs.length);
    const windows = windowsOf(series, range);
    if (ofSamples !== undefined) {
      return fill(series, windows, options, (window) => ofSamples(samplesIn(series, window)));
    }
    const [numbers] = ofNumbers === undefined ? slideNumbers(numbersOf(series)) : [];
    return fill(series, windows, options, (window, step) => {
      const { histograms, countings, values } = kindsIn(series, window, lastTwo.has(call.name));
      const hasNumbers = values.length > 0;
      if (histograms.length > 0 && ofHistograms !== undefined) {
        if (!hasNumbers) return ofHistograms({ histograms, countings, ...window, ...teller });
        teller.warn(histogramWarnings.mixedKinds(teller.metric));
        return undefined;
      }
      if (ofNumbers !== undefined) {
        if (call.name !== "irate" && hasOverlap(countings)) teller.warn(histogramWarnings.overlappingStarts(teller.metric));
        return ofNumbers(values, { countings, ...window });
      }
      if (histograms.length > 0 && hasNumbers) teller.inform(histogramInfos.ignoredInRange(teller.metric));
      return numbers?.present[step] === 1 ? numbers.values[step] : undefined;
    });
  });
}

/** Of the functions of the samples of both kinds, those that do not look at what a sample is. */
const countingFunctions: ReadonlySet<string> = new Set([
  "count_over_time",
  "present_over_time",
  "ts_of_first_over_time",
  "ts_of_last_over_time",
]);

/** The functions of the samples of both kinds that do. */
const sampleFunctions: Readonly<Record<string, ((samples: readonly Sample[]) => Element | undefined) | undefined>> = {
  first_over_time: (samples) => samples[0]?.element,
  last_over_time: (samples) => samples.at(-1)?.element,
  changes: (samples) => countPairs(samples, (after, before) => !isSame(after.element, before.element)),
  resets: (samples) =>
    countPairs(samples, (after, before) => beganAnew(after, before) || isReset(after.element, before.element)),
};

interface Sample extends Counting {
  readonly element: Element;
}

/** The functions that take histograms, but not together with numbers. */
const histogramFunctions: Readonly<Record<string, ((window: HistogramWindow) => NativeHistogram | undefined) | undefined>> = {
  rate: (window) => extrapolatedHistogram(window, rateKinds.rate),
  increase: (window) => extrapolatedHistogram(window, rateKinds.increase),
  delta: (window) => extrapolatedHistogram(window, rateKinds.delta),
  irate: (window) => lastHistogramDifference(window, true),
  idelta: (window) => lastHistogramDifference(window, false),
  sum_over_time: (window) => addAll(window, (first) => new HistogramSum(first)),
  avg_over_time: (window) => addAll(window, (first) => new HistogramMean(first)),
};

/** The functions of numbers that ask when the counting began. */
const startedFunctions: Readonly<
  Record<string, ((values: readonly number[], range: CountedRange) => number | undefined) | undefined>
> = {
  rate: (values, range) => extrapolatedNumber(values, range, rateKinds.rate),
  increase: (values, range) => extrapolatedNumber(values, range, rateKinds.increase),
  irate: lastNumberRate,
};

/** Functions of the last two samples: all others in the range may be of any kind. */
const lastTwo: ReadonlySet<string> = new Set(["irate", "idelta"]);

interface Window {
  readonly from: number;
  readonly to: number;
  readonly endMs: number;
  readonly rangeMs: number;
}

function windowsOf({ timestampsMs }: RangeSeries, { endsMs, rangeMs }: RangeVector): readonly Window[] {
  return Array.from(endsMs, (endMs) => {
    return { from: countUpTo(timestampsMs, endMs - rangeMs), to: countUpTo(timestampsMs, endMs), endMs, rangeMs };
  });
}

/** One element at each step where `compute` gives one; windows without samples have none. */
function fill(
  { labels, dropName }: RangeSeries,
  windows: readonly Window[],
  { keepName, budget }: SlideOptions,
  compute: (window: Window, step: number) => Element | undefined,
): readonly VectorSeries[] {
  const result = newMixedSeries(labels, keepName ? dropName : true, windows.length);
  for (const [step, window] of windows.entries()) {
    budget.checkTime();
    const element = window.from < window.to ? compute(window, step) : undefined;
    if (element !== undefined) setElement(result, step, element);
  }
  return isEmpty(result) ? [] : [settled(result)];
}

function samplesIn(series: RangeSeries, { from, to }: Window): readonly Sample[] {
  const elementAt = (i: number): Element => series.histograms?.[i] ?? series.values[i] ?? Number.NaN;
  return countingsOf(series, from, to - from).map((counting, i) => ({ ...counting, element: elementAt(from + i) }));
}

/** The samples of a window, by what they are. */
interface Kinds {
  readonly histograms: readonly NativeHistogram[];
  readonly values: readonly number[];
  readonly countings: readonly Counting[];
}

function kindsIn(series: RangeSeries, { from, to }: Window, onlyLastTwo: boolean): Kinds {
  const begin = onlyLastTwo ? Math.max(from, to - 2) : from;
  const inWindow = series.histograms?.slice(begin, to) ?? [];
  return {
    histograms: inWindow.filter((histogram) => histogram !== undefined),
    values: [...series.values.subarray(begin, to)].filter((_, i) => inWindow[i] === undefined),
    // Nothing is computed of samples of both kinds.
    countings: countingsOf(series, begin, to - begin),
  };
}

/** The samples that are numbers. */
function numbersOf(series: RangeSeries): RangeSeries {
  const isNumber = (_: number, i: number): boolean => series.histograms?.[i] === undefined;
  return {
    ...series,
    timestampsMs: series.timestampsMs.filter(isNumber),
    values: series.values.filter(isNumber),
    startsMs: series.startsMs?.filter(isNumber),
    histograms: null,
  };
}

function tellers(notes: QueryNotes, span: Span): Pick<HistogramWindow, "warn" | "inform"> {
  return { warn: (message) => notes.warn(message, span), inform: (message) => notes.inform(message, span) };
}

function countPairs(samples: readonly Sample[], counts: (after: Sample, before: Sample) => boolean): number {
  return samples.filter((sample, i) => i > 0 && counts(sample, samples[i - 1] ?? sample)).length;
}

function isSame(a: Element, b: Element): boolean {
  if (typeof a === "object" && typeof b === "object") return equalHistograms(a, b);
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** A change of kind is a reset too. */
function isReset(after: Element, before: Element): boolean {
  if (typeof after === "number" && typeof before === "number") return after < before;
  return typeof after === "object" && typeof before === "object" ? isCounterReset(after, before) : true;
}

function addAll(
  { histograms, metric, warn, inform }: HistogramWindow,
  begin: (first: NativeHistogram) => HistogramSum | HistogramMean,
): NativeHistogram | undefined {
  const [first, ...others] = histograms;
  if (first === undefined) return undefined;
  const total = begin(first);
  const outcomes = others.map((histogram) => total.add(histogram));
  if (outcomes.some(({ compatible }) => !compatible)) {
    warn(histogramWarnings.mixedSchemas(metric));
    return undefined;
  }
  if (outcomes.some(({ reconciledBounds }) => reconciledBounds)) inform(histogramInfos.reconciledBounds("aggregation"));
  if (conflict(histograms)) warn(histogramWarnings.conflictingResets("aggregation"));
  return total.total;
}
