/**
 * A vector as histograms: native ones, and classic ones, whose buckets are series that differ in the label `le`.
 * Source: Prometheus 3.14, promql/functions.go (resetHistograms).
 */
import { type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import type { Expr } from "../ast.ts";
import { parseNumber, quote } from "../parser/literals.ts";
import type { EvalContext, QueryNotes } from "./context.ts";
import { histogramWarnings } from "./histogram-messages.ts";
import { numbersOnly } from "./mixed-values.ts";
import type { Bucket } from "./quantile.ts";
import { elementKind, isEmpty, newSeries, type VectorSeries, withoutLabels } from "./values.ts";

const bucketLabel = "le";

interface ClassicHistogram {
  readonly labels: Labels;
  readonly buckets: { readonly upperBound: number; readonly series: VectorSeries }[];
}

/** How the histograms of a vector become numbers, step by step. */
export interface HistogramReducers {
  readonly ofClassic: (buckets: Bucket[], step: number, metric: string) => number;
  readonly ofNative: (histogram: NativeHistogram, step: number, metric: string) => number;
}

/** Where a classic and a native histogram have the same labels at a step, neither is evaluated, and a warning says so. */
export function reduceHistograms(
  vector: readonly VectorSeries[],
  { steps, notes, budget }: EvalContext,
  arg: Expr,
  { ofClassic, ofNative }: HistogramReducers,
): readonly VectorSeries[] {
  const natives = vector.filter(({ histograms }) => histograms !== null);
  const numbers = natives.length === 0 ? vector : vector.map(numbersOnly).filter((series) => !isEmpty(series));
  const classics = classicHistogramsOf(numbers, notes, arg);
  const reducedClassics = new Map<string, VectorSeries>();
  for (const [key, histogram] of classics) {
    const metric = labelValue(histogram.labels, metricNameLabel);
    const result = newSeries(histogram.labels, true, steps.count);
    budget.checkTime();
    for (let i = 0; i < steps.count; i++) {
      const buckets = bucketsAt(histogram, i);
      if (buckets.length > 0) setNumber(result, i, ofClassic(buckets, i, metric));
    }
    reducedClassics.set(key, result);
  }
  const reducedNatives = natives.map(({ labels, present, histograms }) => {
    const metric = labelValue(labels, metricNameLabel);
    const classic = reducedClassics.get(labelsKey(labels));
    budget.checkTime();
    const result = newSeries(labels, true, steps.count);
    for (const [i, histogram] of histograms?.entries() ?? []) {
      if (histogram === undefined || present[i] !== elementKind.histogram) continue;
      if (classic?.present[i] === elementKind.number) {
        notes.warn(histogramWarnings.mixedClassicAndNative(metric), arg.span);
        classic.present[i] = elementKind.none;
      } else setNumber(result, i, ofNative(histogram, i, metric));
    }
    return result;
  });
  return [...reducedNatives, ...reducedClassics.values()];
}

function setNumber({ values, present }: VectorSeries, step: number, value: number): void {
  values[step] = value;
  present[step] = elementKind.number;
}

/** By the labels without `le`, those of different metrics apart; warns of series whose `le` is no number. */
function classicHistogramsOf(
  vector: readonly VectorSeries[],
  notes: QueryNotes,
  arg: Expr,
): ReadonlyMap<string, ClassicHistogram> {
  const removed = new Set([bucketLabel]);
  const histograms = new Map<string, ClassicHistogram>();
  for (const series of vector) {
    const bound = labelValue(series.labels, bucketLabel);
    const upperBound = parseBound(bound);
    if (upperBound === null) {
      notes.warn(badBucketMessage(series.labels, bound), arg.span);
      continue;
    }
    const labels = withoutLabels(series.labels, removed);
    const key = labelsKey(labels);
    const histogram = histograms.get(key);
    if (histogram === undefined) histograms.set(key, { labels, buckets: [{ upperBound, series }] });
    else histogram.buckets.push({ upperBound, series });
  }
  return histograms;
}

function parseBound(text: string): number | null {
  const bound = parseNumber(text.replace(/^[+-]/, ""));
  return bound !== null && text.startsWith("-") ? -bound : bound;
}

function badBucketMessage(labels: Labels, bound: string): string {
  const name = labelValue(labels, metricNameLabel);
  const forMetric = name === "" ? "" : ` for metric name ${quote(name)}`;
  return `bucket label "le" is missing or has a malformed value of ${quote(bound)}${forMetric}`;
}

function bucketsAt({ buckets }: ClassicHistogram, step: number): Bucket[] {
  const found: Bucket[] = [];
  for (const { upperBound, series } of buckets) {
    if (series.present[step] === elementKind.number) found.push({ upperBound, count: series.values[step] ?? Number.NaN });
  }
  return found;
}
