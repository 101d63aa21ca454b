/** Slides a range over each series' summaries. Where they would not give the same bits as the samples, those are read instead. */
import type { LabelMatcher, Labels } from "../../core/labels.ts";
import type { SeriesRef, SeriesSummaries } from "../../core/storage.ts";
import type { RangeSelector } from "../ast.ts";
import type { QueryBudget } from "../limits.ts";
import { allMatchers } from "../parser/selector.ts";
import { type EvalContext, observerOf } from "./context.ts";
import { lookTimesMs } from "./look-times.ts";
import { type RangeFunction, slide, type SlideOptions, visitsPerCheck } from "./range-window.ts";
import { readSamples, withoutStale } from "./read-samples.ts";
import type { Resolution } from "./resolution.ts";
import type { SummaryFunction, SummaryWindow } from "./summary-functions.ts";
import { saysTooLittle, type SummaryWindows, summaryWindows } from "./summary-windows.ts";
import { newSeries, type VectorSeries } from "./values.ts";

/** One function, as it is computed from summaries and from samples. */
export interface FoldedFunction {
  readonly fold: SummaryFunction;
  readonly compute: RangeFunction;
}

/** A series whose samples are wanted, and its place in the result. */
interface Inexact {
  readonly labels: Labels;
  readonly place: number;
}

/** `null` where the windows are none of a tier's, or there is more to know of the samples. Beyond raw samples summaries are all there is, and need not be exact. */
export function foldSummaries(
  { selector, rangeMs }: RangeSelector,
  { fold, compute }: FoldedFunction,
  resolution: Resolution,
  context: EvalContext,
  options: SlideOptions,
): readonly VectorSeries[] | null {
  const windows = summaryWindows(lookTimesMs(selector, context), rangeMs, resolution);
  if (windows === null) return null;
  const matchers = allMatchers(selector);
  const [startMs, endMs] = extentMs(windows);
  const result: (VectorSeries | null)[] = [];
  const inexact = new Map<SeriesRef, Inexact>();
  const observer = observerOf(context);
  for (const summaries of context.reader.summaries(matchers, startMs, endMs, windows.stepMs, observer, fold.reads)) {
    if (saysTooLittle(summaries)) return null;
    context.budget.checkSeries(result.length + 1);
    context.budget.take(windows.endsMs.length);
    const series = newSeries(summaries.labels, !options.keepName, windows.endsMs.length);
    const outcome = foldSeries(summaries, fold, windows, series, { mustBeExact: resolution === 0, budget: context.budget });
    if (outcome === "inexact") inexact.set(summaries.ref, { labels: summaries.labels, place: result.length });
    result.push(outcome === "some" ? series : null);
  }
  // The reader says so only of windows that are coarser than those asked for.
  if (resolution !== 0 && result.length > 0) context.notes.ofRead({ kind: "tier", stepMs: resolution });
  // One by one, unless they are most of what there is; at the places they have among the others: an aggregation adds in this order.
  const wanted = [...inexact.values()].map(({ labels }) => labels);
  const sets = wanted.length * 2 > result.length ? [matchers] : wanted.map(exactly);
  for (const samples of sets.flatMap((set) => readSamples(set, startMs, endMs, context))) {
    // A selector of all labels still finds series that have more of them.
    const place = inexact.get(samples.ref)?.place;
    if (place === undefined) continue;
    const range = { series: [withoutStale(samples)], rangeMs, endsMs: windows.endsMs };
    const [series = null] = slide(range, compute, options);
    result[place] = series;
  }
  return result.filter((series) => series !== null);
}

function extentMs({ endsMs, rangeMs }: SummaryWindows): readonly [startMs: number, endMs: number] {
  const firstMs = endsMs[0] ?? 0;
  return [firstMs - rangeMs, endsMs[endsMs.length - 1] ?? firstMs];
}

interface FoldOptions {
  readonly mustBeExact: boolean;
  readonly budget: QueryBudget;
}

/** Fills one series; whether any step has a value, or that rows do not say it. */
function foldSeries(
  columns: SeriesSummaries,
  { samplesMin, isExact, compute }: SummaryFunction,
  { endsMs, rangeMs }: SummaryWindows,
  { values, present }: VectorSeries,
  { mustBeExact, budget }: FoldOptions,
): "some" | "none" | "inexact" {
  const rowsMs = columns.endsMs;
  const window: SummaryWindow = { columns, from: 0, to: 0, endMs: 0, rangeMs };
  let any = false;
  let visited = 0;
  for (let i = 0; i < endsMs.length; i++) {
    const endMs = endsMs[i] ?? 0;
    window.endMs = endMs;
    while (window.to < rowsMs.length && (rowsMs[window.to] ?? 0) <= endMs) window.to += 1;
    while (window.from < window.to && (rowsMs[window.from] ?? 0) <= endMs - rangeMs) window.from += 1;
    const rows = window.to - window.from;
    if (rows === 0 || (rows === 1 && (columns.count[window.from] ?? 0) < samplesMin)) continue;
    visited += rows;
    if (visited > visitsPerCheck) {
      budget.checkTime();
      visited = 0;
    }
    if (mustBeExact && !isExact(window)) return "inexact";
    values[i] = compute(window);
    present[i] = 1;
    any = true;
  }
  return any ? "some" : "none";
}

function exactly(labels: Labels): readonly LabelMatcher[] {
  return Object.entries(labels).map(([name, value]) => ({ name, operator: "=", value }));
}
