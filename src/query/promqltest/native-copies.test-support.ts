/**
 * Classic histograms → native ones with custom buckets, as `load_with_nhcb` stores them beside each other.
 * Source: Prometheus util/convertnhcb (TempHistogram), promql/promqltest/test.go (appendCustomHistogram).
 */
import { type Labels, labelsKey, labelValue, metricNameLabel } from "../../core/labels.ts";
import { customBucketsSchema, type NativeHistogram } from "../../core/native-histogram.ts";
import { parseNumber } from "../parser/literals.ts";
import type { SeriesLine } from "./series-line.ts";

interface ClassicSample {
  readonly buckets: Map<number, number>;
  count: number | null;
  sum: number;
}

interface ClassicHistogram {
  readonly labels: Labels;
  /** By step. */
  readonly samples: Map<number, ClassicSample>;
}

/** The native histograms of a `load`, as lines of their own. */
export function nativeCopies(lines: readonly SeriesLine[]): readonly SeriesLine[] {
  const histograms = new Map<string, ClassicHistogram>();
  for (const line of lines) collect(line, histograms);
  return Array.from(histograms.values(), ({ labels, samples }) => {
    const last = Math.max(-1, ...samples.keys());
    const values = Array.from({ length: last + 1 }, (_, step) => {
      const sample = samples.get(step);
      return sample === undefined ? null : { histogram: toNative(sample), hasHint: false };
    });
    return { labels, values };
  });
}

function collect({ labels, values }: SeriesLine, histograms: Map<string, ClassicHistogram>): void {
  const [, base, suffix] = /^(.+)_(bucket|count|sum)$/.exec(labelValue(labels, metricNameLabel)) ?? [];
  const bound = toBound(labelValue(labels, "le"));
  if (base === undefined || (suffix === "bucket" && bound === null)) return;
  const { le: _, ...others } = labels;
  const own = { ...others, [metricNameLabel]: base };
  const key = labelsKey(own);
  const histogram = histograms.get(key) ?? { labels: own, samples: new Map<number, ClassicSample>() };
  histograms.set(key, histogram);
  for (const [step, value] of values.entries()) {
    if (typeof value !== "number") continue;
    const sample = histogram.samples.get(step) ?? { buckets: new Map<number, number>(), count: null, sum: 0 };
    histogram.samples.set(step, sample);
    if (suffix === "count") sample.count = value;
    else if (suffix === "sum") sample.sum = value;
    else if (bound !== null) sample.buckets.set(bound, value);
  }
}

function toBound(text: string): number | null {
  const bound = parseNumber(text.replace(/^[+-]/, ""));
  if (bound === null || Number.isNaN(bound)) return null;
  return text.startsWith("-") ? -bound : bound;
}

/** Classic buckets count all that is below their bound, native ones only what is between their bounds. */
function toNative({ buckets, count, sum }: ClassicSample): NativeHistogram {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const total = count ?? sorted.at(-1)?.[1] ?? 0;
  const bounds = sorted.map(([bound]) => bound).filter((bound) => bound !== Number.POSITIVE_INFINITY);
  const cumulative =
    sorted.length > bounds.length ? sorted.map(([, below]) => below) : [...sorted.map(([, below]) => below), total];
  return {
    counterReset: "unknown",
    schema: customBucketsSchema,
    zeroThreshold: 0,
    zeroCount: 0,
    count: total,
    sum,
    positiveSpans: [{ offset: 0, length: cumulative.length }],
    positiveBuckets: cumulative.map((below, i) => below - (cumulative[i - 1] ?? 0)),
    negativeSpans: [],
    negativeBuckets: [],
    customValues: bounds,
  };
}
