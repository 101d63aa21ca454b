import assert from "node:assert/strict";
import { test } from "node:test";
import { aggregateFlows } from "../../../core/trace/aggregate.ts";
import { exampleFlow, exampleStartMs } from "../../../core/trace/example-flow.test-support.ts";
import type { Flow } from "../../../core/trace/flow.ts";
import { statisticsWords } from "./statistics-words.ts";

function said(flows: readonly Flow[]): string {
  const { lead, verdicts } = statisticsWords("transaction", aggregateFlows(flows, exampleStartMs));
  return [...lead, ...verdicts].join(" ").replaceAll("\u00a0", " ");
}

test("many transactions say where they wait and who is slow", () => {
  // Wrong: an operator looks for the fault at another place than where the time goes.
  const text = said(Array.from({ length: 20 }, () => exampleFlow));
  assert.match(
    text,
    /^20 of 20 transactions are in a block at all nodes that have it: half of these within 9\.35 s, 95 % within 9\.35 s\./,
  );
  assert.match(text, /Of those that took 9\.35 s and more \(20\), 96 % was waiting in the mempool\./);
  assert.match(text, / 20 included\. /);
  assert.match(text, /The slowest hop is b → c \(of blocks\), 312 ± 4 ms in the middle of 20: /);
});

test("without enough to say so nobody is called slow, and none of no transactions", () => {
  // Wrong: one odd measurement accuses a node.
  assert.match(
    said([exampleFlow]),
    /Which hop is the slowest cannot be said: .+ Which node takes longest for a block cannot be said: /,
  );
  assert.match(
    said([{ ...exampleFlow, latency: null, path: [], stages: [] }]),
    /^Of 1 transaction none has come to its end yet\./,
  );
  assert.equal(said([]), "");
});
