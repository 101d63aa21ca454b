/**
 * `histogram_quantile` and `histogram_fraction` over classic histograms: buckets are series that differ in the label `le`.
 * Source: Prometheus 3.14, promql/functions.go (resetHistograms, funcHistogramQuantile).
 */
import { type Labels, labelsKey, metricNameLabel } from "../../core/labels.ts";
import type { Expr } from "../ast.ts";
import { parseNumber, quote } from "../parser/literals.ts";
import { type EvalContext, type QueryNotes, duplicateLabels } from "./context.ts";
import { type Bucket, bucketFraction, bucketQuantile } from "./quantile.ts";
import { mergeSameLabels, newSeries, type VectorSeries, withLabel, withoutLabels } from "./values.ts";

const bucketLabel = "le";

interface Histogram {
  readonly labels: Labels;
  readonly buckets: { readonly upperBound: number; readonly series: VectorSeries }[];
}

/** Groups the bucket series into histograms, those of different metrics apart; warns of series whose `le` is no number. */
function histogramsOf(vector: readonly VectorSeries[], notes: QueryNotes, arg: Expr): readonly Histogram[] {
  const removed = new Set([bucketLabel]);
  const histograms = new Map<string, Histogram>();
  for (const series of vector) {
    const bound = series.labels[bucketLabel];
    const upperBound = bound === undefined ? null : parseBound(bound);
    if (upperBound === null) {
      notes.warn(badBucketMessage(series.labels, bound ?? ""), arg.span);
      continue;
    }
    const labels = withoutLabels(series.labels, removed);
    const key = labelsKey(labels);
    const histogram = histograms.get(key);
    if (histogram === undefined) histograms.set(key, { labels, buckets: [{ upperBound, series }] });
    else histogram.buckets.push({ upperBound, series });
  }
  return [...histograms.values()];
}

function parseBound(text: string): number | null {
  const bound = parseNumber(text.replace(/^[+-]/, ""));
  return bound !== null && text.startsWith("-") ? -bound : bound;
}

function badBucketMessage(labels: Labels, bound: string): string {
  const name = labels[metricNameLabel] ?? "";
  const forMetric = name === "" ? "" : ` for metric name ${quote(name)}`;
  return `bucket label "le" is missing or has a malformed value of ${quote(bound)}${forMetric}`;
}

function bucketsAt({ buckets }: Histogram, step: number): Bucket[] {
  const found: Bucket[] = [];
  for (const { upperBound, series } of buckets) {
    if (series.present[step] === 1) found.push({ upperBound, count: series.values[step] ?? Number.NaN });
  }
  return found;
}

/** `computeAt` turns the buckets of one histogram at one step into the result. */
function reduceHistograms(
  vector: readonly VectorSeries[],
  { steps, notes }: EvalContext,
  arg: Expr,
  computeAt: (buckets: Bucket[], step: number, labels: Labels) => number,
): readonly VectorSeries[] {
  return histogramsOf(vector, notes, arg).map((histogram) => {
    const result = newSeries(histogram.labels, true, steps.count);
    for (let i = 0; i < steps.count; i++) {
      const buckets = bucketsAt(histogram, i);
      if (buckets.length === 0) continue;
      result.values[i] = computeAt(buckets, i, histogram.labels);
      result.present[i] = 1;
    }
    return result;
  });
}

/** Warns of a quantile outside 0–1, whose result is infinite or NaN. */
export function warnOfQuantile(q: number, arg: Expr, notes: QueryNotes): void {
  if (q >= 0 && q <= 1) return;
  notes.warn(`quantile value should be between 0 and 1, got ${formatGeneral(q)}`, arg.span);
}

/** Go's `%g`, as far as these messages need it. */
function formatGeneral(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

/** The `qs[i]`-quantile at step `i`. `args` are the call's expressions of quantile and vector, for positions. */
export function histogramQuantile(
  qs: Float64Array,
  vector: readonly VectorSeries[],
  context: EvalContext,
  args: { readonly quantile: Expr; readonly vector: Expr },
): readonly VectorSeries[] {
  for (const q of qs) warnOfQuantile(q, args.quantile, context.notes);
  return reduceHistograms(vector, context, args.vector, (buckets, step, labels) => {
    const { value, forcedMonotonic } = bucketQuantile(qs[step] ?? Number.NaN, buckets);
    if (forcedMonotonic) noteMonotonicity(labels, args.vector, context.notes);
    return value;
  });
}

function noteMonotonicity(labels: Labels, arg: Expr, notes: QueryNotes): void {
  const name = labels[metricNameLabel] ?? "";
  const documentation = "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile";
  const forMetric = name === "" ? "" : ` for metric name ${quote(name)}`;
  notes.inform(`input to histogram_quantile needed to be fixed for monotonicity (see ${documentation})${forMetric}`, arg.span);
}

/** Several quantiles at once; each result carries its quantile in the label `name`. */
export function histogramQuantiles(
  quantiles: readonly { readonly qs: Float64Array; readonly arg: Expr }[],
  name: string,
  vector: readonly VectorSeries[],
  context: EvalContext,
  vectorArg: Expr,
): readonly VectorSeries[] {
  const results = quantiles.flatMap(({ qs, arg }) =>
    histogramQuantile(qs, vector, context, { quantile: arg, vector: vectorArg }).map((series) => ({
      ...series,
      labels: withLabel(series.labels, name, openMetricsNumber(qs[0] ?? Number.NaN)),
    })),
  );
  return mergeSameLabels(results, duplicateLabels);
}

/** OpenMetrics writes whole numbers with a fraction: `1.0`. */
function openMetricsNumber(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : formatGeneral(value);
}

/** The share of observations between `lowers[i]` and `uppers[i]` at step `i`. */
export function histogramFraction(
  { lowers, uppers }: { readonly lowers: Float64Array; readonly uppers: Float64Array },
  vector: readonly VectorSeries[],
  context: EvalContext,
  vectorArg: Expr,
): readonly VectorSeries[] {
  return reduceHistograms(vector, context, vectorArg, (buckets, step) =>
    bucketFraction(lowers[step] ?? Number.NaN, uppers[step] ?? Number.NaN, buckets),
  );
}
