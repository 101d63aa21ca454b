import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MetricDescription } from "../../data/contract.ts";
import { buildQuery, expressionUnit } from "./build-query.ts";

function metric(name: string, kind: string, unit: string): MetricDescription {
  return { name, prometheusName: name, kind, unit, help: "", labels: ["device"], domain: "host", stability: "stable" };
}

const io = metric("io_bytes_total", "counter", "By");

test("counters become rates, filters become matchers", () => {
  // Wrong: choosing a counter draws an ever-rising line, or a filter selects other series than it says.
  assert.equal(buildQuery(io, []), '$rate(io_bytes_total{node="$node"}[$window])');
  assert.equal(
    buildQuery(metric("load", "gauge", ""), [{ label: "device", value: 'a"b' }]),
    'load{node="$node",device="a\\"b"}',
  );
  const two = [
    { label: "device", value: "a.b" },
    { label: "device", value: "c" },
  ];
  assert.equal(buildQuery(metric("load", "gauge", ""), two), 'load{node="$node",device=~"a\\\\.b|c"}');
});

test("a filter's value never leaves its quotes", () => {
  // Wrong: a device named by somebody else changes the query.
  fc.assert(
    fc.property(fc.string(), (value) => {
      const text = buildQuery(metric("m", "gauge", ""), [{ label: "device", value }]);
      const quoted = /^m\{node="\$node",device=("(?:[^"\\]|\\.)*")\}$/s.exec(text)?.[1] ?? "";
      assert.equal(JSON.parse(quoted), value);
    }),
  );
});

test("the unit is shown where it is sure, and plain numbers elsewhere", () => {
  // Wrong: a quotient of two byte counts is shown in bytes.
  const all = [io, metric("cpu_seconds_total", "counter", "s"), metric("used_ratio", "gauge", "1")];
  const cases: readonly (readonly [string, string])[] = [
    ["sum(rate(io_bytes_total[1m]))", "bytes/s"],
    ["$rate(cpu_seconds_total[$window])", "ratio"],
    ["io_bytes_total", "bytes"],
    ["used_ratio", "ratio"],
    ['io_bytes_total{path="/a/b"}', "bytes"],
    ["io_bytes_total / 2", "count"],
    ["count(io_bytes_total)", "count"],
    ["io_bytes_total + used_ratio", "count"],
    ["unknown", "count"],
  ];
  for (const [expr, unit] of cases) assert.equal(expressionUnit(expr, all), unit, expr);
});
