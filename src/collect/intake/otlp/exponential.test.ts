import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { addExponentials, type Buckets, type Exponential, exponentialFault, nativeOf } from "./exponential.ts";

/** The buckets of some observations at a scale, as their definition says: base^i < value ≤ base^(i+1). */
function bucketsOf(values: readonly number[], scale: number): Buckets {
  const counts = new Map<number, number>();
  for (const value of values) {
    const index = Math.ceil(Math.log2(value) * 2 ** scale) - 1;
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  const offset = Math.min(...counts.keys());
  if (counts.size === 0) return { offset: 0, counts: [] };
  const length = Math.max(...counts.keys()) - offset + 1;
  return { offset, counts: Array.from({ length }, (_, at) => counts.get(offset + at) ?? 0) };
}

function histogramOf(values: readonly number[], scale: number): Exponential {
  return {
    scale,
    zeroThreshold: 0,
    zeroCount: 0,
    count: values.length,
    sum: values.reduce((sum, value) => sum + value, 0),
    positive: bucketsOf(values, scale),
    negative: { offset: 0, counts: [] },
  };
}

/** Count by bucket, of those that have any: numbered by the upper bound. */
function filled({ positiveSpans, positiveBuckets }: ReturnType<typeof nativeOf>): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  let index = 0;
  let at = 0;
  for (const { offset, length } of positiveSpans) {
    index += offset;
    for (let bucket = 0; bucket < length; bucket++, index++, at++) counts.set(index, positiveBuckets[at] ?? 0);
  }
  return new Map([...counts].filter(([, count]) => count > 0));
}

/** Up to two to these powers, and far from the bounds of buckets, where rounding decides. */
const valuesWithin = (power: number): fc.Arbitrary<number[]> =>
  fc.array(
    fc
      .tuple(fc.integer({ min: -power, max: power }), fc.constantFrom(1.0301, 1.4101, 1.7701))
      .map(([exponent, part]) => part * 2 ** exponent),
    { maxLength: 30 },
  );
const values = valuesWithin(200);

// When these fail, quantiles of what SDKs send come out wrong.
describe("exponential histograms", () => {
  test("have the same buckets as if they had been counted at the coarser scale", () => {
    fc.assert(
      fc.property(valuesWithin(2), fc.integer({ min: 9, max: 12 }), (observed, scale) => {
        const coarse = nativeOf(histogramOf(observed, 8), "unknown");
        assert.deepEqual(nativeOf(histogramOf(observed, scale), "unknown"), coarse);
      }),
    );
  });

  test("added are what all observations together are", () => {
    const scale = fc.integer({ min: -4, max: 3 });
    fc.assert(
      fc.property(values, values, scale, scale, (left, right, a, b) => {
        const sum = addExponentials(histogramOf(left, a), histogramOf(right, b));
        assert.ok(sum !== null);
        assert.equal(exponentialFault({ ...sum, sum: 0 }), null);
        const together = histogramOf([...left, ...right], sum.scale);
        assert.deepEqual(filled(nativeOf(sum, "unknown")), filled(nativeOf(together, "unknown")));
        assert.equal(sum.count, together.count);
      }),
    );
  });

  test("lose no observation to a wider zero bucket", () => {
    fc.assert(
      fc.property(values, values, fc.double({ min: 0.001, max: 1000, noNaN: true }), (left, right, zeroThreshold) => {
        const wide = {
          ...histogramOf(
            right.filter((one) => one > zeroThreshold * 2),
            1,
          ),
          zeroThreshold,
        };
        const sum = addExponentials(histogramOf(left, 1), wide);
        assert.ok(sum !== null && sum.zeroThreshold >= zeroThreshold);
        assert.equal(exponentialFault(sum), null);
        assert.ok(sum.zeroCount >= left.filter((one) => one <= zeroThreshold).length);
      }),
    );
  });

  test("that lie too far apart for any scale are not added", () => {
    const far = { ...histogramOf([1.1], 0), positive: { offset: 2 ** 30, counts: [1] } };
    assert.equal(addExponentials(histogramOf([1.1], 0), far), null);
  });
});
