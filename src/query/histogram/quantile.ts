/**
 * Quantiles and shares of a native histogram. Within custom buckets and the zero bucket observations are taken to be spread evenly,
 * within exponential ones evenly on a logarithmic scale. The same for classic histograms is in `eval/quantile.ts`.
 * Source: Prometheus promql/quantile.go (HistogramQuantile, HistogramFraction).
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { allBuckets, hasCustomBuckets, type HistogramBucket } from "./buckets.ts";

/** What observations of NaN do to a result: they are counted, but no bucket has them. */
export type NanEffect = "none" | "result" | "skew";

export interface HistogramQuantile {
  readonly value: number;
  readonly nanEffect: NanEffect;
}

/** The q-quantile, NaN without observations. */
export function histogramQuantile(q: number, histogram: NativeHistogram): HistogramQuantile {
  const plain = (value: number): HistogramQuantile => ({ value, nanEffect: "none" });
  if (q < 0) return plain(Number.NEGATIVE_INFINITY);
  if (q > 1) return plain(Number.POSITIVE_INFINITY);
  if (histogram.count === 0 || Number.isNaN(q)) return plain(Number.NaN);
  const maybeNaN = Number.isNaN(histogram.sum);
  // Ranks are counted from the nearer end; NaN counts as the greatest value, so that only the lower end is sure.
  const upwards = maybeNaN || q < 0.5;
  const buckets = upwards ? allBuckets(histogram) : allBuckets(histogram).toReversed();
  const rank = (upwards ? q : 1 - q) * histogram.count;
  const { place, counted } = findRank(buckets, rank);
  const found = buckets[place] ?? emptyBucket;
  const isLowest = found.lower === Number.NEGATIVE_INFINITY;
  if (hasCustomBuckets(histogram)) {
    if (isLowest && found.upper <= 0) return plain(found.upper);
    if (!isLowest && found.upper === Number.POSITIVE_INFINITY) return plain(found.lower);
  }
  const bucket = narrowed(found, histogram);
  const reached = Math.min(counted, histogram.count);
  if (reached < rank) return maybeNaN ? { value: Number.NaN, nanEffect: "result" } : plain(bucket.upper);
  const rankInBucket = upwards ? rank - (reached - bucket.count) : reached - rank;
  if (!maybeNaN) return plain(interpolate(bucket, rankInBucket / bucket.count, histogram));
  const rest = buckets.slice(place + 1);
  const total = rest.reduce((sum, { count }) => sum + count, reached);
  // Prometheus interpolates within the last bucket it has looked at, which in this case is the highest one.
  const last = rest.at(-1) ?? bucket;
  const value = interpolate(last, rankInBucket / last.count, histogram);
  return { value, nanEffect: total < histogram.count ? "skew" : "none" };
}

const emptyBucket: HistogramBucket = { lower: 0, upper: 0, count: 0 };

/** The place of the bucket with the rank, the last one where none has it; and what is counted up to it. */
function findRank(buckets: readonly HistogramBucket[], rank: number): { readonly place: number; readonly counted: number } {
  let counted = 0;
  for (const [place, { count }] of buckets.entries()) {
    if (count === 0) continue;
    counted += count;
    if (counted >= rank) return { place, counted };
  }
  return { place: buckets.length - 1, counted };
}

/** A zero bucket, or the lowest one of custom buckets, is taken to begin or to end at 0 where the histogram has no other side. */
function narrowed(bucket: HistogramBucket, histogram: NativeHistogram): HistogramBucket {
  const { lower, upper } = bucket;
  if (hasCustomBuckets(histogram)) return lower === Number.NEGATIVE_INFINITY ? { ...bucket, lower: 0 } : bucket;
  return lower < 0 && upper > 0 ? narrowedZeroBucket(bucket, histogram) : bucket;
}

function narrowedZeroBucket(bucket: HistogramBucket, histogram: NativeHistogram): HistogramBucket {
  const hasPositive = histogram.positiveBuckets.length > 0;
  const hasNegative = histogram.negativeBuckets.length > 0;
  if (hasPositive && !hasNegative) return { ...bucket, lower: 0 };
  if (hasNegative && !hasPositive) return { ...bucket, upper: 0 };
  return bucket;
}

function interpolate({ lower, upper }: HistogramBucket, fraction: number, histogram: NativeHistogram): number {
  if (hasCustomBuckets(histogram) || (lower <= 0 && upper >= 0)) return lower + (upper - lower) * fraction;
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  if (lower > 0) return 2 ** (logLower + (logUpper - logLower) * fraction);
  return -(2 ** (logUpper + (logLower - logUpper) * (1 - fraction)));
}

export interface HistogramShare {
  /** 0 … 1 */
  readonly value: number;
  /** Some observations are NaN, and within no two bounds. */
  readonly excludesNaN: boolean;
}

/** The share of observations between two values, NaN without observations. */
export function histogramShare(lower: number, upper: number, histogram: NativeHistogram): HistogramShare {
  if (histogram.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: Number.NaN, excludesNaN: false };
  if (lower >= upper) return { value: 0, excludesNaN: false };
  const buckets = allBuckets(histogram);
  const inBuckets = buckets.reduce((sum, { count }) => sum + count, 0);
  const maybeNaN = Number.isNaN(histogram.sum);
  const counted = maybeNaN ? inBuckets : histogram.count;
  const below = (value: number): number => Math.min(rankOf(value, buckets, histogram) ?? counted, counted);
  return {
    value: (below(upper) - below(lower)) / histogram.count,
    excludesNaN: maybeNaN && inBuckets < histogram.count,
  };
}

/** Observations below `value`; `undefined`: all. */
function rankOf(value: number, buckets: readonly HistogramBucket[], histogram: NativeHistogram): number | undefined {
  let rank = 0;
  for (const found of buckets) {
    const hasZero = found.lower <= 0 && found.upper >= 0;
    const bucket = hasZero ? narrowedZeroBucket(found, histogram) : found;
    if (bucket.lower >= value) return rank;
    if (bucket.upper > value) {
      const isLinear = hasZero || hasCustomBuckets(histogram);
      return isLinear ? linearRank(value, bucket, rank) : rank + bucket.count * logarithmicFraction(value, bucket);
    }
    rank += bucket.count;
  }
  return undefined;
}

function linearRank(value: number, { lower, upper, count }: HistogramBucket, rank: number): number {
  if (lower === Number.NEGATIVE_INFINITY) return count;
  return rank + (count * (value - lower)) / (upper - lower);
}

function logarithmicFraction(value: number, { lower, upper }: HistogramBucket): number {
  const logLower = Math.log2(Math.abs(lower));
  const logUpper = Math.log2(Math.abs(upper));
  const logValue = Math.log2(Math.abs(value));
  if (value > 0) return (logValue - logLower) / (logUpper - logLower);
  return 1 - (logValue - logUpper) / (logLower - logUpper);
}
