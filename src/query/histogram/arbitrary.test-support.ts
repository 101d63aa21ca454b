/** Random native histograms that are well formed: their counts are those of observations. */
import fc from "fast-check";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { compactSpans } from "./buckets.ts";
import { exponentialBound } from "./exponential-bounds.ts";

/** The fields that a histogram without observations has. */
export const emptyHistogram: NativeHistogram = {
  counterReset: "unknown",
  schema: 0,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 0,
  sum: 0,
  positiveSpans: [],
  positiveBuckets: [],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
};

const side = fc.uniqueArray(fc.record({ index: fc.integer({ min: -12, max: 12 }), count: fc.integer({ min: 0, max: 50 }) }), {
  selector: ({ index }) => index,
  maxLength: 8,
});

interface Bucket {
  readonly index: number;
  readonly count: number;
}

function spansOf(buckets: readonly Bucket[]): ReturnType<typeof compactSpans> {
  const sorted = buckets.toSorted((a, b) => a.index - b.index);
  return compactSpans({ indexes: sorted.map(({ index }) => index), counts: sorted.map(({ count }) => count) });
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Exponential buckets; the zero bucket ends at the bound of a bucket, and none lies inside it. */
export const exponentialHistogram: fc.Arbitrary<NativeHistogram> = fc
  .record({
    schema: fc.integer({ min: -2, max: 3 }),
    zeroIndex: fc.option(fc.integer({ min: -12, max: 3 })),
    zeroCount: fc.integer({ min: 0, max: 20 }),
    positive: side,
    negative: side,
    sum: fc.integer({ min: -1000, max: 1000 }),
  })
  .map(({ schema, zeroIndex, zeroCount, positive, negative, sum }) => {
    const isOutside = ({ index }: Bucket): boolean => zeroIndex === null || index > zeroIndex;
    const [above, below] = [spansOf(positive.filter(isOutside)), spansOf(negative.filter(isOutside))];
    return {
      ...emptyHistogram,
      schema,
      zeroThreshold: zeroIndex === null ? 0 : exponentialBound(schema, zeroIndex),
      zeroCount,
      count: zeroCount + total(above.buckets) + total(below.buckets),
      sum,
      positiveSpans: above.spans,
      positiveBuckets: above.buckets,
      negativeSpans: below.spans,
      negativeBuckets: below.buckets,
    };
  });

/** Custom buckets with some of the bounds 1 … 10. */
export const customHistogram: fc.Arbitrary<NativeHistogram> = fc
  .record({
    bounds: fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { maxLength: 6 }),
    counts: fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 7, maxLength: 7 }),
    sum: fc.integer({ min: 0, max: 1000 }),
  })
  .map(({ bounds, counts, sum }) => {
    const used = counts.slice(0, bounds.length + 1);
    const { spans, buckets } = spansOf(used.map((count, index) => ({ index, count })));
    const customValues = bounds.toSorted((a, b) => a - b);
    return {
      ...emptyHistogram,
      schema: -53,
      customValues,
      count: total(used),
      sum,
      positiveSpans: spans,
      positiveBuckets: buckets,
    };
  });
