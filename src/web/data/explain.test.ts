import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExplainedNode } from "../../core/explain.ts";
import { explainKey, explainLines } from "./explain.ts";

function node(text: string, ...children: ExplainedNode[]): ExplainedNode {
  const size = { series: 1, samples: 1, samplesRead: 1, seconds: 0 };
  return { text, kind: "call", type: "instant vector", start: 0, end: text.length, ...size, error: null, children };
}

const tree = node("sum(a) / sum(b)", node("sum(a)", node("a")), node("sum(b)", node("b")));

test("the lines are the tree from top to bottom, without what is folded", () => {
  // Wrong: a part of the expression is missing, or a screen reader counts the parts wrongly.
  assert.deepEqual(
    explainLines(tree, new Set()).map(({ node: { text }, path, level, position, siblings }) => [
      text,
      path,
      level,
      position,
      siblings,
    ]),
    [
      ["sum(a) / sum(b)", "", 1, 1, 1],
      ["sum(a)", "0", 2, 1, 2],
      ["a", "0.0", 3, 1, 1],
      ["sum(b)", "1", 2, 2, 2],
      ["b", "1.0", 3, 1, 1],
    ],
  );
  assert.deepEqual(
    explainLines(tree, new Set(["0"])).map((line) => [line.path, line.open]),
    [
      ["", true],
      ["0", false],
      ["1", true],
      ["1.0", false],
    ],
  );
});

test("keys walk through the tree as in any other", () => {
  // Wrong: the tree cannot be read without a pointer.
  const lines = explainLines(tree, new Set(["1"]));
  assert.deepEqual(explainKey("ArrowDown", lines, "0.0"), { go: "1" });
  assert.deepEqual(explainKey("ArrowUp", lines, ""), null);
  assert.deepEqual(explainKey("End", lines, ""), { go: "1" });
  assert.deepEqual(explainKey("Home", lines, "1"), { go: "" });
  assert.deepEqual(explainKey("ArrowRight", lines, "1"), { unfold: "1" });
  assert.deepEqual(explainKey("ArrowRight", lines, "0"), { go: "0.0" });
  assert.deepEqual(explainKey("ArrowRight", lines, "0.0"), null);
  assert.deepEqual(explainKey("ArrowLeft", lines, "0"), { fold: "0" });
  assert.deepEqual(explainKey("ArrowLeft", lines, "0.0"), { go: "0" });
  assert.deepEqual(explainKey("ArrowLeft", lines, "1"), { go: "" });
  assert.deepEqual(explainKey("a", lines, ""), null);
});
