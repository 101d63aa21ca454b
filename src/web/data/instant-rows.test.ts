import assert from "node:assert/strict";
import { test } from "node:test";
import { instantRows } from "./instant-rows.ts";

test("every kind of answer becomes lines in its own order", () => {
  // Wrong: the table of a scalar, of a range or of histograms is empty, or `topk` and `sort` lose their order.
  assert.deepEqual(instantRows({ resultType: "scalar", result: [1, "2.5"] }), [{ labels: null, value: 2.5, timeMs: null }]);
  assert.deepEqual(instantRows({ resultType: "string", result: [1, "a"] }), [{ labels: null, value: "a", timeMs: null }]);
  const vector = [
    { metric: { a: "2" }, value: [1, "+Inf"] as const },
    { metric: { a: "1" }, value: [1, "NaN"] as const },
    { metric: {}, histogram: [1, { count: "3", sum: "4.5", buckets: [[0, "0", "1", "3"]] }] as const },
  ];
  assert.deepEqual(
    instantRows({ resultType: "vector", result: vector }).map((row) => row.value),
    [Number.POSITIVE_INFINITY, Number.NaN, "3 observations, sum 4.5, in 1 buckets"],
  );
  const matrix = [
    { metric: { a: "1" }, values: [[1, "-Inf"] as const, [2.5, "0"] as const] },
    { metric: { a: "2" }, histograms: [[3, { count: "1", sum: "1" }] as const] },
  ];
  assert.deepEqual(instantRows({ resultType: "matrix", result: matrix }), [
    { labels: { a: "1" }, value: Number.NEGATIVE_INFINITY, timeMs: 1000 },
    { labels: { a: "1" }, value: 0, timeMs: 2500 },
    { labels: { a: "2" }, value: "1 observations, sum 1, in 0 buckets", timeMs: 3000 },
  ]);
});
