import assert from "node:assert/strict";
import { test } from "node:test";
import { portableQuery } from "./take-away.ts";

test("a copied query is plain PromQL with a window that people write", () => {
  // Wrong: what is pasted into Grafana or a terminal does not parse there, or looks like nothing anybody would have written.
  const known = { node: { id: 'a"b', type: "rpc", labels: {} }, samplingIntervalMs: 1000 };
  const expr = '$rate(x_total{node="$node"}[$window])';
  assert.equal(portableQuery(expr, known), String.raw`rate(x_total{node="a\"b"}[1m])`);
  assert.equal(portableQuery(expr, { ...known, samplingIntervalMs: 60_000 }), String.raw`rate(x_total{node="a\"b"}[4m])`);
});
