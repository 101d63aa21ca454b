import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { customHistogram, emptyHistogram, exponentialHistogram } from "./arbitrary.test-support.ts";
import { allBuckets } from "./buckets.ts";
import { trimmed } from "./trim.ts";

const value = fc.integer({ min: -60, max: 60 }).map((n) => n / 4);

// When these fail, a histogram cut at a threshold counts observations twice, or forgets them.
test("both sides together have all observations of exponential buckets", () => {
  fc.assert(
    fc.property(exponentialHistogram, value, (histogram, at) => {
      const parts = [trimmed(histogram, at, "below").count, trimmed(histogram, at, "above").count];
      assert.ok(Math.abs((parts[0] ?? 0) + (parts[1] ?? 0) - histogram.count) < 1e-9 * histogram.count + 1e-12);
    }),
  );
});

test("what is left lies on its side, and its count is that of its buckets", () => {
  fc.assert(
    fc.property(fc.oneof(exponentialHistogram, customHistogram), value, (histogram, at) => {
      const below = trimmed(histogram, at, "below");
      assert.ok(allBuckets(below).every(({ lower }) => lower < at));
      const above = trimmed(histogram, at, "above");
      // A zero bucket without width that is cut at 0 is not below.
      assert.ok(allBuckets(above).every(({ lower, upper }) => upper > at || lower === at));
      for (const { count, ...rest } of [below, above]) {
        const counted = allBuckets({ count, ...rest }).reduce((sum, bucket) => sum + bucket.count, 0);
        assert.ok(Math.abs(counted - count) < 1e-9 * count + 1e-12);
      }
    }),
  );
});

test("a histogram from which nothing is cut keeps its sum", () => {
  fc.assert(
    fc.property(exponentialHistogram, (histogram) => {
      assert.equal(trimmed(histogram, Number.MAX_VALUE, "below"), histogram);
      assert.equal(trimmed(histogram, -Number.MAX_VALUE, "above"), histogram);
    }),
  );
});

test("the sum of a cut histogram is that of the middles", () => {
  // 4 in 1…2 and 4 in 2…4; below 2 are the first ones, at √2 each.
  const histogram = {
    ...emptyHistogram,
    count: 8,
    sum: 100,
    positiveSpans: [{ offset: 1, length: 2 }],
    positiveBuckets: [4, 4],
  };
  const { count, sum } = trimmed(histogram, 2, "below");
  assert.deepEqual([count, sum], [4, 4 * Math.SQRT2]);
  // Half of 2…4 on a logarithmic scale is below 2√2.
  assert.ok(Math.abs(trimmed(histogram, 2 * Math.SQRT2, "below").count - 6) < 1e-9);
});

test("a zero bucket beside positive buckets only begins at 0", () => {
  const histogram = {
    ...emptyHistogram,
    zeroThreshold: 1,
    zeroCount: 4,
    count: 5,
    positiveSpans: [{ offset: 1, length: 1 }],
    positiveBuckets: [1],
  };
  assert.equal(trimmed(histogram, 0.5, "below").zeroCount, 2);
  assert.equal(trimmed({ ...histogram, positiveSpans: [], positiveBuckets: [], count: 4 }, 0.5, "below").zeroCount, 3);
});
