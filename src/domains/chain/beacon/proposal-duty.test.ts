import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AskFailure } from "../../../io/json-rpc.ts";
import { unknownOfBlock } from "../blocks/block-report.ts";
import type { Header } from "./beacon-api.ts";
import { knownValidators } from "./own-validators.ts";
import { judgeProposal, openProposerSchedule } from "./proposal-duty.ts";
import type { BeaconBlock } from "./read-block.ts";

describe("proposals", () => {
  const time = { genesisMs: 10_000, slotMs: 1000, slotsPerEpoch: 4 };
  const own = knownValidators(
    [{ name: "home", indices: [1, 2], pubkeys: [] }],
    [1, 2].map((index) => ({
      index,
      balance: "1",
      status: "active_ongoing",
      validator: { pubkey: `${index}`, slashed: false },
    })),
  );

  /** Validator `base + slot` proposes in the slot. */
  const inEpoch = (epoch: number, base: number) =>
    [0, 1, 2, 3].map((place) => ({ slot: epoch * 4 + place, validator: base + place }));

  test("the next proposal is the earliest one that is still to come", async () => {
    // Otherwise maintenance is done in the minute in which a block was to be proposed.
    const schedule = openProposerSchedule(time, { proposals: async (epoch) => inEpoch(epoch, epoch === 3 ? 0 : 2) });
    await schedule.refresh(12);
    assert.equal(schedule.proposerOf(13), 1);
    assert.equal(schedule.nextOf("home", own, 22_000), 23_000);
    assert.equal(schedule.nextOf("home", own, 23_500), 24_000);
    assert.equal(schedule.nextOf("home", own, 24_500), 26_000, "of the next epoch");
    assert.equal(schedule.nextOf("home", own, 27_000), null);
    assert.equal(schedule.nextOf("other", own, 22_000), null);
  });

  test("who proposes is asked again when the epoch has begun, and a client need not tell it ahead", async () => {
    // Otherwise a proposal is judged by a list that has changed since, or nothing is known of clients that do not look ahead.
    const asked: number[] = [];
    const schedule = openProposerSchedule(time, {
      async proposals(epoch) {
        asked.push(epoch);
        if (asked.length === 2) throw new AskFailure("refused", "status 400", { code: 400 });
        return inEpoch(epoch, asked.length);
      },
    });
    for (const slot of [4, 5, 8, 9]) await schedule.refresh(slot);
    assert.deepEqual(asked, [1, 2, 2, 3]);
    assert.equal(schedule.proposerOf(8), 3);
  });

  test("what comes next is asked again after a failure, and not again where the client does not tell it", async () => {
    // Otherwise one question that fails hides the proposals of the next epoch, until it has begun.
    const failures = [
      { failure: new AskFailure("timeout", "no answer within 5000 ms"), rejects: true, asked: [1, 2, 2], next: 18_000 },
      { failure: new AskFailure("refused", "status 500", { code: 500 }), rejects: false, asked: [1, 2, 2], next: 18_000 },
      { failure: new AskFailure("refused", "status 400", { code: 400 }), rejects: false, asked: [1, 2], next: null },
    ];
    for (const { failure, rejects, asked: expected, next } of failures) {
      const asked: number[] = [];
      const schedule = openProposerSchedule(time, {
        async proposals(epoch) {
          asked.push(epoch);
          if (asked.length === 2) throw failure;
          return epoch === 2 ? [{ slot: 8, validator: 1 }] : [];
        },
      });
      if (rejects) await assert.rejects(schedule.refresh(4), failure);
      else await schedule.refresh(4);
      for (const slot of [5, 6, 7]) await schedule.refresh(slot);
      assert.deepEqual(asked, expected, failure.message);
      assert.equal(schedule.nextOf("home", own, 17_000), next, failure.message);
    }
  });

  test("a proposal is done, missed or orphaned, as the chain has it", async () => {
    // Otherwise a block that came too late looks like a validator that was away.
    const block = (proposer: number): BeaconBlock => ({
      ...unknownOfBlock,
      hash: "0xa",
      parent: null,
      number: 9,
      timestampMs: 0,
      proposer,
      attestations: [],
      syncBits: null,
      execution: null,
    });
    const header = (root: string, proposer: number): Header => ({
      root,
      proposer,
      parent: "0x0",
      slot: 9,
      isCanonical: root === "0xa",
    });
    const notAsked = async () => assert.fail("the canonical chain has it");
    assert.equal(await judgeProposal(1, block(1), notAsked), "done");
    assert.equal(await judgeProposal(1, null, async () => []), "missed");
    assert.equal(await judgeProposal(1, null, async () => [header("0xb", 1)]), "orphaned");
    assert.equal(await judgeProposal(1, null, async () => [header("0xb", 2)]), "missed", "another one's block");
    assert.equal(await judgeProposal(1, block(2), async () => [header("0xa", 2)]), "missed");
  });
});
