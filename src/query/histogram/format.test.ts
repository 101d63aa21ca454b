import assert from "node:assert/strict";
import { test } from "node:test";
import { formatGeneral } from "../go-format.ts";
import { emptyHistogram } from "./arbitrary.test-support.ts";
import { exponentialBound } from "./exponential-bounds.ts";
import { apiBuckets, formatHistogram } from "./format.ts";

const histogram = {
  ...emptyHistogram,
  schema: 1,
  count: 1_234_567,
  sum: 0.000_01,
  zeroThreshold: 0.001,
  zeroCount: 2,
  positiveSpans: [{ offset: 1, length: 3 }],
  positiveBuckets: [1, 0, 3],
  negativeSpans: [{ offset: 0, length: 1 }],
  negativeBuckets: [4],
};

// When these fail, labels made of histograms and answers to Grafana differ from Prometheus's.
test("histograms are written as Prometheus writes them", () => {
  assert.equal(
    formatHistogram(histogram),
    "{count:1.234567e+06, sum:1e-05, [-1,-0.7071067811865475):4, [-0.001,0.001]:2, (1,1.414213562373095]:1, (2,2.82842712474619]:3}",
  );
  assert.equal(formatHistogram({ ...emptyHistogram, zeroCount: 1 }), "{count:0, sum:0, [-0,0]:1}");
});

test("the HTTP API's buckets say which bounds they include", () => {
  assert.deepEqual(apiBuckets(histogram), [
    [1, -1, -0.7071067811865475, 4],
    [3, -0.001, 0.001, 2],
    [0, 1, exponentialBound(1, 1), 1],
    [0, 2, 2.82842712474619, 3],
  ]);
});

test("bounds double every 2^schema buckets, to the ends of the numbers", () => {
  for (const schema of [-4, -1, 0, 3, 8]) {
    const perDoubling = 2 ** schema;
    const indexes = Array.from({ length: 40 }, (_, i) => i - 20);
    const bounds = indexes.map((index) => exponentialBound(schema, index));
    assert.ok(bounds.every((bound, i) => i === 0 || bound > (bounds[i - 1] ?? Infinity)));
    if (schema >= 0) assert.equal(exponentialBound(schema, 7 + perDoubling), 2 * exponentialBound(schema, 7));
  }
  assert.equal(exponentialBound(0, 1024), Number.MAX_VALUE);
  assert.equal(exponentialBound(0, 1025), Number.POSITIVE_INFINITY);
  assert.equal(exponentialBound(-4, 64), Number.MAX_VALUE);
  assert.equal(exponentialBound(0, -1074), Number.MIN_VALUE);
});

test("%g has an exponent where Go writes one", () => {
  assert.deepEqual(
    [0, -0, 123_456, 1_234_567, 1e21, 0.0001, 0.000_01, 1 / 3, Number.NaN, -Infinity].map((value) => formatGeneral(value)),
    ["0", "-0", "123456", "1.234567e+06", "1e+21", "0.0001", "1e-05", "0.3333333333333333", "NaN", "-Inf"],
  );
  assert.deepEqual(
    [10, 123, 0.456, 5].map((value) => formatGeneral(value, 2)),
    ["10", "1.2e+02", "0.46", "5"],
  );
});
