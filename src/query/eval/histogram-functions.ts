/**
 * `histogram_quantile`, `histogram_fraction` and their family, over classic and native histograms.
 * Source: Prometheus 3.14, promql/functions.go (funcHistogramQuantile, funcHistogramQuantiles, funcHistogramFraction).
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import type { Expr } from "../ast.ts";
import { formatGeneral } from "../go-format.ts";
import { histogramQuantile as nativeQuantile, histogramShare } from "../histogram/quantile.ts";
import { isLabelName, quote } from "../parser/literals.ts";
import { duplicateLabels, type EvalContext, queryFailed, type QueryNotes } from "./context.ts";
import { reduceHistograms } from "./histogram-groups.ts";
import { histogramInfos } from "./histogram-messages.ts";
import { bucketFraction, bucketQuantile } from "./quantile.ts";
import { elementKind, mergeSameLabels, newSeries, stepTimeMs, type VectorSeries, withLabel } from "./values.ts";

/** Warns of a quantile outside 0–1, whose result is infinite or NaN. */
export function warnOfQuantile(q: number, arg: Expr, notes: QueryNotes): void {
  if (q >= 0 && q <= 1) return;
  notes.warn(`quantile value should be between 0 and 1, got ${formatGeneral(q)}`, arg.span);
}

/** The call's expressions, for positions: messages about native histograms point to `first`. */
interface QuantileArgs {
  readonly quantile: Expr;
  readonly vector: Expr;
  readonly first: Expr;
}

/** The `qs[i]`-quantile at step `i`. `args` are the call's expressions of quantile and vector. */
export function histogramQuantile(
  qs: Float64Array,
  vector: readonly VectorSeries[],
  context: EvalContext,
  args: QuantileArgs,
): readonly VectorSeries[] {
  const { notes, steps } = context;
  for (const q of qs) warnOfQuantile(q, args.quantile, notes);
  return reduceHistograms(vector, context, args.vector, {
    ofClassic(buckets, step, metric) {
      const { value, repair } = bucketQuantile(qs[step] ?? Number.NaN, buckets);
      const message = histogramInfos.repaired(metric);
      if (repair !== null) notes.informOfRepair(message, args.vector.span, repair, stepTimeMs(steps, step));
      return value;
    },
    ofNative(histogram, step, metric) {
      const { value, nanEffect } = nativeQuantile(qs[step] ?? Number.NaN, histogram);
      if (nanEffect === "result") notes.inform(histogramInfos.nanResult(metric), args.first.span);
      if (nanEffect === "skew") notes.inform(histogramInfos.nanSkew(metric), args.first.span);
      return value;
    },
  });
}

/** Several quantiles at once; each result carries its quantile in the label `name`. */
export function histogramQuantiles(
  quantiles: readonly { readonly qs: Float64Array; readonly arg: Expr }[],
  name: string,
  vector: readonly VectorSeries[],
  context: EvalContext,
  vectorArg: Expr,
): readonly VectorSeries[] {
  if (!isLabelName(name)) throw queryFailed(`invalid label name ${quote(name)}`);
  const results = quantiles.flatMap(({ qs, arg }) =>
    histogramQuantile(qs, vector, context, { quantile: arg, vector: vectorArg, first: vectorArg }).map((series) => ({
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
  args: { readonly vector: Expr; readonly first: Expr },
): readonly VectorSeries[] {
  return reduceHistograms(vector, context, args.vector, {
    ofClassic: (buckets, step) => bucketFraction(lowers[step] ?? Number.NaN, uppers[step] ?? Number.NaN, buckets),
    ofNative(histogram, step, metric) {
      const { value, excludesNaN } = histogramShare(lowers[step] ?? Number.NaN, uppers[step] ?? Number.NaN, histogram);
      if (excludesNaN) context.notes.inform(histogramInfos.nanExcluded(metric), args.first.span);
      return value;
    },
  });
}

/** One number about each native histogram; numbers are left out. */
export function describeHistograms(
  vector: readonly VectorSeries[],
  compute: (histogram: NativeHistogram) => number,
): readonly VectorSeries[] {
  return vector.flatMap(({ labels, present, histograms }) => {
    if (histograms === null) return [];
    const result = newSeries(labels, true, present.length);
    for (const [i, histogram] of histograms.entries()) {
      if (histogram === undefined || present[i] !== elementKind.histogram) continue;
      result.values[i] = compute(histogram);
      result.present[i] = elementKind.number;
    }
    return [result];
  });
}
