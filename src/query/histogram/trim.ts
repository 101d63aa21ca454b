/**
 * Cuts a native histogram at a value: `histogram </ value` keeps what was observed below it, `histogram >/ value` what was above. A
 * bucket with the value inside is divided as quantiles divide it; the sum is then estimated from the middles of what is left.
 * Source: Prometheus model/histogram/float_histogram.go (TrimBuckets, computeBucketTrim, computeMidpoint).
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { compacted, hasCustomBuckets, type HistogramBucket, negativeBuckets, positiveBuckets } from "./buckets.ts";

export type KeptSide = "below" | "above";

/** What is left of a bucket, and a value that stands for its observations. */
interface Remainder {
  readonly count: number;
  readonly middle: number;
}

const nothing: Remainder = { count: 0, middle: 0 };

interface Cut {
  readonly at: number;
  readonly keeps: KeptSide;
  readonly isCustom: boolean;
}

/** A histogram from which nothing is cut stays as it is, its measured sum too. */
export function trimmed(histogram: NativeHistogram, at: number, keeps: KeptSide): NativeHistogram {
  const cut = { at, keeps, isCustom: hasCustomBuckets(histogram) };
  const positive = positiveBuckets(histogram);
  const negative = negativeBuckets(histogram);
  const positiveRest = positive.map((bucket) => remainder(bucket, cut, 1));
  const negativeRest = negative.map((bucket) => remainder(bucket, cut, -1));
  const zero = zeroRemainder(histogram, cut, { positive: hasCounts(positive), negative: hasCounts(negative) });
  const isWhole =
    zero.count === histogram.zeroCount &&
    positiveRest.every(({ count }, i) => count === positive[i]?.count) &&
    negativeRest.every(({ count }, i) => count === negative[i]?.count);
  if (isWhole) return histogram;
  const rest = [...positiveRest, ...negativeRest, zero];
  return compacted({
    ...histogram,
    positiveBuckets: positiveRest.map(({ count }) => count),
    negativeBuckets: negativeRest.map(({ count }) => count),
    zeroCount: zero.count,
    count: rest.reduce((sum, { count }) => sum + count, 0),
    sum: rest.reduce((sum, { count, middle }) => sum + count * middle, 0),
  });
}

function hasCounts(buckets: readonly HistogramBucket[]): boolean {
  return buckets.some(({ count }) => count !== 0);
}

/** `sign` tells the side of zero. */
function remainder(bucket: HistogramBucket, cut: Cut, sign: 1 | -1): Remainder {
  const { lower, upper, count } = bucket;
  if (count === 0) return nothing;
  const isKept = cut.keeps === "below" ? upper <= cut.at : lower >= cut.at;
  if (isKept) return { count, middle: middleOf(lower, upper, cut, sign) };
  const isCut = cut.keeps === "below" ? lower < cut.at : upper > cut.at;
  if (!isCut) return nothing;
  if (lower === Number.NEGATIVE_INFINITY) return cutLowest(bucket, cut);
  if (upper === Number.POSITIVE_INFINITY) return cut.keeps === "above" ? { count, middle: cut.at } : nothing;
  const countBelow = count * fractionBelow(bucket, cut, sign);
  return cut.keeps === "below"
    ? { count: countBelow, middle: middleOf(lower, cut.at, cut, sign) }
    : { count: count - countBelow, middle: middleOf(cut.at, upper, cut, sign) };
}

/** Nobody knows how observations are spread over an infinite bucket; one that ends above 0 is taken to begin there. */
function cutLowest({ upper, count }: HistogramBucket, { at, keeps }: Cut): Remainder {
  const isFinite = upper !== Number.POSITIVE_INFINITY;
  if (keeps === "below") {
    if (at > 0 && upper > 0 && isFinite) return { count: (count * at) / upper, middle: at / 2 };
    return upper <= 0 ? { count, middle: at } : nothing;
  }
  return at >= 0 && isFinite ? { count: count * (1 - at / upper), middle: (at + upper) / 2 } : nothing;
}

function fractionBelow({ lower, upper }: HistogramBucket, { at, isCustom }: Cut, sign: 1 | -1): number {
  if (isCustom) return (at - lower) / (upper - lower);
  const [logLower, logUpper, logAt] = [Math.log2(Math.abs(lower)), Math.log2(Math.abs(upper)), Math.log2(Math.abs(at))];
  return sign === 1 ? (logAt - logLower) / (logUpper - logLower) : 1 - (logAt - logUpper) / (logLower - logUpper);
}

/** The arithmetic mean of the bounds of a custom bucket, the geometric one of an exponential one; an open end counts for nothing. */
function middleOf(lower: number, upper: number, { isCustom }: Cut, sign: 1 | -1): number {
  const [isLowest, isHighest] = [!Number.isFinite(lower), !Number.isFinite(upper)];
  if (isLowest && isHighest) return 0;
  if (isLowest) return upper > 0 ? upper / 2 : upper;
  if (isHighest) return lower;
  return isCustom ? (lower + upper) / 2 : sign * Math.sqrt(Math.abs(lower * upper));
}

/** The zero bucket is divided evenly; beside buckets of one side only it holds that side's observations. */
function zeroRemainder(
  { zeroThreshold, zeroCount }: NativeHistogram,
  { at, keeps }: Cut,
  has: { readonly positive: boolean; readonly negative: boolean },
): Remainder {
  if (!(zeroCount > 0)) return { count: zeroCount, middle: 0 };
  const lower = has.positive && !has.negative ? 0 : -zeroThreshold;
  const upper = has.negative && !has.positive ? 0 : zeroThreshold;
  const whole = { count: zeroCount, middle: (lower + upper) / 2 };
  if (at <= lower) return keeps === "above" ? whole : nothing;
  if (at >= upper) return keeps === "below" ? whole : nothing;
  const [from, to] = keeps === "below" ? [lower, at] : [at, upper];
  return { count: (zeroCount * (to - from)) / (upper - lower), middle: (from + to) / 2 };
}
