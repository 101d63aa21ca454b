/**
 * Mean and variance of what a native histogram has counted. Each bucket's observations are taken to lie at its middle.
 * Source: Prometheus promql/functions.go (histogramVariance).
 */
import { KahanSum } from "../../core/kahan-sum.ts";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { allBuckets, hasCustomBuckets } from "./buckets.ts";

/** NaN without observations. */
export function histogramMean({ sum, count }: NativeHistogram): number {
  return sum / count;
}

/** Population variance, NaN without observations. */
export function histogramVariance(histogram: NativeHistogram): number {
  const mean = histogramMean(histogram);
  const squares = new KahanSum();
  for (const { lower, upper, count } of allBuckets(histogram)) {
    if (count === 0) continue;
    const distance = middleOf(lower, upper, histogram) - mean;
    squares.add(count * distance * distance);
  }
  return (squares.sum + squares.compensation) / histogram.count;
}

function middleOf(lower: number, upper: number, histogram: NativeHistogram): number {
  if (hasCustomBuckets(histogram)) return (lower + upper) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  return Math.sign(upper) * Math.sqrt(lower * upper);
}
