/** A native histogram as text. Source: Prometheus model/histogram/float_histogram.go (String), generic.go (Bucket.String). */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { formatGeneral } from "../go-format.ts";
import { allBuckets, type HistogramBucket, negativeBuckets, positiveBuckets } from "./buckets.ts";

/** `{count:3, sum:5, [-1,-0.5):1, (1,2]:2}`: the text that `count_values` makes a label of. Empty buckets are left out. */
export function formatHistogram(histogram: NativeHistogram): string {
  const { count, sum, zeroCount, zeroThreshold } = histogram;
  const zero = { lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount };
  const buckets = [...negativeBuckets(histogram).toReversed(), zero, ...positiveBuckets(histogram)];
  const parts = buckets.filter((bucket) => bucket.count !== 0).map(formatBucket);
  return `{${[`count:${formatGeneral(count)}`, `sum:${formatGeneral(sum)}`, ...parts].join(", ")}}`;
}

function formatBucket(bucket: HistogramBucket): string {
  const { lower, upper, count } = bucket;
  const [open, close] = [includesLower(bucket) ? "[" : "(", includesUpper(bucket) ? "]" : ")"];
  return `${open}${formatGeneral(lower)},${formatGeneral(upper)}${close}:${formatGeneral(count)}`;
}

/** Which bounds a bucket includes, as Prometheus's HTTP API numbers it: 0 the upper one, 1 the lower one, 2 neither, 3 both. */
export type BoundaryRule = 0 | 1 | 2 | 3;

/** One bucket in an answer of Prometheus's HTTP API. */
export type ApiBucket = readonly [rule: BoundaryRule, lower: number, upper: number, count: number];

/** The buckets that count something, from the lowest to the highest. Source: Prometheus util/jsonutil (MarshalHistogram). */
export function apiBuckets(histogram: NativeHistogram): readonly ApiBucket[] {
  return allBuckets(histogram)
    .filter(({ count }) => count !== 0)
    .map((bucket) => [boundaryRule(bucket), bucket.lower, bucket.upper, bucket.count]);
}

function boundaryRule(bucket: HistogramBucket): BoundaryRule {
  if (includesLower(bucket)) return includesUpper(bucket) ? 3 : 1;
  return includesUpper(bucket) ? 0 : 2;
}

/** The zero bucket has both bounds, also where it has no width. */
function includesLower({ lower, upper }: HistogramBucket): boolean {
  return lower < 0 || lower === -upper;
}

function includesUpper({ lower, upper }: HistogramBucket): boolean {
  return upper > 0 || lower === -upper;
}
