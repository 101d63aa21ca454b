/** Expressions about one node, turned into expressions about every node. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { forEveryNode } from "./every-node.ts";

const timing = { intervalMs: 60_000, samplingIntervalMs: 15_000, scraped: true };

describe("an expression for every node", () => {
  // A Prometheus with many nodes adds their figures up, or compares one node's with another's, if this fails.
  const cases: readonly (readonly [string, string])[] = [
    ['a{node="$node",x="y"} > 1', 'a{x="y"} > 1'],
    ['a{node="other"}', 'a{node="other"}'],
    ['$rate(a{node="$node"}[$window])', "rate(a[1m15s])"],
    ['sum(a{node="$node"})', "sum by (node) (a)"],
    ['sum by (x) (a{node="$node"})', "sum by (node, x) (a)"],
    ['sum without (x) (a{node="$node"})', "sum without (x) (a)"],
    ['topk(3, a{node="$node"})', "topk by (node) (3, a)"],
    ['a{node="$node"} and on () b{node="$node"} == 1', "a and on (node) b == 1"],
    ['a{node="$node"} / ignoring (x) (b{node="$node"} > 0)', "a / ignoring (x) (b > 0)"],
    ['a{node="$node"} * on (x) group_left (y) b{node="$node"}', "a * on (node, x) group_left (y) b"],
    ['-max_over_time(a{node="$node"}[1h:1m])', "-max_over_time(a[1h:1m])"],
  ];
  for (const [one, every] of cases) it(one, () => assert.equal(forEveryNode(one, timing), every));

  it("leaves out what was scraped from here, where the samples are that were collected", () => {
    assert.equal(forEveryNode('sum(a{node="$node"})', { ...timing, scraped: false }), 'sum by (node) (a{job=""})');
  });

  it("is refused where the node would be lost", () => {
    for (const call of ["absent", "scalar"]) {
      assert.throws(() => forEveryNode(`${call}(a{node="$node"})`, timing), /has no label node/);
    }
  });
});
