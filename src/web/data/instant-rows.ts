/** Answers of the Prometheus HTTP API at one time, as lines of a table. Source of the shapes: prometheus/docs querying/api.md. */
import type { Labels } from "../../core/labels.ts";

/** Seconds since the epoch, and the value as text, because JSON has no `NaN` and no `+Inf`. */
type Sample = readonly [seconds: number, value: string];

/** Seconds since the epoch, and a native histogram of which a table shows the sums. */
type HistogramSample = readonly [
  seconds: number,
  histogram: { readonly count: string; readonly sum: string; readonly buckets?: readonly unknown[] },
];

interface VectorElement {
  readonly metric: Labels;
  readonly value?: Sample;
  readonly histogram?: HistogramSample;
}

interface MatrixElement {
  readonly metric: Labels;
  readonly values?: readonly Sample[];
  readonly histograms?: readonly HistogramSample[];
}

export type InstantData =
  | { readonly resultType: "scalar" | "string"; readonly result: Sample }
  | { readonly resultType: "vector"; readonly result: readonly VectorElement[] }
  | { readonly resultType: "matrix"; readonly result: readonly MatrixElement[] };

/** One line: whose value it is, and the value, which is a number wherever it is one. */
export interface InstantRow {
  /** `null` for a scalar and a string, which belong to no series. */
  readonly labels: Labels | null;
  readonly value: number | string;
  /** The sample's own time, ms since the epoch, in an answer that has several times; else `null`. */
  readonly timeMs: number | null;
}

/** The lines in the answer's own order, which `sort` may have made. */
export function instantRows(data: InstantData): readonly InstantRow[] {
  switch (data.resultType) {
    case "scalar":
      return [{ labels: null, value: numberOf(data.result), timeMs: null }];
    case "string":
      return [{ labels: null, value: data.result[1], timeMs: null }];
    case "vector":
      return data.result.map(({ metric, value, histogram }) => {
        if (histogram !== undefined) return { labels: metric, value: summaryOf(histogram), timeMs: null };
        return { labels: metric, value: value === undefined ? "" : numberOf(value), timeMs: null };
      });
    case "matrix":
      return data.result.flatMap(({ metric, values = [], histograms = [] }) => [
        ...values.map((sample) => ({ labels: metric, value: numberOf(sample), timeMs: sample[0] * 1000 })),
        ...histograms.map((sample) => ({ labels: metric, value: summaryOf(sample), timeMs: sample[0] * 1000 })),
      ]);
  }
}

/** Prometheus writes Go's `+Inf`, `-Inf` and `NaN`. */
function numberOf([, text]: Sample): number {
  return Number(text.replace("Inf", "Infinity"));
}

function summaryOf([, { count, sum, buckets = [] }]: HistogramSample): string {
  return `${count} observations, sum ${sum}, in ${buckets.length} buckets`;
}
