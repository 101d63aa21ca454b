/**
 * The values that the evaluator computes with. A vector is held series by series over all steps of the query, not step by
 * step: labels are computed once per series, and the numbers lie in typed arrays.
 */
import { type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import type { SampleHistograms } from "../../core/native-histogram.ts";

/** The evaluation times `startMs + i × stepMs`, `i < count`. */
export interface Steps {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/**
 * What an instant vector has of one label set at a step, in `VectorSeries.present`. Where there is a number, `values` holds it; where
 * there is a native histogram, `histograms` does. Elsewhere these mean nothing.
 */
export const elementKind = { none: 0, number: 1, histogram: 2 } as const;

/** One element of an instant vector at every step. */
export interface VectorSeries {
  readonly labels: Labels;
  /**
   * The metric name is to be removed from the result, but stays visible to label functions and aggregations until then.
   * Source: Prometheus's feature flag `promql-delayed-name-removal`.
   */
  readonly dropName: boolean;
  readonly values: Float64Array;
  /** One of `elementKind` per step. */
  readonly present: Uint8Array;
  /** `null` where no step has a native histogram, so that what computes with numbers need not ask at each of them. */
  readonly histograms: SampleHistograms;
}

/** Samples of one series for functions of a range vector; stale markers are removed. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly dropName: boolean;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** As in `SeriesSamples`; `null` for a series of numbers only. */
  readonly histograms: SampleHistograms;
  /** As in `SeriesSamples`. */
  readonly startsMs?: Float64Array | undefined;
}

/** At step `i` the samples with `endsMs[i] − rangeMs < time ≤ endsMs[i]`. `endsMs` ascends. */
export interface RangeVector {
  readonly series: readonly RangeSeries[];
  readonly rangeMs: number;
  readonly endsMs: Float64Array;
}

/** The labels of an element that has none. */
export const noLabels: Labels = {};

/** A series without any element yet, for numbers. */
export function newSeries(labels: Labels, dropName: boolean, count: number): VectorSeries {
  return { labels, dropName, values: new Float64Array(count), present: new Uint8Array(count), histograms: null };
}

/** A vector of one element without labels. */
export function oneSeries(count: number, valueAt: (index: number) => number): readonly VectorSeries[] {
  const series = newSeries(noLabels, false, count);
  for (let i = 0; i < count; i++) series.values[i] = valueAt(i);
  series.present.fill(1);
  return [series];
}

/** Whether there is no element at any step. */
export function isEmpty({ present }: VectorSeries): boolean {
  return !present.includes(elementKind.number) && !present.includes(elementKind.histogram);
}

/** The time of a step, ms since the epoch. */
export function stepTimeMs(steps: Steps, index: number): number {
  return steps.startMs + index * steps.stepMs;
}

/** The labels without the ones named. */
export function withoutLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const kept: Record<string, string> = {};
  for (const name in labels) if (!names.has(name)) kept[name] = labels[name] ?? "";
  return kept;
}

/** The labels among the ones named, where they are not empty. */
export function onlyLabels(labels: Labels, names: readonly string[]): Labels {
  const kept: Record<string, string> = {};
  for (const name of names) {
    const value = labelValue(labels, name);
    if (value !== "") kept[name] = value;
  }
  return kept;
}

/** Sets a label, or removes it with an empty value; PromQL has no empty labels. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  const changed: Record<string, string> = { ...labels };
  if (value === "") delete changed[name];
  else changed[name] = value;
  return changed;
}

/** The metric's name, type and unit: they say what was measured, and no longer hold when something is computed from it. */
export const metadataLabels: ReadonlySet<string> = new Set([metricNameLabel, "__type__", "__unit__"]);

/** The labels without the metric's name, type and unit. Source: Prometheus model/labels (DropReserved), schema/labels.go. */
export function withoutName(labels: Labels): Labels {
  for (const name of metadataLabels) if (name in labels) return withoutLabels(labels, metadataLabels);
  return labels;
}

/** The labels in the order of their names, as results carry them. */
export function sortLabels(labels: Labels): Labels {
  const names = Object.keys(labels);
  if (names.every((name, index) => index === 0 || (names[index - 1] ?? "") < name)) return labels;
  return onlyLabels(labels, names.sort());
}

/**
 * Joins series that have come to the same labels: one series may take the place of another from step to step, but two at the
 * same step are an error. Calls `conflict` for that, which must throw.
 */
export function mergeSameLabels(series: readonly VectorSeries[], conflict: (labels: Labels) => never): readonly VectorSeries[] {
  if (series.length < 2) return series;
  const byKey = new Map<string, VectorSeries>();
  for (const one of series) {
    const key = labelsKey(one.labels);
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? one : join(before, one, conflict));
  }
  return byKey.size === series.length ? series : [...byKey.values()];
}

function join(before: VectorSeries, after: VectorSeries, conflict: (labels: Labels) => never): VectorSeries {
  const values = before.values.slice();
  const present = before.present.slice();
  for (let i = 0; i < present.length; i++) {
    const added = after.present[i] ?? elementKind.none;
    if (added === elementKind.none) continue;
    if (present[i] !== elementKind.none) conflict(after.labels);
    present[i] = added;
    values[i] = after.values[i] ?? 0;
  }
  const histograms = joinHistograms(before.histograms, after.histograms, present.length);
  const { labels, dropName } = firstStep(after) < firstStep(before) ? after : before;
  return { labels, dropName, values, present, histograms };
}

/** The first step that has an element decides whether its series keeps its name. Source: promql/engine.go, rangeEval. */
function firstStep({ present }: VectorSeries): number {
  const index = present.findIndex((kind) => kind !== elementKind.none);
  return index < 0 ? present.length : index;
}

function joinHistograms(before: SampleHistograms, after: SampleHistograms, count: number): SampleHistograms {
  if (before === null || after === null) return before ?? after;
  return Array.from({ length: count }, (_, i) => before[i] ?? after[i]);
}
