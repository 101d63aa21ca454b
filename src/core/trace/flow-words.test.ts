import assert from "node:assert/strict";
import { test } from "node:test";
import { exampleFlow, exampleStartMs } from "./example-flow.test-support.ts";
import type { TransactionFlow } from "./flow.ts";
import { flowSentences, shareText } from "./flow-words.ts";

const said = (changes: Partial<TransactionFlow>, nowMs = exampleStartMs): string =>
  plain(flowSentences({ ...exampleFlow, ...changes }, nowMs));

/** In one line, with blanks where lines may not break. */
function plain(sentences: readonly string[]): string {
  return sentences.join(" ").replaceAll("\u00a0", " ");
}

test("an included transaction says where, after how long, what it waited for and which hop was slow", () => {
  // Wrong: the first line of the page answers another question than “where is it, and who slowed it down”.
  assert.equal(
    said({}),
    "Included in block 812 after 9.350 ± 0.002 s at 3 of 3 nodes. 96 % of it was waiting in the mempool: 9 s. " +
      "The slowest hop was its block's b → c, 312 ± 4 ms.",
  );
});

test("one that is in no block says what it waits for, or why there is nothing to wait for", () => {
  // Wrong: a replaced or dropped transaction looks like one that will come, or a waiting one like a lost one.
  const places = exampleFlow.places.map((place) => ({ ...place, blockHash: null }));
  const open = { places, latency: null, stages: [], hops: [], slowestHop: { hop: null, reason: "fewer than two" } } as const;
  const nowMs = exampleStartMs + 12_000;
  assert.equal(said({ ...open, status: "pending" }, nowMs), "Waiting for 12 s so far; seen by 3 nodes.");
  assert.match(
    said({ ...open, status: "pending", waitingFor: "nonce" }),
    /so far, because an earlier transaction of its sender is missing;/,
  );
  assert.match(said({ ...open, status: "pending", waitingFor: "fee" }), /so far, because it offers less than the base fee;/);
  assert.match(said({ ...open, status: "replaced" }), /^Replaced after 9\.35 s by another transaction/);
  assert.match(
    said({ ...open, status: "dropped" }),
    /^Dropped after 9\.35 s: it left the mempools and is in no block; seen by 3 nodes\.$/,
  );
  assert.match(said({ ...open, status: "reorged" }), /^Taken back:/);
  assert.match(said({ ...open, status: null }), /no node says/);
});

test("what is not known is said to be so", () => {
  // Wrong: a hop between clocks that nobody compared is blamed.
  assert.match(said({ latency: { ms: 9350, errorMs: null } }), /after 9\.35 s \(error not known\) at 3 of 3/);
  const places = exampleFlow.places.map((place) => ({ ...place, firstSeenMs: null }));
  assert.match(
    said({ latency: null, places }),
    /^Included in block 812 at 3 of 3 nodes\. No node told of it before its block did/,
  );
  assert.match(said({ slowestHop: { hop: null, reason: "none can be compared" } }), /cannot be told: none can be compared\.$/);
});

test("a block says how far it came, and whether it stayed", () => {
  // Wrong: an orphaned block reads like one of the chain.
  const { places, hops, slowestHop, blockPropagation } = exampleFlow;
  const block = {
    ...exampleFlow,
    kind: "block",
    number: 812,
    transactions: 3,
    status: "canonical",
    places: places.map((place) => ({ ...place, status: "canonical" as const })),
    hops,
    slowestHop,
    blockPropagation,
    stages: [],
  } as const;
  assert.match(
    plain(flowSentences(block, 0)),
    /^Block 812 was at half of 3 nodes after 3\.0 ± 2\.0 ms, and at all after 315\.0 ± 2\.0 ms\. The slowest hop was b → c,/,
  );
  assert.match(
    plain(flowSentences({ ...block, status: "orphaned" }, 0)),
    /^Block 812 did not stay in the chain; it was at half/,
  );
});

test("a share is never said to be all or nothing where it is not", () => {
  // Wrong: 99.7 % reads as if nothing else had taken time.
  assert.deepEqual(
    [0, 0.004, 0.62, 0.997, 1].map((share) => plain([shareText(share)])),
    ["0 %", "<1 %", "62 %", ">99 %", "100 %"],
  );
});
