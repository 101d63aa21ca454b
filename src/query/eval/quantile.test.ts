import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { quantile } from "./quantile.ts";

/** By definition: all values sorted, NaN first, interpolated between the two ranks around q. */
function naive(q: number, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => (Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a - b));
  const rank = q * (sorted.length - 1);
  const lower = Math.floor(rank);
  const weight = rank - lower;
  const [low = Number.NaN, high = low] = sorted.slice(lower, lower + 2);
  return low * (1 - weight) + high * weight;
}

// When this fails, percentiles depend on how many samples there are, or on what was sorted before.
test("the quantile of any part of an array equals the definition", () => {
  const value = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -1000, max: 1000 }) }, fc.constant(Number.NaN));
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 600 }),
      fc.nat(20),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (values, skip, q) => {
        const all = Float64Array.from(values);
        const from = Math.min(skip, values.length - 1);
        assert.equal(quantile(q, all, from) + 0, naive(q, values.slice(from)) + 0);
        assert.deepEqual([...all], values);
      },
    ),
  );
});

// When this fails, the quantile of a very long range is that of other numbers, or a short one after it is.
test("a window longer than what is kept in memory is no exception", () => {
  const long = Float64Array.from({ length: 300_001 }, (_, i) => (i * 7919) % 300_001);
  assert.equal(quantile(0.5, long), 150_000);
  assert.equal(quantile(0.5, Float64Array.of(3, 1, 2)), 2);
  assert.equal(long[1], 7919);
});
