import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Contradiction } from "../client/contradiction.ts";
import { consensusMetrics as metrics } from "../consensus/metrics.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import type { ValidatorAnswer } from "./answers.ts";
import { configuredValidators, knownValidators, seatsOf } from "./own-validators.ts";
import { type Attestation, settleSlot } from "./settle-slot.ts";
import { judgeSync, openSyncCommittees, ownMembers } from "./sync-duty.ts";
import { openValidatorStatus } from "./validator-status.ts";

describe("own validators", () => {
  const key = (digit: string): string => `0x${digit.repeat(96)}`;
  const answer = (index: number, status: string, pubkey = key("0"), slashed = false): ValidatorAnswer => ({
    index,
    status,
    balance: "32000000000",
    validator: { pubkey, slashed },
  });
  const groups = [
    { name: "home", indices: [4, 7], pubkeys: [key("A")] },
    { name: "cloud", indices: [7, 9], pubkeys: [key("b"), key("c")] },
  ];

  test("validators are found by index and by key, each in one group", () => {
    // Otherwise duties are counted twice, or under the wrong label.
    const own = knownValidators(groups, [
      answer(4, "active_ongoing"),
      answer(7, "exited_unslashed"),
      answer(9, "active_slashed", key("d"), true),
      answer(12, "pending_queued", key("a")),
      // The same one that was configured by its index.
      answer(9, "active_slashed", key("b"), true),
      answer(99, "active_ongoing", key("e")),
    ]);
    assert.deepEqual(
      [...own.byIndex.values()].map(({ index, group, isActive, isSlashed }) => [index, group, isActive, isSlashed]),
      [
        [4, "home", true, false],
        [7, "home", false, false],
        [12, "home", false, false],
        [9, "cloud", false, true],
      ],
    );
    assert.deepEqual(
      [...own.unknown],
      [
        ["home", 0],
        ["cloud", 1],
      ],
    );
    assert.equal(own.ids.length, 6);
  });

  test("before the client was asked, those that are configured by index are known", () => {
    // Otherwise nothing is judged of a client that does not answer this one question.
    const own = configuredValidators(groups);
    assert.deepEqual([...own.byIndex.keys()], ["4", "7", "9"]);
    assert.deepEqual(own.groups, ["home", "cloud"]);
  });

  test("who had to attest is in a committee, and a slashed validator had not", () => {
    // Otherwise exited and slashed validators are reported as missing for ever.
    const own = knownValidators(groups, [
      answer(4, "active_ongoing"),
      answer(7, "exited_unslashed"),
      answer(9, "active_slashed", key("b"), true),
    ]);
    const seats = seatsOf(
      5,
      [
        ["1", "9", "4"],
        ["2", "3"],
      ],
      own,
    );
    assert.deepEqual(seats, { slot: 5, sizes: [3, 2], own: [{ validator: 4, member: 2 }] });
  });
});

describe("their status", () => {
  const answer = (index: number, status: string, balance: string): ValidatorAnswer => ({
    index,
    status,
    balance,
    validator: { pubkey: `0x${index}`, slashed: false },
  });

  test("a group's validators are told by status and balance, and a status that nobody has any more is 0", () => {
    // Otherwise a validator that has exited is counted twice, or one that was never seen on the chain is forgotten.
    const client = recordClient();
    const status = openValidatorStatus(client.context);
    const groups = [{ name: "home", indices: [1, 2, 3], pubkeys: [] }];
    status.tell(
      knownValidators(groups, [answer(1, "active_ongoing", "32000000000"), answer(2, "active_ongoing", "31500000000")]),
    );
    assert.deepEqual(client.values(metrics.validators), {
      "validator.group=home,validator.status=active_ongoing": 2,
      "validator.group=home,validator.status=unknown": 1,
    });
    assert.deepEqual(client.values(metrics.balance), {
      "validator.group=home,validator=1": 32,
      "validator.group=home,validator=2": 31.5,
    });
    assert.deepEqual(client.values(metrics.groupBalance), { "validator.group=home": 63.5 });

    status.tell(
      knownValidators(
        groups,
        [1, 2, 3].map((index) => answer(index, "exited_unslashed", "32000000000")),
      ),
    );
    assert.deepEqual(client.values(metrics.validators), {
      "validator.group=home,validator.status=active_ongoing": 0,
      "validator.group=home,validator.status=unknown": 0,
      "validator.group=home,validator.status=exited_unslashed": 3,
    });
    // What the client makes up makes no series.
    const madeUp = [answer(1, "a", "1"), answer(2, "b", "1"), answer(3, "c", "1")];
    status.tell(knownValidators(groups, madeUp));
    assert.equal(client.values(metrics.validators)["validator.group=home,validator.status=other"], 3);
    assert.equal(Object.keys(client.values(metrics.validators)).length, 4);
    status.clear();
    for (const metric of [metrics.validators, metrics.balance, metrics.groupBalance])
      assert.deepEqual(client.values(metric), {});
  });
});

describe("sync committees", () => {
  const chain = {
    genesisMs: 0,
    slotMs: 1000,
    slotsPerEpoch: 4,
    genesisRoot: "0x0",
    network: "test",
    epochsPerSyncPeriod: 8,
    altairEpoch: 3,
    executionChain: "1",
  };
  const ownOf = (indices: readonly number[]) =>
    knownValidators(
      [{ name: "home", indices: [...indices], pubkeys: [] }],
      indices.map((index) => ({
        index,
        balance: "1",
        status: "active_ongoing",
        validator: { pubkey: `${index}`, slashed: false },
      })),
    );

  test("a member has signed where one of its places has", () => {
    // Otherwise small networks, where a validator has several places, show misses that were none.
    const members = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(members, fc.uniqueArray(fc.integer({ min: 0, max: 9 })), (places, indices) => {
        const bits = new Uint8Array(Math.ceil(places.length / 8));
        for (const [place, [, hasSigned]] of places.entries())
          if (hasSigned) bits[place >> 3] = (bits[place >> 3] ?? 0) | (1 << (place & 7));
        const committee = places.map(([index]) => String(index));
        const { share, own } = judgeSync(bits, committee, ownOf(indices));
        assert.equal(share, places.filter(([, hasSigned]) => hasSigned).length / places.length);
        const expected = indices
          .filter((index) => places.some(([member]) => member === index))
          .map((validator) => ({ validator, isDone: places.some(([member, hasSigned]) => member === validator && hasSigned) }));
        assert.deepEqual(
          own.toSorted((a, b) => a.validator - b.validator),
          expected.toSorted((a, b) => a.validator - b.validator),
        );
        assert.equal(ownMembers(committee, ownOf(indices)).get("home") ?? 0, expected.length);
      }),
    );
  });

  test("committees are asked for once in a period, and not before there are any", async () => {
    // Otherwise a block is judged by the committee of another period, or a client is asked again in each slot.
    const asked: number[] = [];
    const committees = openSyncCommittees(chain, {
      async syncCommittee(epoch) {
        asked.push(epoch);
        return [`of ${Math.floor(epoch / 8)}`];
      },
    });
    await committees.refresh(4);
    assert.deepEqual(asked, [8], "epoch 1 is before Altair, the next period is not");
    for (const slot of [12, 13, 33, 34]) await committees.refresh(slot);
    assert.deepEqual(asked, [8, 3, 16]);
    assert.deepEqual(
      [committees.committeeOf(31), committees.committeeOf(32), committees.committeeAfter(32)],
      [["of 0"], ["of 1"], ["of 2"]],
    );
  });
});

describe("a slot", () => {
  /** What the specification keeps: a validator's flags, and when its attestation was included first. */
  interface Member {
    distance: number | null;
    source: boolean;
    target: boolean;
    head: boolean;
  }

  interface Vote {
    /** Committee → who of it attested. */
    readonly attesters: ReadonlyMap<number, readonly boolean[]>;
    readonly head: "right" | "wrong";
    readonly target: "right" | "wrong";
    readonly distance: number;
  }

  function packed(bits: readonly boolean[]): Uint8Array {
    const bytes = new Uint8Array(Math.ceil((bits.length + 1) / 8));
    for (const [index, bit] of [...bits, true].entries())
      if (bit) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
    return bytes;
  }

  const attestationOf = ({ attesters, head, target }: Vote): Attestation => ({
    slot: 40,
    committees: [...attesters.keys()],
    bits: packed([...attesters.values()].flat()),
    head,
    target,
  });

  /** Committees of a slot, members numbered through them, and votes over some of the committees. */
  const slots = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }).chain((sizes) => {
    const committees = fc.subarray([...sizes.keys()], { minLength: 1 });
    const attesters = committees.chain((chosen) =>
      fc
        .tuple(
          ...chosen.map((committee) =>
            fc.array(fc.boolean(), { minLength: sizes[committee] ?? 0, maxLength: sizes[committee] ?? 0 }),
          ),
        )
        .map((bits) => new Map(chosen.map((committee, index) => [committee, bits[index] ?? []]))),
    );
    const side = fc.constantFrom("right" as const, "wrong" as const);
    const vote: fc.Arbitrary<Vote> = fc.record({
      attesters,
      head: side,
      target: side,
      distance: fc.integer({ min: 1, max: 63 }),
    });
    return fc.record({
      sizes: fc.constant(sizes),
      votes: fc.array(vote, { maxLength: 8 }).map((votes) => votes.toSorted((a, b) => a.distance - b.distance)),
      slotsPerEpoch: fc.constantFrom(8, 32),
    });
  });

  test("each validator gets what the specification gives it, however its attestations were aggregated", () => {
    // Otherwise an operator is told of misses that were none, and not of those that were.
    fc.assert(
      fc.property(slots, ({ sizes, votes, slotsPerEpoch }) => {
        // Validator 100 × committee + place: who it is does not tell where it sits.
        const seats = sizes.flatMap((size, committee) => Array.from({ length: size }, (_, place) => ({ committee, place })));
        const model = new Map<number, Member>();
        for (const { committee, place } of seats) {
          const member: Member = { distance: null, source: false, target: false, head: false };
          for (const vote of votes) {
            if (vote.attesters.get(committee)?.[place] !== true) continue;
            member.distance ??= vote.distance;
            member.source ||= vote.distance <= (slotsPerEpoch === 32 ? 5 : 2);
            member.target ||= vote.target === "right";
            member.head ||= vote.target === "right" && vote.head === "right" && vote.distance === 1;
          }
          model.set(committee * 100 + place, member);
        }
        const settled = settleSlot({
          committees: {
            slot: 40,
            sizes,
            own: seats.map(({ committee, place }, member) => ({ validator: committee * 100 + place, member })),
          },
          inclusions: votes.map((vote) => ({ attestation: attestationOf(vote), distance: vote.distance })),
          head: "right",
          target: "right",
          slotsPerEpoch,
        });
        const members = [...model.values()];
        const count = (vote: "source" | "target" | "head"): number => members.filter((member) => member[vote]).length;
        assert.equal(settled.members, members.length);
        assert.equal(settled.included, members.filter(({ distance }) => distance !== null).length);
        assert.deepEqual(settled.right, { source: count("source"), target: count("target"), head: count("head") });
        for (const { validator, distance, right } of settled.own)
          assert.deepEqual({ distance, ...right }, model.get(validator));
      }),
      { numRuns: 300 },
    );
  });

  test("an attestation that does not fit its committees is not believed", () => {
    // Otherwise a wrong answer about committees credits attestations to the wrong validators.
    const settle = (committees: readonly number[], length: number): unknown =>
      settleSlot({
        committees: { slot: 40, sizes: [3, 2], own: [] },
        inclusions: [
          {
            attestation: { slot: 40, committees, bits: packed(Array(length).fill(true)), head: "h", target: "t" },
            distance: 1,
          },
        ],
        head: "h",
        target: "t",
        slotsPerEpoch: 32,
      });
    assert.throws(() => settle([0], 4), Contradiction);
    assert.throws(() => settle([0, 1], 4), Contradiction);
    assert.throws(() => settle([2], 3), Contradiction);
  });
});
