import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { customHistogram, emptyHistogram, exponentialHistogram } from "./arbitrary.test-support.ts";
import { added } from "./arithmetic.ts";
import { isCounterReset } from "./counter-reset.ts";
import { coarsened } from "./reconcile.ts";

const pair = fc.oneof(fc.tuple(exponentialHistogram, exponentialHistogram), fc.tuple(customHistogram, customHistogram));

// When these fail, restarts of a process are seen where there are none, or missed: rates of histograms are wrong.
test("a histogram that has only grown was not reset, also where it became coarser", () => {
  fc.assert(fc.property(pair, ([a, b]) => !isCounterReset(added(a, b).histogram, a)));
  fc.assert(fc.property(exponentialHistogram, (a) => !isCounterReset(coarsened(a, -4), a)));
});

test("one bucket that counts less is enough", () => {
  fc.assert(
    fc.property(fc.oneof(exponentialHistogram, customHistogram), fc.nat(), (a, pick) => {
      fc.pre(a.positiveBuckets.length > 0);
      const place = pick % a.positiveBuckets.length;
      const less = a.positiveBuckets.map((count, i) => (i === place ? count - 1 : count));
      assert.ok(isCounterReset({ ...a, positiveBuckets: less }, a));
    }),
  );
});

test("hints are believed", () => {
  const more = { ...emptyHistogram, count: 5, zeroCount: 5 };
  assert.ok(isCounterReset({ ...more, counterReset: "reset" }, emptyHistogram));
  assert.ok(!isCounterReset({ ...emptyHistogram, counterReset: "not_reset" }, more));
  assert.ok(isCounterReset({ ...emptyHistogram, counterReset: "gauge" }, more));
});

test("a finer resolution, a narrower zero bucket or another kind of buckets comes with a reset", () => {
  assert.ok(isCounterReset({ ...emptyHistogram, schema: 1 }, emptyHistogram));
  assert.ok(isCounterReset(emptyHistogram, { ...emptyHistogram, zeroThreshold: 0.5 }));
  assert.ok(isCounterReset({ ...emptyHistogram, schema: -53 }, emptyHistogram));
  assert.ok(isCounterReset(emptyHistogram, { ...emptyHistogram, schema: -53 }));
  // A zero bucket that now ends within a populated bucket cannot have taken a part of it.
  const populated = { ...emptyHistogram, count: 1, positiveSpans: [{ offset: 0, length: 1 }], positiveBuckets: [1] };
  assert.ok(isCounterReset({ ...emptyHistogram, count: 1, zeroCount: 1, zeroThreshold: 0.7 }, populated));
  assert.ok(!isCounterReset({ ...emptyHistogram, count: 1, zeroCount: 1, zeroThreshold: 1 }, populated));
});
