import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuery } from "./parser/parser.ts";
import { parseTree } from "./parse-tree.ts";

const tree = (text: string): unknown => parseTree(parseQuery(text));
const plain = { offset: 0, timestamp: null, startOrEnd: null, anchored: false, smoothed: false };
const up = { type: "vectorSelector", name: "up", matchers: [{ name: "__name__", value: "up", type: "=" }], ...plain };

// When these fail, the explain view and Grafana's query editor show another query than the one that runs, or break.

test("selectors, with their shifts in ms", () => {
  assert.deepEqual(tree('up{a!~"b"} @ 1.5 offset -1m'), {
    ...up,
    matchers: [{ name: "a", value: "b", type: "!~" }, ...up.matchers],
    timestamp: 1500,
    offset: -60_000,
  });
  assert.deepEqual(tree("up[5m] smoothed @ end()"), {
    ...up,
    type: "matrixSelector",
    range: 300_000,
    startOrEnd: "end",
    smoothed: true,
  });
  assert.deepEqual(tree('{"odd name"}'), { ...up, name: "", matchers: [{ name: "__name__", value: "odd name", type: "=" }] });
  const subquery = { type: "subquery", range: 3_600_000, step: 60_000, offset: 0, timestamp: null, startOrEnd: "start" };
  assert.deepEqual(tree("up[1h:1m] @ start()"), { ...subquery, expr: up });
  assert.deepEqual(tree("up[1h:]"), { ...subquery, expr: up, step: 0, startOrEnd: null });
});

test("calls and aggregations, with their signatures", () => {
  const quantile = { type: "numberLiteral", val: "0.5" };
  assert.deepEqual(tree("quantile without(a, b) (0.5, up)"), {
    type: "aggregation",
    op: "quantile",
    expr: up,
    param: quantile,
    grouping: ["a", "b"],
    without: true,
  });
  assert.deepEqual(tree("sum(up)"), { type: "aggregation", op: "sum", expr: up, param: null, grouping: [], without: false });
  const join = { name: "label_join", argTypes: ["vector", "string", "string", "string"], variadic: -1, returnType: "vector" };
  const strings = ["to", "-", "from"].map((val) => ({ type: "stringLiteral", val }));
  assert.deepEqual(tree('label_join(up, "to", "-", "from")'), { type: "call", func: join, args: [up, ...strings] });
  const round = { name: "round", argTypes: ["vector", "scalar"], variadic: 1, returnType: "vector" };
  assert.deepEqual(tree("(-round(up))"), {
    type: "parenExpr",
    expr: { type: "unaryExpr", op: "-", expr: { type: "call", func: round, args: [up] } },
  });
});

test("binary expressions, with how vectors match", () => {
  const fillValues = { lhs: null, rhs: null };
  const matching = { card: "one-to-one", labels: [], on: false, include: [], fillValues };
  const binary = { type: "binaryExpr", op: "+", lhs: up, rhs: up, matching, bool: false };
  assert.deepEqual(tree("up + up"), binary);
  assert.deepEqual(tree("up and up"), { ...binary, op: "and", matching: { ...matching, card: "many-to-many" } });
  assert.deepEqual(tree("up == bool on(a) group_left(b) fill_right(3) up"), {
    ...binary,
    op: "==",
    bool: true,
    matching: { card: "many-to-one", labels: ["a"], on: true, include: ["b"], fillValues: { lhs: null, rhs: 3 } },
  });
  const infinity = { type: "numberLiteral", val: "+Inf" };
  assert.deepEqual(tree("up + Inf"), { ...binary, rhs: infinity, matching: null });
});
