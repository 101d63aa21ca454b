import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { z } from "zod";
import { blockMetrics } from "../blocks/metrics.ts";
import type { Ask } from "../client/ask.ts";
import { consensusMetrics as metrics } from "../consensus/metrics.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { openBeaconApi } from "./beacon-api.ts";
import { slotStartMs } from "./chain-time.ts";
import { dutyParts } from "./duties.ts";
import { openDutyBook } from "./duty-book.ts";
import { knownValidators } from "./own-validators.ts";
import type { Supported } from "./block-votes.ts";
import type { BeaconBlock } from "./read-block.ts";
import type { RoundFlow } from "./round-flow.ts";

describe("duties", () => {
  const fixture = z
    .object({ killedSlot: z.int(), heads: z.array(z.string()), answers: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(new URL("./fixtures/lodestar-1.5.1-devnet.json", import.meta.url), "utf8")));
  const { killedSlot } = fixture;

  const failed: string[] = [];
  /** Whether the client says that it does not have committees. */
  let isWithoutCommittees = false;
  const ask: Ask = {
    rpc: () => assert.fail("there is no JSON-RPC"),
    get: async (name, path, schema) =>
      path in fixture.answers && !(isWithoutCommittees && name === "beacon/states/committees")
        ? schema.parse(fixture.answers[path])
        : null,
    post: () => assert.fail("few validators are asked for by address"),
    failed: (kind) => failed.push(kind),
    close: () => undefined,
  };

  /** Slots of an epoch in which validators had to attest, as the captured committees say: Lodestar 1.5.1 names index and slot the wrong way round. */
  function attestersOf(epoch: number): readonly { readonly slot: number; readonly validator: number }[] {
    const shape = z.object({ data: z.array(z.object({ validators: z.array(z.string()) })) });
    return Array.from({ length: 8 }, (_, place) => {
      const { data } = shape.parse(fixture.answers[`eth/v1/beacon/states/head/committees?epoch=${epoch}&index=${place}`]);
      return data.flatMap(({ validators }) =>
        validators.map((index) => ({ slot: epoch * 8 + place, validator: Number(index) })),
      );
    }).flat();
  }

  /** From the head of that index on there are no committees. */
  async function replay(withoutCommittees = Infinity) {
    const api = openBeaconApi(ask);
    const chain = await api.facts();
    const client = recordClient();
    let nowMs = 0;
    const cloud = [56, 57, 58, 59, 60, 61, 62, 63];
    const context = {
      ...client.context,
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
      chain: {
        ...client.context.chain,
        validators: [
          { name: "home", indices: [0, 1, 2, 3], pubkeys: [] },
          { name: "cloud", indices: cloud, pubkeys: [] },
        ],
      },
    };
    const headWatch: { head: BeaconBlock | null } = { head: null };
    const supported: Supported[] = [];
    const rounds: Pick<RoundFlow, "supported"> = { supported: (block) => void supported.push(block) };
    const parts = dutyParts({ context, chain, api, ask, readBlock: (root) => api.block(chain, root), headWatch, rounds });
    for (const [index, root] of fixture.heads.entries()) {
      nowMs = slotStartMs(chain, 64 + index) + 1000;
      headWatch.head = await api.block(chain, root);
      isWithoutCommittees = index >= withoutCommittees;
      // Committees of four slots are asked for in one look.
      for (const part of [...parts, ...parts, ...parts]) {
        await part.read().catch((error: unknown) => {
          if (!isWithoutCommittees) throw error;
          part.clear();
        });
      }
    }
    isWithoutCommittees = false;
    return { client, cloud, supported, parts };
  }

  /** Blocks with the votes of two thirds of the slot's eight seats, and the block that told so: counted by names of voters, from the capture itself. */
  function supportedBlocks(): readonly (readonly [string, string, number])[] {
    const shape = z.object({
      data: z.object({
        message: z.object({
          slot: z.coerce.number(),
          body: z.object({
            attestations: z.array(
              z.object({
                aggregation_bits: z.string(),
                data: z.object({ slot: z.coerce.number(), index: z.string(), beacon_block_root: z.string() }),
              }),
            ),
          }),
        }),
      }),
    });
    const blocks = [...new Set(fixture.heads)].map((root) => ({
      root,
      ...shape.parse(fixture.answers[`eth/v2/beacon/blocks/${root}`]).data.message,
    }));
    return blocks.flatMap(({ root, slot }) => {
      const voters = new Set<string>();
      for (const by of blocks) {
        for (const { aggregation_bits: hex, data } of by.body.attestations) {
          if (data.beacon_block_root !== root || data.slot !== slot) continue;
          // Four members, and the end: one byte.
          const bits = Number(hex).toString(2).slice(1).split("").reverse();
          for (const [place, bit] of bits.entries()) if (bit === "1") voters.add(`${data.index}/${place}`);
        }
        if (voters.size >= 6) return [[root, by.root, voters.size / 8] as const];
      }
      return [];
    });
  }

  test("a block has the votes that the blocks after it tell of, and each is named once", async () => {
    // Otherwise a block's trace says that the network saw it in time when it did not, or the other way round.
    const { supported } = await replay();
    const expected = supportedBlocks();
    assert.ok(expected.length > 20);
    assert.ok(expected.some(([, , share]) => share < 1));
    assert.deepEqual(
      supported.map(({ block, by, share }) => [block.hash, by.hash, share]),
      expected,
    );
  });

  test("a real chain's duties are judged as they were: who was away, who proposed, who signed", async () => {
    // Otherwise all models of the chain agree with each other, and not with a chain.
    const { client, cloud } = await replay();
    assert.deepEqual(failed, []);

    // Epochs 8 and 9 are over by two epochs. The validators of `cloud` were killed in slot 75, after they had attested, and missed what came after.
    const duties = [...attestersOf(8), ...attestersOf(9)];
    const events = client.events("chain.duty").map(({ fields }) => fields);
    const missed = events.filter(({ group, duty }) => group === "cloud" && duty === "attestation");
    assert.deepEqual(
      missed.map(({ slot, validator }) => ({ slot, validator })),
      duties.filter(({ slot, validator }) => cloud.includes(validator) && slot > killedSlot),
    );
    const count = (group: string, duty: string, outcome: string): number | undefined =>
      client.values(metrics.duties)[`validator.group=${group},duty=${duty},duty.outcome=${outcome}`];
    assert.equal(count("cloud", "attestation", "missed"), missed.length);
    assert.equal(count("cloud", "attestation", "done"), 16 - missed.length);
    assert.equal(Number(count("home", "attestation", "done")) + Number(count("home", "attestation", "missed")), 8);

    // Validator 58 was to propose in slot 79; 61 and 56 had proposed in slots 64 and 68.
    assert.deepEqual(
      events.filter(({ duty }) => duty === "proposal"),
      [{ group: "cloud", duty: "proposal", outcome: "missed", epoch: 9, validator: 58, slot: 79, count: 1, others: null }],
    );
    assert.equal(count("cloud", "proposal", "done"), 2);
    assert.equal(client.value(blockMetrics.missedSlots), 1);
    assert.deepEqual(
      client.events("chain.block").map(({ key, fields }) => [key, fields["status"], fields["proposer"]]),
      [["79", "missed", 58]],
    );

    // The committee of the period has 57 and 59 in it; what they were to sign in slot 76 is in the block of slot 77.
    const unsigned = events.filter(
      ({ group, duty, slot }) => group === "cloud" && duty === "sync_committee" && Number(slot) > killedSlot,
    );
    const blocks = [77, 78, 80, 81, 82, 83, 84, 85, 86];
    assert.deepEqual(
      unsigned.map(({ slot, validator }) => [slot, validator]),
      blocks.flatMap((slot) => [
        [slot - 1, 57],
        [slot - 1, 59],
      ]),
    );
    assert.deepEqual(client.values(metrics.syncCommittee)["validator.group=cloud,sync_committee.period=current"], 2);
  });

  test("what the whole network did is the share of its members", async () => {
    // Otherwise an operator cannot tell an incident of the network from one of the own node.
    const { client } = await replay();
    const shares = client.values(metrics.participation);
    const missing = client
      .events("chain.duty")
      .filter(({ fields }) => fields["duty"] === "attestation" && fields["epoch"] === 9);
    assert.ok(Number(shares["attestation.vote=any"]) <= 1 - missing.length / 64);
    assert.ok(Number(shares["attestation.vote=any"]) >= 0.8);
    for (const { fields } of missing) assert.ok(Number(fields["others"]) < 1, "the slot of a miss was not attested by all");
    assert.equal(client.values(metrics.validators)["validator.group=home,validator.status=active_ongoing"], 4);
    assert.ok(Number(client.values(metrics.groupBalance)["validator.group=cloud"]) > 8 * 31.9);
    assert.equal(client.values(metrics.missesInRow)["validator.group=cloud"], 1);
  });

  test("what validators did last is not told while nobody knows who had to attest, and is told again after that", async () => {
    // Otherwise "no misses", "attesting" of validators that nobody judges: an alert that never comes.
    const gauges = [metrics.missesInRow, metrics.validatorUp, metrics.lastMissedSlot];
    // Epoch 10 begins with the head of index 16 at the latest; by then epoch 8 is judged.
    const { client, parts } = await replay(18);
    const part = parts.find(({ name }) => name === "duties");
    assert.ok(part !== undefined);
    for (const metric of gauges) {
      assert.deepEqual(client.values(metric), {}, metric.name);
      assert.ok(part.metrics.includes(metric), `${metric.name} is absent without a reason`);
    }
    for (let look = 0; look < 3; look++) await part.read();
    for (const metric of gauges) assert.notDeepEqual(client.values(metric), {}, metric.name);
  });
});

describe("the book of duties", () => {
  const time = { genesisMs: 0, slotMs: 12_000, slotsPerEpoch: 32 };
  const right = { source: true, target: true, head: false };
  const none = { source: false, target: false, head: false };

  function openBook(counts: Readonly<Record<string, number>>) {
    const client = recordClient();
    let next = 0;
    const groups = Object.entries(counts).map(([name, count]) => ({
      name,
      indices: Array.from({ length: count }, () => next++),
      pubkeys: [],
    }));
    const answers = groups.flatMap(({ indices }) =>
      indices.map((index) => ({
        index,
        balance: "1",
        status: "active_ongoing",
        validator: { pubkey: `${index}`, slashed: false },
      })),
    );
    let own = knownValidators(groups, answers);
    const becomes = (validator: number, status: string, isSlashed = false): void => {
      const { byIndex } = knownValidators(groups, [
        { index: validator, balance: "1", status, validator: { pubkey: `${validator}`, slashed: isSlashed } },
      ]);
      own = { ...own, byIndex: new Map([...own.byIndex, ...byIndex]) };
    };
    return { client, book: openDutyBook(client.context, time, () => own), becomes };
  }

  test("what validators did is counted by group, and a miss has an event with its slot", () => {
    // Otherwise an operator learns that something was missed, but not what, when, and whether others missed it too.
    const { client, book } = openBook({ home: 2, cloud: 1 });
    assert.equal(
      client.values(metrics.duties)["validator.group=home,duty=proposal,duty.outcome=orphaned"],
      0,
      "counters begin at 0",
    );
    book.attested({ validator: 0, distance: 2, right }, 70, 0.5);
    book.attested({ validator: 1, distance: null, right: none }, 71, 0.5);
    book.attested({ validator: 2, distance: 1, right }, 72, 0.5);
    book.settled({ validator: 1, duty: "proposal", slot: 75, outcome: "orphaned", others: null });
    book.attested({ validator: 99, distance: null, right: none }, 72, 0.5);
    book.publish();

    assert.deepEqual(
      Object.entries(client.values(metrics.duties)).filter(([, count]) => count > 0),
      [
        ["validator.group=home,duty=attestation,duty.outcome=done", 1],
        ["validator.group=home,duty=attestation,duty.outcome=missed", 1],
        ["validator.group=home,duty=proposal,duty.outcome=orphaned", 1],
        ["validator.group=cloud,duty=attestation,duty.outcome=done", 1],
      ],
    );
    assert.deepEqual(client.values(metrics.inclusionDistance), { "validator.group=home": 2, "validator.group=cloud": 1 });
    const votes = client.values(metrics.votes);
    assert.equal(votes["validator.group=home,attestation.vote=head,vote.outcome=wrong"], 1);
    assert.equal(votes["validator.group=home,attestation.vote=source,vote.outcome=right"], 1);
    assert.deepEqual(client.values(metrics.missesInRow), { "validator.group=home": 1, "validator.group=cloud": 0 });
    assert.deepEqual(client.values(metrics.lastMissedSlot), {
      "validator.group=home,duty=attestation": 71,
      "validator.group=home,duty=proposal": 75,
    });
    assert.deepEqual(Object.values(client.values(metrics.validatorUp)), [1, 0, 1]);
    assert.deepEqual(client.events("chain.duty"), [
      {
        kind: "chain.duty",
        key: "attestation/71/1",
        timeMs: 852_000,
        fields: {
          group: "home",
          duty: "attestation",
          outcome: "missed",
          epoch: 2,
          validator: 1,
          slot: 71,
          count: 1,
          others: 0.5,
        },
      },
      {
        kind: "chain.duty",
        key: "proposal/75/1",
        timeMs: 900_000,
        fields: {
          group: "home",
          duty: "proposal",
          outcome: "orphaned",
          epoch: 2,
          validator: 1,
          slot: 75,
          count: 1,
          others: null,
        },
      },
    ]);
  });

  test("misses in a row are those of the worst validator, and end with the first attestation", () => {
    // Otherwise the alert of a dead validator is hidden by those that live, or goes on after it is back.
    const { client, book } = openBook({ home: 2 });
    const rows: number[] = [];
    for (const [epoch, hasAttested] of [false, false, false, true].entries()) {
      book.attested({ validator: 0, distance: 1, right }, epoch * 32, 1);
      book.attested({ validator: 1, distance: hasAttested ? 1 : null, right: none }, epoch * 32 + 1, 1);
      book.publish();
      rows.push(client.values(metrics.missesInRow)["validator.group=home"] ?? Number.NaN);
    }
    assert.deepEqual(rows, [1, 2, 3, 0]);
  });

  test("who has exited or was slashed is not the worst any more, and a group that nobody is left of has none", () => {
    // Otherwise a validator that missed its last attestations is alerted on for ever, and hides what the others of its group miss.
    const { client, book, becomes } = openBook({ home: 2, cloud: 1 });
    for (const slot of [0, 32, 64]) {
      book.attested({ validator: 0, distance: null, right: none }, slot, 1);
      book.attested({ validator: 2, distance: null, right: none }, slot, 1);
    }
    book.attested({ validator: 1, distance: null, right: none }, 64, 1);
    book.publish();
    assert.deepEqual(client.values(metrics.missesInRow), { "validator.group=home": 3, "validator.group=cloud": 3 });

    becomes(0, "exited_unslashed");
    becomes(2, "active_slashed", true);
    // Judged two epochs later: it was still there then.
    book.attested({ validator: 0, distance: null, right: none }, 96, 1);
    book.publish();
    assert.deepEqual(client.values(metrics.missesInRow), { "validator.group=home": 1 });
    assert.deepEqual(client.values(metrics.validatorUp), { "validator.group=home,validator=1": 0 });
    becomes(0, "active_ongoing");
    book.publish();
    assert.deepEqual(client.values(metrics.missesInRow), { "validator.group=home": 1 }, "what it missed is forgotten");
  });

  test("those with series of their own are the first of the active ones, and one that is not any more has no series", () => {
    // Otherwise a series stands still at what its validator did when it was among the first.
    const { client, book, becomes } = openBook({ home: 258 });
    becomes(0, "pending_queued");
    for (let validator = 1; validator < 258; validator++) book.attested({ validator, distance: 1, right }, 64, 1);
    book.publish();
    const has = (validator: number): boolean =>
      client.values(metrics.validatorUp)[`validator.group=home,validator=${validator}`] !== undefined;
    assert.deepEqual([0, 1, 256, 257].map(has), [false, true, true, false]);
    becomes(0, "active_ongoing");
    book.attested({ validator: 0, distance: 1, right }, 96, 1);
    book.publish();
    assert.deepEqual([0, 1, 255, 256].map(has), [true, true, true, false]);
  });

  test("when a thousand validators are away, their misses are one event, and all are counted", () => {
    // Otherwise an outage fills the event store, and hides what else has happened.
    const { client, book } = openBook({ home: 1000 });
    for (let validator = 0; validator < 1000; validator++) book.attested({ validator, distance: null, right: none }, 64, 0);
    book.publish();
    const events = client.events("chain.duty");
    assert.equal(events.length, 101);
    assert.deepEqual(events.at(-1), {
      kind: "chain.duty",
      key: "attestation/epoch-2/home/missed",
      timeMs: 768_000,
      fields: {
        group: "home",
        duty: "attestation",
        outcome: "missed",
        epoch: 2,
        validator: null,
        slot: 64,
        count: 900,
        others: null,
      },
    });
    assert.equal(client.values(metrics.duties)["validator.group=home,duty=attestation,duty.outcome=missed"], 1000);
    assert.equal(Object.keys(client.values(metrics.validatorUp)).length, 256);
  });
});
