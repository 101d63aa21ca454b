import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventFields } from "../../data/event-fields.ts";
import { blockOf, feesText, gweiText, type Block } from "../../data/block.ts";
import { heightsOf, phasesIn, timeOf } from "./block-measure.ts";

const block = (key: string, fields: EventFields): Block =>
  blockOf({ node: "n", kind: "chain.block", subject: "c", key, timeMs: 5, fields });

test("bars are as high as blocks are full, and what is not known is not drawn as empty", () => {
  // Wrong: a full block looks empty, or one whose gas nobody knows does.
  const blocks = [
    block("a", { gasUsed: 15_000_000, gasLimit: 30_000_000 }),
    block("b", { gasUsed: null, gasLimit: 30_000_000 }),
    block("c", { gasUsed: 0, gasLimit: 30_000_000 }),
  ];
  assert.deepEqual(heightsOf(blocks), { of: "gas", values: new Map(Object.entries({ a: 0.5, c: 0 })), top: 0.5 });
  assert.deepEqual(heightsOf([block("a", { weight: 3_000_000 })]), {
    of: "weight",
    values: new Map([["a", 0.75]]),
    top: 1,
  });
  const counted = [block("a", { transactions: 8 }), block("b", { transactions: 2 })];
  assert.deepEqual(heightsOf(counted), { of: "transactions", values: new Map(Object.entries({ a: 8, b: 2 })), top: 8 });
  assert.deepEqual(heightsOf([block("a", { status: "missed" })]), { of: null, values: new Map(), top: 1 });
});

test("the time of a block is what the client measured, not what adds up", () => {
  // Wrong: phases that run at once make a block look twice as slow as it was.
  const told = block("a", { phases: { total: 0.3, execute: 0.2, signatures: 0.2 } });
  const parts = block("b", { phases: { execute: 0.25, commit: 0.125 } });
  assert.deepEqual([timeOf(told), timeOf(parts), timeOf(block("c", {}))], [0.3, 0.375, null]);
  assert.deepEqual(phasesIn([told, parts]), ["execute", "signatures", "commit"]);
  assert.deepEqual(phasesIn([block("a", { phases: { total: 1 } })]), ["total"]);
});

test("an event's fields are read as what they are, and nothing else", () => {
  // Wrong: a text where a number is declared breaks the page.
  const read = block("slot-7", { number: "7", status: "missed", phases: "none", proposer: 12, timestampMs: 9 });
  assert.deepEqual([read.number, read.status, read.phases, read.proposer, read.timeMs], [null, "missed", {}, "12", 9]);
  assert.equal(block("a", { status: "strange" }).status, "canonical");
});

test("amounts of wei and of satoshi are told apart", () => {
  // Wrong: fees are a billion times too high.
  assert.equal(gweiText("1000000007"), "1.00\u00a0gwei");
  assert.equal(feesText(block("a", { fees: "21000000000000", gasLimit: 1 })), "21,000\u00a0gwei");
  assert.equal(feesText(block("a", { fees: "1234500", weight: 1 })), "1,234,500 sat");
  assert.equal(feesText(block("a", { fees: null })), null);
});
