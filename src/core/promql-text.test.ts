import assert from "node:assert/strict";
import { test } from "node:test";
import { expandProgram, expandQuery } from "./promql-text.ts";

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

test("a program's names are put into expressions as text", () => {
  // If this fails, the charts of a program whose instance has a quote in it are broken, or show another one's.
  const expr = 'a{job="$job",instance="$instance"} + $jobs';
  assert.equal(
    expandProgram(expr, { job: 'x"$instance', instance: "a\\b" }),
    'a{job="x\\"$instance",instance="a\\\\b"} + $jobs',
  );
});

test("a node's series are those that it has collected, not their copies that were scraped", () => {
  // If this fails, every chart of a node that somebody scrapes through the same server says that its series are there twice.
  const context = { node: 'a"b', stepMs: null, samplingIntervalMs: 1000 };
  assert.equal(expandQuery('x{node="$node",y="z"}', context), 'x{node="a\\"b",job="",y="z"}');
  assert.equal(expandQuery('x{node="$node"}', { ...context, scraped: true }), 'x{node="a\\"b"}');
});
