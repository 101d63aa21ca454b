import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryReader } from "../promqltest/memory-reader.ts";
import { createQueryService } from "../service.ts";

function answer(
  buckets: Readonly<Record<string, number>>,
  expr: string,
): { readonly value: number | undefined; readonly notes: readonly string[] } {
  const reader = createMemoryReader();
  for (const [le, count] of Object.entries(buckets)) reader.add({ __name__: "h_bucket", job: "a", le }, 0, count);
  const result = createQueryService(reader, { experimentalFunctions: true }).instant(expr, 0);
  assert.equal(result.type, "vector");
  const value = result.type === "vector" ? result.samples[0]?.value : undefined;
  return { value, notes: [...result.warnings, ...result.infos] };
}

const quantileOf = (q: string, buckets: Readonly<Record<string, number>>): number | undefined =>
  answer(buckets, `histogram_quantile(${q}, h_bucket)`).value;

// When this fails, every latency percentile on every dashboard is wrong.
test("quantiles are interpolated within the bucket", () => {
  const buckets = { "1": 5, "2": 15, "4": 20, "+Inf": 20 };
  assert.equal(quantileOf("0.5", buckets), 1.5);
  assert.equal(quantileOf("0.125", buckets), 0.5);
  assert.equal(quantileOf("1", { ...buckets, "+Inf": 30 }), 4);
  assert.equal(quantileOf("-1", buckets), Number.NEGATIVE_INFINITY);
  assert.equal(quantileOf("2", buckets), Number.POSITIVE_INFINITY);
  assert.equal(quantileOf("NaN", buckets), Number.NaN);
});

test("there is no quantile without observations or without a last bucket", () => {
  assert.equal(quantileOf("0.5", { "0.1": 0, "+Inf": 0 }), Number.NaN);
  assert.equal(quantileOf("0.5", { "0.1": 5, "0.2": 15 }), Number.NaN);
  assert.equal(quantileOf("0.5", { "+Inf": 5 }), Number.NaN);
});

test("buckets that contradict each other are repaired, and it is said", () => {
  const { value, notes } = answer({ "0.1": 5, "0.2": 4, "+Inf": 10 }, "histogram_quantile(0.5, h_bucket)");
  assert.equal(value, 0.1);
  assert.match(notes.join(), /^PromQL info: input to histogram_quantile needed to be fixed for monotonicity .* \(1:25\)$/);
});

test("series that are no buckets are left out, and it is said", () => {
  const { value, notes } = answer({ "0.1": 5, "+Inf": 10, many: 3 }, "histogram_quantile(0.25, h_bucket)");
  assert.equal(value, 0.05);
  assert.deepEqual(notes, [
    'PromQL warning: bucket label "le" is missing or has a malformed value of "many" for metric name "h_bucket" (1:26)',
  ]);
});

test("buckets of two metrics are not mixed", () => {
  const reader = createMemoryReader();
  for (const name of ["a_bucket", "b_bucket"]) {
    for (const [le, count] of Object.entries({ "1": 5, "+Inf": 5 })) reader.add({ __name__: name, le }, 0, count);
  }
  const expr = 'histogram_quantile(0.5, {__name__=~".*_bucket"})';
  assert.throws(() => createQueryService(reader).instant(expr, 0), { code: "QUERY_FAILED", message: /same labelset/ });
});

test("fractions are the inverse of quantiles", () => {
  const buckets = { "1": 5, "2": 15, "4": 20, "+Inf": 20 };
  assert.equal(answer(buckets, "histogram_fraction(-Inf, 1.5, h_bucket)").value, 0.5);
  assert.equal(answer(buckets, "histogram_fraction(1, 2, h_bucket)").value, 0.5);
  assert.equal(answer(buckets, "histogram_fraction(2, 1, h_bucket)").value, 0);
  assert.equal(answer(buckets, "histogram_fraction(0, +Inf, h_bucket)").value, 1);
});

test("several quantiles at once carry theirs as a label", () => {
  const reader = createMemoryReader();
  for (const [le, count] of Object.entries({ "1": 5, "+Inf": 5 })) reader.add({ __name__: "h_bucket", le }, 0, count);
  const result = createQueryService(reader, { experimentalFunctions: true }).instant(
    'histogram_quantiles(h_bucket, "q", 0.5, 1)',
    0,
  );
  assert.deepEqual(result.type === "vector" ? result.samples.map(({ labels, value }) => [labels, value]) : [], [
    [{ q: "0.5" }, 0.5],
    [{ q: "1.0" }, 1],
  ]);
});
