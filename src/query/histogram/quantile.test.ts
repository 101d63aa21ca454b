import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { customHistogram, emptyHistogram, exponentialHistogram } from "./arbitrary.test-support.ts";
import { histogramQuantile, histogramShare } from "./quantile.ts";

/** With an observation. A bucket from −∞ to +∞ tells nothing of a quantile. */
const anyHistogram = fc
  .oneof(
    exponentialHistogram,
    customHistogram.filter(({ customValues }) => customValues.length > 0),
  )
  .filter(({ count }) => count > 0);
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

function positive(positiveBuckets: readonly number[], rest: Partial<NativeHistogram> = {}): NativeHistogram {
  const count = positiveBuckets.reduce((sum, bucket) => sum + bucket, 0);
  return { ...emptyHistogram, count, positiveSpans: [{ offset: 1, length: positiveBuckets.length }], positiveBuckets, ...rest };
}

// When these fail, every latency percentile from a native histogram is wrong.
test("a greater quantile is not a smaller value", () => {
  fc.assert(
    fc.property(anyHistogram, fraction, fraction, (histogram, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => histogramQuantile(q, histogram).value);
      assert.ok((low ?? 0) <= (high ?? 0) + 1e-9 * Math.abs(high ?? 0), `${low} > ${high}`);
    }),
  );
});

test("the share below a quantile is the quantile", () => {
  const spread = exponentialHistogram.filter(({ count, zeroCount }) => count > 0 && zeroCount === 0);
  fc.assert(
    fc.property(spread, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (histogram, q) => {
      const { value } = histogramQuantile(q, histogram);
      assert.ok(Math.abs(histogramShare(Number.NEGATIVE_INFINITY, value, histogram).value - q) < 1e-6);
    }),
  );
});

test("shares of adjacent ranges add up", () => {
  const bound = fc.integer({ min: -40, max: 40 }).map((n) => n / 4);
  fc.assert(
    fc.property(anyHistogram, bound, bound, (histogram, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const share = (from: number, to: number): number => histogramShare(from, to, histogram).value;
      const parts = share(-Infinity, low) + share(low, high) + share(high, Infinity);
      assert.ok(Math.abs(parts - 1) < 1e-9, String(parts));
    }),
  );
});

test("exponential buckets are divided on a logarithmic scale, custom ones and the zero bucket evenly", () => {
  assert.equal(histogramQuantile(0.5, positive([4])).value, Math.SQRT2);
  assert.equal(histogramQuantile(0.25, { ...positive([]), zeroThreshold: 2, zeroCount: 4, count: 4 }).value, -1);
  const custom = { ...positive([2, 2]), schema: -53, customValues: [4, 8], positiveSpans: [{ offset: 0, length: 2 }] };
  assert.equal(histogramQuantile(0.25, custom).value, 2);
  assert.equal(histogramQuantile(0.75, custom).value, 6);
});

test("what lies in an open bucket is taken to be at its bound", () => {
  const custom = { ...positive([1, 1]), schema: -53, customValues: [4], positiveSpans: [{ offset: 0, length: 2 }] };
  assert.equal(histogramQuantile(1, custom).value, 4);
  assert.equal(histogramQuantile(0.2, { ...custom, customValues: [-4] }).value, -4);
});

test("quantiles and shares that make no sense say so", () => {
  assert.equal(histogramQuantile(-0.1, positive([1])).value, Number.NEGATIVE_INFINITY);
  assert.equal(histogramQuantile(1.1, positive([1])).value, Number.POSITIVE_INFINITY);
  assert.equal(histogramQuantile(Number.NaN, positive([1])).value, Number.NaN);
  assert.equal(histogramQuantile(0.5, emptyHistogram).value, Number.NaN);
  assert.equal(histogramShare(0, 1, emptyHistogram).value, Number.NaN);
  assert.equal(histogramShare(2, 1, positive([1])).value, 0);
});

test("observations of NaN are noticed", () => {
  const some = positive([8], { count: 10, sum: Number.NaN });
  assert.deepEqual(histogramQuantile(0.4, some), { value: Math.SQRT2, nanEffect: "skew" });
  assert.deepEqual(histogramQuantile(0.9, some), { value: Number.NaN, nanEffect: "result" });
  assert.deepEqual(histogramShare(-Infinity, Infinity, some), { value: 0.8, excludesNaN: true });
  // +Inf and −Inf make the sum NaN as well.
  assert.equal(histogramQuantile(0.4, positive([8], { sum: Number.NaN })).nanEffect, "none");
});
