import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flowAttributes as a, flowSpans } from "../../../core/flow-names.ts";
import { unknownOfBlock } from "../blocks/block-report.ts";
import type { HeadChange } from "../blocks/chain-tracker.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import type { ChainFacts } from "./beacon-api.ts";
import type { BeaconBlock } from "./read-block.ts";
import { openRoundFlow } from "./round-flow.ts";

const slotMs = 12_000;

/** The recorded clock begins at slot 1,000. */
function openLab() {
  const client = recordClient();
  const startMs = client.context.clock.nowMs();
  const chain: ChainFacts = {
    genesisMs: startMs - 1000 * slotMs,
    slotMs,
    slotsPerEpoch: 32,
    genesisRoot: "0x",
    network: "mainnet",
    epochsPerSyncPeriod: 256,
    altairEpoch: 0,
    executionChain: "1",
  };
  const rootOf = (slot: number, branch = "a"): string => `0x${slot.toString(16).padStart(32, "0")}${branch.repeat(32)}`;
  const blockAt = (slot: number, firstSeenMs: number | null, execution: BeaconBlock["execution"] = null): BeaconBlock => ({
    ...unknownOfBlock,
    hash: rootOf(slot),
    parent: rootOf(slot - 1),
    number: slot,
    timestampMs: startMs + (slot - 1000) * slotMs,
    firstSeenMs,
    proposer: 77,
    attestations: [],
    syncBits: null,
    execution,
  });
  const rounds = openRoundFlow(client.context, chain);
  const follow = (kind: HeadChange<BeaconBlock>["kind"], head: BeaconBlock, orphaned: readonly BeaconBlock[] = []): void =>
    rounds.followed({ kind, head, before: null, adopted: [head], orphaned, common: null });
  /** Of one block, without its root: name, and begin and end in ms after the clock's beginning. */
  const stages = (slot: number) =>
    client
      .spans()
      .filter(({ traceId, name }) => traceId === rootOf(slot).slice(2, 34) && name !== flowSpans.block)
      .map(({ name, startNs, endNs }) => [name, afterStart(startNs), afterStart(endNs)]);
  const afterStart = (ns: bigint): number => Number(ns / 1_000_000n) - startMs;
  const rootSpan = (hash: string) => client.spans(flowSpans.block).find(({ traceId }) => traceId === hash.slice(2, 34));
  return { client, rounds, follow, blockAt, rootOf, startMs, stages, rootSpan, afterStart };
}

// When this fails, an operator is told that a block was late, or when it became final, wrongly.
describe("rounds of consensus", () => {
  test("begin with the slot, and end when this client knew of it", () => {
    const { client, rounds, follow, blockAt, rootOf, startMs, stages, rootSpan, afterStart } = openLab();
    follow("first", blockAt(999, null));
    client.advance(1800);
    rounds.told(rootOf(1000), 1000);
    client.advance(200);
    const block = blockAt(1000, startMs + 1800);
    follow("extended", block);
    const root = rootSpan(rootOf(1000)) ?? assert.fail();
    assert.deepEqual([afterStart(root.startNs), afterStart(root.endNs)], [1800, 2000]);
    assert.deepEqual(
      [a.chainId, a.blockNumber, a.blockProposer, a.method].map((name) => root.attributes[name]),
      ["mainnet", 1000, 77, "subscription"],
    );
    client.advance(12_000);
    const by = blockAt(1001, startMs + 13_500);
    follow("extended", by);
    rounds.supported({ block, by, share: 0.99 });
    client.advance(1000);
    rounds.checkpoint("justified", 31, 500);
    rounds.checkpoint("justified", 32, 500);
    rounds.checkpoint("justified", 32, 500);
    client.advance(1000);
    rounds.checkpoint("finalized", 32, 0);
    assert.deepEqual(stages(1000), [
      [flowSpans.blockPropose, 0, 1800],
      [flowSpans.blockAttest, 0, 13_500],
      [flowSpans.blockJustify, 1800, 15_000],
      [flowSpans.blockFinalize, 1800, 16_000],
    ]);
    const [propose] = client.spans(flowSpans.blockPropose);
    assert.equal(propose?.attributes[a.deadlineMs], 4000);
    assert.deepEqual(stages(999), [], "nobody saw it come");
  });

  test("of a block that is taken back end there, and blocks that a client reads up on have none", () => {
    const { client, rounds, follow, blockAt, rootOf, startMs, stages, rootSpan } = openLab();
    follow("first", blockAt(990, null));
    client.advance(500);
    const old = blockAt(1000, startMs + 400);
    follow("extended", old);
    const other = { ...blockAt(1001, startMs + 500), parent: rootOf(999) };
    follow("reorganised", other, [old]);
    rounds.checkpoint("finalized", 32, 0);
    assert.deepEqual([rootSpan(old.hash)?.status, rootSpan(old.hash)?.attributes[a.blockStatus]], ["error", "orphaned"]);
    assert.deepEqual(
      [1000, 1001].map((slot) => stages(slot).length),
      [1, 2],
      "what was taken back is never final",
    );
    client.advance(400 * slotMs);
    follow("extended", blockAt(1010, null));
    assert.equal(rootSpan(rootOf(1010)), undefined);
  });

  test("are found from the execution client's block, and it from them", () => {
    const { client, follow, blockAt, rootOf, startMs, rootSpan } = openLab();
    const execution = { hash: `0x${"7".repeat(64)}`, number: 555 };
    follow("first", blockAt(999, null));
    client.advance(1000);
    const block = blockAt(1000, null, execution);
    follow("extended", block);
    assert.equal(rootSpan(block.hash)?.attributes[a.executionHash], execution.hash);
    assert.equal(rootSpan(block.hash)?.attributes[a.method], "poll");
    assert.equal(rootSpan(block.hash)?.attributes[a.resolutionMs], 1000);
    const inner = rootSpan(execution.hash) ?? assert.fail();
    assert.deepEqual(
      [a.chainId, a.blockNumber, a.beaconRoot].map((name) => inner.attributes[name]),
      ["1", 555, rootOf(1000)],
    );
    const [propose] = client.spans(flowSpans.blockPropose);
    assert.deepEqual(
      propose?.links.map(({ traceId, spanId }) => [traceId, spanId]),
      [[inner.traceId, inner.spanId]],
    );
    follow("reorganised", blockAt(1001, startMs), [block]);
    assert.equal(rootSpan(execution.hash)?.status, "error");
  });
});
