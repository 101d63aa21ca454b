import assert from "node:assert/strict";
import { test } from "node:test";
import { expandQuery } from "./promql-text.ts";

// When this fails, charts of counters lose increases between their points, or a month of them is read sample by sample.
test("the window of a rate is the step and one tick, and whole minutes where that tick does not matter", () => {
  const windowOf = (stepMs: number | null, samplingIntervalMs: number): string =>
    expandQuery("$rate(x[$window])", { node: "n", stepMs, samplingIntervalMs });
  assert.equal(windowOf(null, 1000), "irate(x[10000ms])");
  assert.equal(windowOf(2000, 1000), "irate(x[10000ms])");
  assert.equal(windowOf(60_000, 1000), "rate(x[61000ms])");
  assert.equal(windowOf(299_000, 1000), "rate(x[300000ms])");
  assert.equal(windowOf(300_000, 1000), "rate(x[300000ms])");
  assert.equal(windowOf(3_600_000, 1000), "rate(x[3600000ms])");
  assert.equal(windowOf(300_000, 15_000), "rate(x[315000ms])");
});
