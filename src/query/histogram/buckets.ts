/**
 * The buckets of a native histogram: spans ↔ numbered counts, and what each bucket covers.
 * Source: Prometheus model/histogram/generic.go and float_histogram.go (bucket iterators, compactBuckets).
 */
import { type BucketSpan, customBucketsSchema, type NativeHistogram } from "../../core/native-histogram.ts";
import { exponentialBound } from "./exponential-bounds.ts";

/** Counts of one side by bucket number, ascending; the two lists have the same length. Numbers that are missing count 0. */
export interface NumberedCounts {
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
}

/** What falls into `lower … upper`, of which the bound that is farther from zero is included; both, in the zero bucket. */
export interface HistogramBucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** Whether the bounds are written out in `customValues`. */
export function hasCustomBuckets({ schema }: Pick<NativeHistogram, "schema">): boolean {
  return schema === customBucketsSchema;
}

/** Also buckets with a count of 0 that the spans cover. */
export function numberedCounts(spans: readonly BucketSpan[], buckets: readonly number[]): NumberedCounts {
  const indexes: number[] = [];
  let next = 0;
  for (const { offset, length } of spans) {
    next += offset;
    for (let i = 0; i < length; i++) indexes.push(next++);
  }
  return { indexes, counts: buckets };
}

/** The shortest spans: empty buckets are left out, adjacent ones share a span. */
export function compactSpans({ indexes, counts }: NumberedCounts): {
  readonly spans: readonly BucketSpan[];
  readonly buckets: readonly number[];
} {
  const spans: { offset: number; length: number }[] = [];
  const buckets: number[] = [];
  let next = 0;
  for (const [place, index] of indexes.entries()) {
    const count = counts[place] ?? 0;
    if (count === 0) continue;
    buckets.push(count);
    const last = spans.at(-1);
    if (last !== undefined && index === next) last.length += 1;
    else spans.push({ offset: index - next, length: 1 });
    next = index + 1;
  }
  return { spans, buckets };
}

/** The histogram without empty buckets. */
export function compacted(histogram: NativeHistogram): NativeHistogram {
  const positive = compactSpans(numberedCounts(histogram.positiveSpans, histogram.positiveBuckets));
  const negative = compactSpans(numberedCounts(histogram.negativeSpans, histogram.negativeBuckets));
  return {
    ...histogram,
    positiveSpans: positive.spans,
    positiveBuckets: positive.buckets,
    negativeSpans: negative.spans,
    negativeBuckets: negative.buckets,
  };
}

/** What positive bucket `index` covers; the negative one of the same number mirrors it. */
export function bucketRange(
  { schema, customValues }: Pick<NativeHistogram, "schema" | "customValues">,
  index: number,
): readonly [lower: number, upper: number] {
  if (schema !== customBucketsSchema) return [exponentialBound(schema, index - 1), exponentialBound(schema, index)];
  return [customValues[index - 1] ?? Number.NEGATIVE_INFINITY, customValues[index] ?? Number.POSITIVE_INFINITY];
}

/** The buckets of the positive side, ascending from zero, each covering what its schema says. */
export function positiveBuckets(histogram: NativeHistogram): readonly HistogramBucket[] {
  const { indexes, counts } = numberedCounts(histogram.positiveSpans, histogram.positiveBuckets);
  return indexes.map((index, place) => {
    const [lower, upper] = bucketRange(histogram, index);
    return { lower, upper, count: counts[place] ?? 0 };
  });
}

/** The buckets of the negative side, descending from zero. */
export function negativeBuckets(histogram: NativeHistogram): readonly HistogramBucket[] {
  const { indexes, counts } = numberedCounts(histogram.negativeSpans, histogram.negativeBuckets);
  return indexes.map((index, place) => {
    const [nearer, farther] = bucketRange(histogram, index);
    return { lower: -farther, upper: -nearer, count: counts[place] ?? 0 };
  });
}

/**
 * All buckets from the lowest to the highest, the zero bucket among them where it counts something. Buckets that reach into it end at
 * its edge.
 */
export function allBuckets(histogram: NativeHistogram): readonly HistogramBucket[] {
  const { zeroThreshold, zeroCount } = histogram;
  const outside = (bucket: HistogramBucket): HistogramBucket => {
    if (bucket.lower > 0 && bucket.lower < zeroThreshold) return { ...bucket, lower: zeroThreshold };
    if (bucket.upper < 0 && bucket.upper > -zeroThreshold) return { ...bucket, upper: -zeroThreshold };
    return bucket;
  };
  const zero = zeroCount > 0 ? [{ lower: -zeroThreshold, upper: zeroThreshold, count: zeroCount }] : [];
  return [...negativeBuckets(histogram).toReversed().map(outside), ...zero, ...positiveBuckets(histogram).map(outside)];
}
