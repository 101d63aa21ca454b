/**
 * What two exponential histograms have in common: the coarser resolution, and a zero bucket that holds the zero buckets of both.
 * Source: Prometheus model/histogram/float_histogram.go (targetIdx, zeroCountForLargerThreshold).
 */
import type { BucketSpan, NativeHistogram } from "../../core/native-histogram.ts";
import { compactSpans, numberedCounts } from "./buckets.ts";
import { exponentialBound } from "./exponential-bounds.ts";

/** The bucket of a coarser schema in which bucket `index` of `schema` lies. */
export function coarserIndex(index: number, schema: number, coarserSchema: number): number {
  return Math.ceil(index / 2 ** (schema - coarserSchema));
}

/** The histogram with the buckets of a coarser schema, or as it is. */
export function coarsened(histogram: NativeHistogram, schema: number): NativeHistogram {
  if (schema === histogram.schema) return histogram;
  const merge = (spans: readonly BucketSpan[], buckets: readonly number[]): ReturnType<typeof compactSpans> => {
    const { indexes, counts } = numberedCounts(spans, buckets);
    const merged = new Map<number, number>();
    for (const [place, index] of indexes.entries()) {
      const coarser = coarserIndex(index, histogram.schema, schema);
      merged.set(coarser, (merged.get(coarser) ?? 0) + (counts[place] ?? 0));
    }
    return compactSpans({ indexes: [...merged.keys()], counts: [...merged.values()] });
  };
  const positive = merge(histogram.positiveSpans, histogram.positiveBuckets);
  const negative = merge(histogram.negativeSpans, histogram.negativeBuckets);
  return {
    ...histogram,
    schema,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
  };
}

/** A zero bucket and what it counts. */
export interface ZeroBucket {
  readonly threshold: number;
  readonly count: number;
}

/**
 * The zero bucket of a histogram if it reached to `threshold`, which is at least what it reaches to now; farther still where a
 * populated bucket would be cut otherwise.
 */
export function widenZeroBucket(histogram: NativeHistogram, threshold: number): ZeroBucket {
  if (threshold === histogram.zeroThreshold) return { threshold, count: histogram.zeroCount };
  const sides = [
    numberedCounts(histogram.positiveSpans, histogram.positiveBuckets),
    numberedCounts(histogram.negativeSpans, histogram.negativeBuckets),
  ];
  const populated = sides.flatMap(({ indexes, counts }) =>
    indexes.flatMap((index, place) => {
      const count = counts[place] ?? 0;
      const lower = exponentialBound(histogram.schema, index - 1);
      return count === 0 ? [] : [{ lower, upper: exponentialBound(histogram.schema, index), count }];
    }),
  );
  const cut = populated.find(({ lower, upper }) => lower < threshold && threshold < upper);
  if (cut !== undefined) return widenZeroBucket(histogram, cut.upper);
  const inside = populated.filter(({ upper }) => upper <= threshold);
  return { threshold, count: inside.reduce((sum, { count }) => sum + count, histogram.zeroCount) };
}
