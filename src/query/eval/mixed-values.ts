/** Series that may have native histograms beside numbers. Everything that computes with numbers only knows nothing of this module. */
import type { Labels } from "../../core/labels.ts";
import type { NativeHistogram, SampleHistograms } from "../../core/native-histogram.ts";
import { elementKind, newSeries, type VectorSeries } from "./values.ts";

/** What a series can have at one step. */
export type Element = number | NativeHistogram;

/** Whether any of the series may have a native histogram. */
export function hasHistograms(series: readonly { readonly histograms: SampleHistograms }[]): boolean {
  return series.some(({ histograms }) => histograms !== null);
}

/** A series that is being filled and may get native histograms too. */
export interface MixedSeries extends VectorSeries {
  readonly histograms: (NativeHistogram | undefined)[];
}

/** A series without any element yet, for numbers and native histograms; `settled` when it is filled. */
export function newMixedSeries(labels: Labels, dropName: boolean, count: number): MixedSeries {
  return { ...newSeries(labels, dropName, count), histograms: Array.from<NativeHistogram | undefined>({ length: count }) };
}

/** Puts an element at a step. */
export function setElement(
  { values, present, histograms }: MixedSeries,
  step: number,
  element: number | NativeHistogram,
): void {
  if (typeof element === "number") {
    values[step] = element;
    present[step] = elementKind.number;
  } else {
    histograms[step] = element;
    present[step] = elementKind.histogram;
  }
}

/** What a series has at a step; `undefined`: nothing. */
export function elementAt({ values, present, histograms }: VectorSeries, step: number): Element | undefined {
  if (present[step] === elementKind.none) return undefined;
  return histograms?.[step] ?? values[step];
}

/** The series as what computes with numbers takes it, if no native histogram has come. */
export function settled(series: MixedSeries): VectorSeries {
  return series.present.includes(elementKind.histogram) ? series : { ...series, histograms: null };
}

/** The series as if it had no histograms. */
export function numbersOnly(series: VectorSeries): VectorSeries {
  return withKinds(series, elementKind.none);
}

/** The series with a meaningless number in place of each histogram, for what asks only whether something is there. */
export function asNumbers(series: VectorSeries): VectorSeries {
  return withKinds(series, elementKind.number);
}

function withKinds(series: VectorSeries, ofHistograms: number): VectorSeries {
  if (series.histograms === null) return series;
  const present = series.present.map((kind) => (kind === elementKind.histogram ? ofHistograms : kind));
  return { ...series, present, histograms: null };
}
