/**
 * Where a query looks at nothing of histograms but count and sum, Prometheus reads no buckets, and finds out while reading which
 * histograms were reset. What adds such histograms then knows of resets that it would not know of otherwise, and warns of them.
 * Source: Prometheus 3.14, promql/engine.go (detectHistogramStatsDecoding), promql/histogram_stats_iterator.go.
 */
import type { CounterResetHint, NativeHistogram } from "../../core/native-histogram.ts";
import type { SeriesSamples } from "../../core/storage.ts";
import { type Expr, isTrim, type VectorSelector } from "../ast.ts";
import { isCounterReset } from "../histogram/counter-reset.ts";

const ofStatistics: ReadonlySet<string> = new Set(["histogram_count", "histogram_sum", "histogram_avg"]);
const ofBuckets: ReadonlySet<string> = new Set(["histogram_quantile", "histogram_quantiles", "histogram_fraction"]);

/** Whether only count and sum of the selector's histograms matter for `expr`, which has the selector somewhere inside. */
export function needsNoBuckets(selector: VectorSelector, expr: Expr, isInside = false): boolean {
  const search = (inner: Expr, inside = isInside): boolean => needsNoBuckets(selector, inner, inside);
  switch (expr.kind) {
    case "number":
    case "string":
    case "subquery":
      // The steps of a subquery leave samples out, so that buckets are needed to see resets.
      return false;
    case "selector":
      return isInside && expr === selector;
    case "range":
      return isInside && expr.selector === selector;
    case "paren":
    case "unary":
      return search(expr.expr);
    case "binary":
      return !isTrim(expr.operator) && (search(expr.left) || search(expr.right));
    case "aggregation":
      return search(expr.expr) || (expr.parameter !== null && search(expr.parameter));
    case "call":
      return !ofBuckets.has(expr.name) && expr.args.some((arg) => search(arg, isInside || ofStatistics.has(expr.name)));
  }
}

/** The samples, with each histogram compared to the one before where nothing is known of it. */
export function withDetectedHints(samples: SeriesSamples): SeriesSamples {
  let before: NativeHistogram | undefined;
  const histograms = samples.histograms?.map((histogram) => {
    if (histogram === undefined) return undefined;
    const detected: NativeHistogram = { ...histogram, counterReset: detectedHint(histogram, before) };
    before = detected;
    return detected;
  });
  return { ...samples, histograms: histograms ?? null };
}

function detectedHint(current: NativeHistogram, before: NativeHistogram | undefined): CounterResetHint {
  if (current.counterReset !== "unknown" || before === undefined) return current.counterReset;
  return isCounterReset(current, before) ? "reset" : "not_reset";
}
