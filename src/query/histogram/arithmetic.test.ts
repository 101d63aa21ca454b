import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { customHistogram, emptyHistogram, exponentialHistogram } from "./arbitrary.test-support.ts";
import { added, divided, multiplied, subtracted } from "./arithmetic.ts";
import { allBuckets, compacted, negativeBuckets, positiveBuckets } from "./buckets.ts";
import { equalHistograms } from "./equality.ts";
import { HistogramMean } from "./histogram-mean.ts";
import { HistogramSum } from "./histogram-sum.ts";
import { coarsened } from "./reconcile.ts";

const anyHistogram = fc.oneof(exponentialHistogram, customHistogram);
const pair = fc.oneof(fc.tuple(exponentialHistogram, exponentialHistogram), fc.tuple(customHistogram, customHistogram));

function inBuckets(histogram: NativeHistogram): number {
  return allBuckets(histogram).reduce((sum, { count }) => sum + count, 0);
}

// When these fail, sums and rates of histograms lose or invent observations.
test("a sum has the observations of both, whatever their resolutions, zero buckets and bounds", () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const { compatible, histogram } = added(a, b);
      assert.ok(compatible);
      assert.equal(histogram.count, a.count + b.count);
      assert.equal(histogram.sum, a.sum + b.sum);
      assert.equal(inBuckets(histogram), histogram.count);
    }),
  );
});

test("the order of addends does not matter", () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      assert.ok(equalHistograms(added(a, b).histogram, added(b, a).histogram));
    }),
  );
});

test("what was added can be subtracted, and added again", () => {
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const sum = added(a, b).histogram;
      const back = subtracted(sum, b).histogram;
      assert.ok(equalHistograms(added(back, b).histogram, sum));
      assert.equal(back.count, a.count);
      assert.equal(back.sum, a.sum);
      assert.equal(inBuckets(back), a.count);
    }),
  );
});

test("subtracting a histogram from itself leaves nothing", () => {
  fc.assert(
    fc.property(anyHistogram, (a) => {
      const { histogram } = subtracted(a, a);
      assert.deepEqual([histogram.count, histogram.sum, histogram.zeroCount, allBuckets(histogram).length], [0, 0, 0, 0]);
    }),
  );
});

test("compaction keeps every bucket that counts something", () => {
  const withGaps = fc.tuple(exponentialHistogram, exponentialHistogram).map(([a, b]) => {
    // A difference of sums has buckets of 0 at all places that any of both has.
    return {
      ...added(a, b).histogram,
      positiveBuckets: added(a, b).histogram.positiveBuckets.map((count, i) => (i % 3 === 1 ? 0 : count)),
    };
  });
  fc.assert(
    fc.property(withGaps, (a) => {
      const kept = compacted(a);
      const counting = (buckets: ReturnType<typeof positiveBuckets>): typeof buckets =>
        buckets.filter(({ count }) => count !== 0);
      assert.deepEqual(positiveBuckets(kept), counting(positiveBuckets(a)));
      assert.deepEqual(negativeBuckets(kept), counting(negativeBuckets(a)));
      assert.ok(kept.positiveSpans.every(({ offset, length }, i) => length > 0 && (i === 0 || offset > 0)));
    }),
  );
});

test("a coarser schema has the same observations, and is reached in one step or two", () => {
  fc.assert(
    fc.property(exponentialHistogram, (a) => {
      const once = coarsened(a, -4);
      assert.equal(inBuckets(once), a.count);
      assert.ok(equalHistograms(once, coarsened(coarsened(a, -3), -4)));
    }),
  );
});

test("the mean of copies is the histogram, and that of two is half their sum", () => {
  fc.assert(
    fc.property(pair, fc.integer({ min: 1, max: 4 }), ([a, b], doublings) => {
      const copies = new HistogramMean(a);
      for (let i = 1; i < 2 ** doublings; i++) copies.add(a);
      assert.ok(equalHistograms(copies.total, a));
      const mean = new HistogramMean(a);
      mean.add(b);
      assert.ok(equalHistograms(mean.total, divided(added(a, b).histogram, 2)));
    }),
  );
});

test("a sum is exact where numbers cancel each other", () => {
  const of = (sum: number): NativeHistogram => ({ ...emptyHistogram, sum, count: 1, zeroCount: sum });
  const total = new HistogramSum(of(1));
  for (const sum of [1e100, 1, -1e100]) total.add(of(sum));
  assert.deepEqual([total.total.sum, total.total.zeroCount], [2, 2]);
});

test("a mean does not overflow where its sum would", () => {
  const huge: NativeHistogram = { ...emptyHistogram, sum: 1.5e308, count: 1 };
  const mean = new HistogramMean(huge);
  mean.add(huge);
  mean.add(huge);
  assert.equal(mean.total.sum, 1.5e308);
});

test("the zero bucket grows until it cuts no populated bucket", () => {
  // 3 in 0.5…1, 4 in 1…2; a zero bucket up to 0.7 has to take the first one in.
  const a = { ...emptyHistogram, count: 7, positiveSpans: [{ offset: 0, length: 2 }], positiveBuckets: [3, 4] };
  const b = { ...emptyHistogram, count: 5, zeroThreshold: 0.7, zeroCount: 5 };
  const { histogram } = added(a, b);
  assert.deepEqual([histogram.zeroThreshold, histogram.zeroCount, histogram.positiveBuckets], [1, 8, [4]]);
});

test("custom bounds are brought to those that both have, and it is said", () => {
  const custom = (customValues: readonly number[], positiveBuckets: readonly number[]): NativeHistogram => ({
    ...emptyHistogram,
    schema: -53,
    customValues,
    positiveSpans: [{ offset: 0, length: positiveBuckets.length }],
    positiveBuckets,
  });
  const { histogram, reconciledBounds } = added(custom([1, 2, 5], [1, 2, 3, 4]), custom([2, 5, 7], [10, 20, 30, 40]));
  assert.ok(reconciledBounds);
  assert.deepEqual(
    [histogram.customValues, histogram.positiveBuckets],
    [
      [2, 5],
      [13, 23, 74],
    ],
  );
  assert.equal(added(custom([], [3]), emptyHistogram).compatible, false);
});

test("scaling by less than zero makes a gauge, division by zero leaves no bucket", () => {
  fc.assert(
    fc.property(exponentialHistogram, (a) => {
      assert.equal(multiplied(a, -1).counterReset, "gauge");
      assert.ok(equalHistograms(multiplied(multiplied(a, -2), -0.5), a));
      const { positiveBuckets: none, count } = divided(a, 0);
      assert.deepEqual([none, count], [[], a.count === 0 ? Number.NaN : Number.POSITIVE_INFINITY]);
    }),
  );
});

test("hints: a gauge wins, then what is not known; a contradiction is told", () => {
  const hinted = (counterReset: NativeHistogram["counterReset"]): NativeHistogram => ({ ...emptyHistogram, counterReset });
  const sum = (a: NativeHistogram["counterReset"], b: NativeHistogram["counterReset"]): readonly [string, boolean] => {
    const { histogram, conflictingResets } = added(hinted(a), hinted(b));
    return [histogram.counterReset, conflictingResets];
  };
  assert.deepEqual(sum("gauge", "reset"), ["gauge", false]);
  assert.deepEqual(sum("not_reset", "not_reset"), ["not_reset", false]);
  assert.deepEqual(sum("unknown", "not_reset"), ["unknown", false]);
  assert.deepEqual(sum("reset", "not_reset"), ["unknown", true]);
});
