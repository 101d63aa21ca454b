import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { emptyHistogram } from "../histogram/arbitrary.test-support.ts";
import { createMemoryReader, type MemoryValue } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";
import type { QueryApi } from "../api.ts";

type Samples = readonly (MemoryValue | null)[];

function serviceOf(stepSeconds: number, series: Readonly<Record<string, Samples>>): QueryApi {
  const reader = createMemoryReader();
  for (const [name, samples] of Object.entries(series)) {
    for (const [index, value] of samples.entries()) {
      if (value !== null) reader.add({ __name__: name }, index * stepSeconds * 1000, value);
    }
  }
  return createQueryService(reader, { experimentalFunctions: true });
}

/** The value of the only element at a time, `null` where there is none. */
function at(service: QueryApi, expr: string, seconds: number): number | null {
  const result = service.instant(expr, seconds * 1000);
  assert.equal(result.type, "vector");
  const [sample] = result.type === "vector" ? result.samples : [];
  return sample?.value ?? null;
}

function atEach(service: QueryApi, expr: string, times: readonly number[]): readonly (number | null)[] {
  return times.map((seconds) => {
    const value = at(service, expr, seconds);
    return value === null ? null : Math.round(value * 1e9) / 1e9;
  });
}

// When these fail, an increase that is to be exact is extrapolated again, or counted twice at the edge of two windows.
describe("extended ranges", () => {
  const times = [5, 20, 35, 50, 65, 80, 95, 110, 125];
  const full = serviceOf(15, { m: [1, 2, 3, 4, 5, 9, 10, 11, 12, 13] });
  const gap = serviceOf(15, { m: [1, 2, 3, null, null, 9, 10, 11, 12, 13] });

  test("anchored: from the last sample at or before the range to the last one in it", () => {
    assert.deepEqual(atEach(full, "increase(m[1m] anchored)", times), [0, 1, 2, 3, 4, 7, 7, 7, 7]);
    assert.deepEqual(atEach(gap, "increase(m[1m] anchored)", times), [0, 1, 2, 2, 2, 7, 7, 8, 9]);
    assert.deepEqual(atEach(full, "rate(m[1m] anchored)", [65, 80]), [0.066666667, 0.116666667]);
  });

  test("smoothed: between the values on the line at both edges", () => {
    const wanted = [0.333333333, 1.333333333, 2.333333333, 3.333333333, 5, 7, 7, 7, 6];
    assert.deepEqual(atEach(full, "increase(m[1m] smoothed)", times), wanted);
    const overGap = [0.333333333, 1.333333333, 2.666666667, 4.666666667, 6.333333333, 7, 6.666666667, 5.666666667, 4.666666667];
    assert.deepEqual(atEach(gap, "increase(m[1m] smoothed)", times), overGap);
  });

  test("the range is open on the left", () => {
    const service = serviceOf(60, { m: [1, 2, null, 4, 5] });
    assert.equal(at(service, "increase(m[1m] anchored)", 120), null);
    assert.equal(at(service, "increase(m[1m] smoothed)", 120), 1);
  });

  test("resets of a counter, within the range and where an edge lies between two samples", () => {
    const counter = serviceOf(60, { m: [5, 8, 11, 3, 6, 9, 12, 15, 18, 21] });
    assert.equal(at(counter, "increase(m[5m] anchored)", 300), 15);
    assert.equal(at(counter, "increase(m[5m] smoothed)", 375), 15);
    assert.equal(at(counter, "delta(m[1m] anchored)", 180), -8);
    assert.equal(at(serviceOf(60, { m: [9, 8, 5, 4] }), "increase(m[2m] smoothed)", 135), 12);
    const between = serviceOf(15, { m: [100, 10] });
    assert.deepEqual(atEach(between, "rate(m[10s] smoothed)", [12]), [0.666666667]);
  });

  test("changes and resets count from the sample before the range", () => {
    const falling = serviceOf(60, { m: [99, 98, 97, 97, 96, 95] });
    assert.deepEqual(atEach(falling, "resets(m[2m] anchored)", [120, 180, 240]), [2, 1, 1]);
    assert.deepEqual(atEach(falling, "changes(m[2m] anchored)", [120, 180, 240]), [2, 1, 1]);
    assert.equal(at(serviceOf(60, { m: [2, null, 1] }), "changes(m[1m] anchored)", 180), null);
  });

  test("only functions that make sense of it", () => {
    const cases = {
      "deriv(m[3m] smoothed)": "smoothed modifier can only be used with: delta, increase, rate - not with deriv",
      "resets(m[3m] smoothed)": "smoothed modifier can only be used with: delta, increase, rate - not with resets",
      "absent_over_time(m[3m] anchored)":
        "anchored modifier can only be used with: changes, delta, increase, rate, resets - not with absent_over_time",
      "predict_linear((m[3m] anchored), 4)":
        "anchored modifier can only be used with: changes, delta, increase, rate, resets - not with predict_linear",
    };
    for (const [expr, message] of Object.entries(cases)) {
      assert.throws(() => full.instant(expr, 0), { code: "QUERY_FAILED", message }, expr);
    }
  });

  test("smoothed increases of adjoining ranges add up to the whole, whatever the samples are", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { minLength: 3, maxLength: 12 }),
        fc.integer({ min: 1, max: 59 }),
        (values, offset) => {
          const service = serviceOf(60, { m: values });
          const endSeconds = (values.length - 2) * 60 + offset;
          const lengths = [20, 40].map((seconds) => ({ seconds, expr: `delta(m[${seconds}s] smoothed)` }));
          const [late, early] = lengths.map(({ expr }, index) => at(service, expr, index === 0 ? endSeconds : endSeconds - 20));
          const whole = at(service, "delta(m[60s] smoothed)", endSeconds);
          if (endSeconds > 60) assert.ok(Math.abs((late ?? 0) + (early ?? 0) - (whole ?? 0)) < 1e-6);
        },
      ),
      { numRuns: 100 },
    );
  });
});

// When this fails, an extended range shows other samples than its functions see.
test("an extended range by itself: the values at its edges and the samples between", () => {
  const service = serviceOf(10, { m: [1, 2, null, 8], h: [emptyHistogram] });
  const samples = (expr: string, seconds: number): readonly (readonly [number, number])[] => {
    const result = service.instant(expr, seconds * 1000);
    assert.equal(result.type, "matrix");
    const [series] = result.type === "matrix" ? result.series : [];
    return Array.from(series?.timestampsMs ?? [], (timeMs, i) => [timeMs / 1000, series?.values[i] ?? Number.NaN]);
  };
  assert.deepEqual(samples("m[20s] anchored", 25), [
    [5, 1],
    [10, 2],
    [25, 2],
  ]);
  assert.deepEqual(samples("m[20s] smoothed", 25), [
    [5, 1.5],
    [10, 2],
    [25, 6.5],
  ]);
  assert.deepEqual(samples("m[20s] anchored", 30), [
    [10, 2],
    [30, 8],
  ]);
  assert.deepEqual(samples("m[20s] anchored offset 5s", 30), [
    [5, 1],
    [10, 2],
    [25, 2],
  ]);
  assert.deepEqual(samples("m[1m] anchored", 30), [
    [-30, 1],
    [0, 1],
    [10, 2],
    [30, 8],
  ]);
  assert.deepEqual(samples("m[5s] anchored", 25), []);
  assert.deepEqual(samples("m[20s]", 25), [[10, 2]]);
  assert.throws(() => samples("h[20s] anchored", 5), { code: "QUERY_FAILED", message: /native histograms/ });
});

// When this fails, a line of samples that come seldom shows steps, or values of the future.
test("a smoothed selector is on the line between its samples, or at the last one", () => {
  const service = serviceOf(10, { m: [1, 2, "stale", 4, 5], other: [0, 5, 100, 2, 8] });
  assert.deepEqual(atEach(service, "m smoothed", [0, 5, 10, 15, 20, 35, 105, 345]), [1, 1.5, 2, 2.5, 3, 4.5, 5, null]);
  assert.deepEqual(atEach(service, "m smoothed offset 5s", [20, 25]), [2.5, 3]);
  assert.deepEqual(atEach(service, "other smoothed", [30, 35]), [2, 5]);
  assert.equal(at(service, "timestamp(other smoothed)", 35), 30);
});
