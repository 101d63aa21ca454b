import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { z } from "zod";
import { unknownOfBlock } from "../blocks/block-report.ts";
import { blockMetrics as metrics } from "../blocks/metrics.ts";
import { openSightings } from "../blocks/sightings.ts";
import type { Ask } from "../client/ask.ts";
import { Contradiction } from "../client/contradiction.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { blockShape } from "./answers.ts";
import { bitlistLength, bytesOf, countBits, hasBit, setBits } from "./bits.ts";
import { keepCanonicalBlocks } from "./canonical-blocks.ts";
import { openCommittees } from "./committees.ts";
import { openHeadWatch } from "./head-watch.ts";
import { followPassedSlots } from "./passed-slots.ts";
import { type BeaconBlock, readBlock } from "./read-block.ts";
import { openRoundFlow } from "./round-flow.ts";

describe("bits", () => {
  /** The model: bits as booleans, packed as the specification says. */
  function pack(bits: readonly boolean[]): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(bits.length / 8));
    for (const [index, bit] of bits.entries())
      bytes[Math.floor(index / 8)] = (bytes[Math.floor(index / 8)] ?? 0) + Number(bit) * 2 ** (index % 8);
    return bytes;
  }
  const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString("hex")}`;

  test("bits and lengths come back from what was packed", () => {
    // Otherwise an attestation is credited to the wrong validator.
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 2100 }), (bits) => {
        const list = bytesOf(hexOf(pack([...bits, true])));
        assert.equal(bitlistLength(list), bits.length);
        for (const [index, bit] of bits.entries()) assert.equal(hasBit(list, index), bit);
        const vector = pack(bits);
        const indices = bits.flatMap((bit, index) => (bit ? [index] : []));
        assert.deepEqual(setBits(vector), indices);
        assert.equal(countBits(vector), indices.length);
      }),
    );
  });

  test("what real chains send is read so", () => {
    // Otherwise all of the above agrees with itself, and with nobody else.
    assert.equal(bitlistLength(bytesOf("0x01")), 0);
    assert.equal(bitlistLength(bytesOf("0x0b")), 3);
    assert.deepEqual(setBits(bytesOf("0x0b")), [0, 1, 3]);
    assert.equal(bitlistLength(bytesOf("0xff01")), 8);
    assert.equal(hasBit(bytesOf("0x01"), 8000), false);
  });

  test("a bitlist without an end is not believed", () => {
    // Otherwise its length is made up, and bits are credited to others.
    for (const hex of ["0x", "0x00", "0xff00"]) assert.throws(() => bitlistLength(bytesOf(hex)), Contradiction);
  });
});

describe("blocks", () => {
  const time = { genesisMs: 1_606_824_023_000, slotMs: 12_000, slotsPerEpoch: 32 };
  const root = (digit: string): string => `0x${digit.repeat(64)}`;

  /** A block as the specification of Electra has it; what is not read is left out. */
  function electraBlock(attestedSlot: string, blockHash = root("e")): unknown {
    return {
      data: {
        message: {
          slot: "12000000",
          proposer_index: "1234567",
          parent_root: root("A"),
          body: {
            attestations: [
              {
                aggregation_bits: "0x0b",
                committee_bits: "0x0500000000000000",
                data: {
                  slot: attestedSlot,
                  index: "0",
                  beacon_block_root: root("b"),
                  target: { epoch: "374999", root: root("c") },
                },
              },
            ],
            sync_aggregate: { sync_committee_bits: `0x${"ff".repeat(64)}` },
            execution_payload: {
              block_hash: blockHash,
              block_number: "22222222",
              gas_limit: "45000000",
              gas_used: "21000000",
              base_fee_per_gas: "12345678901234567890",
              transactions: ["0x02", "0x03"],
            },
          },
        },
      },
    };
  }
  const read = (answer: unknown) => readBlock(time, root("d"), blockShape.parse(answer));

  test("a block of Electra is read: its attestations are of several committees, and its payload has no blob of text left", () => {
    // Otherwise duties on today's networks are judged as those of 2024, and big amounts lose their digits.
    const { attestations, syncBits, ...block } = read(electraBlock("11999999"));
    assert.deepEqual(attestations, [
      { slot: 11_999_999, committees: [0, 2], bits: Buffer.from([0x0b]), head: root("b"), target: root("c") },
    ]);
    assert.equal(syncBits?.length, 64);
    assert.deepEqual(
      [block.number, block.parent, block.proposer, block.timestampMs, block.transactions, block.gasUsed, block.baseFeeWei],
      [12_000_000, root("a"), 1_234_567, 1_750_824_023_000, 2, 21_000_000, "12345678901234567890"],
    );
  });

  test("what a block does not have is not known, and what cannot be is not believed", () => {
    // Otherwise a chain before the merge has blocks with 0 gas, or a client that lies has attestations from the future.
    const { transactions, gasUsed } = read(electraBlock("11999999", root("0")));
    assert.deepEqual([transactions, gasUsed], [null, null]);
    assert.throws(() => read(electraBlock("12000000")), Contradiction);
  });
});

describe("committees", () => {
  const time = { genesisMs: 0, slotMs: 6000, slotsPerEpoch: 8 };

  interface Named {
    readonly index: string;
    readonly slot: string;
    readonly validators: readonly string[];
  }

  /** Two committees in each slot of an epoch, named as the specification says, or as Lodestar did before 1.9. */
  function epochOf(epoch: number, isSwapped: boolean): readonly Named[] {
    const names = (place: number, committee: number): Pick<Named, "index" | "slot"> =>
      isSwapped ? { index: `${place}`, slot: `${committee}` } : { index: `${committee}`, slot: `${epoch * 8 + place}` };
    return Array.from({ length: 8 }, (_, place) =>
      [0, 1].map((committee) => ({ ...names(place, committee), validators: [`${place}.${committee}`, "7"] })),
    ).flat();
  }

  function answering(committees: (epoch: number) => readonly Named[]): {
    readonly ask: Pick<Ask, "get">;
    readonly asked: string[];
  } {
    const asked: string[] = [];
    const get = async <S extends z.ZodType>(_name: string, path: string, schema: S): Promise<z.infer<S>> => {
      asked.push(path.replace(/.*\?/, ""));
      const { searchParams: filters } = new URL(path, "http://client");
      const matches = (field: "index" | "slot", named: Named): boolean => (filters.get(field) ?? named[field]) === named[field];
      const data = committees(Number(filters.get("epoch"))).filter(
        (named) => matches("index", named) && matches("slot", named),
      );
      return schema.parse({ data: data.toReversed() });
    };
    return { ask: { get }, asked };
  }

  test("committees are the same whichever way round the client names them", async () => {
    // Otherwise attestations of an older Lodestar are credited to the wrong validators, or to none.
    for (const isSwapped of [false, true]) {
      const { ask, asked } = answering((epoch) => epochOf(epoch, isSwapped));
      const committees = openCommittees(ask);
      // In the first epoch the two look most alike: there are slots 0 and 1, and committees 0 and 1.
      for (const slot of [0, 1, 5, 17]) {
        const place = slot % 8;
        assert.deepEqual(await committees(time, slot), [
          [`${place}.0`, "7"],
          [`${place}.1`, "7"],
        ]);
      }
      assert.equal(asked.length, 5, "one question more than slots");
      assert.equal(asked.at(-1), isSwapped ? "epoch=2&index=1" : "epoch=2&slot=17");
    }
  });

  test("a client that was started anew with another version is understood again", async () => {
    // Otherwise participation is gone after an update, until ChainPulse is started anew.
    let isSwapped = true;
    const { ask } = answering((epoch) => epochOf(epoch, isSwapped));
    const committees = openCommittees(ask);
    await committees(time, 16);
    isSwapped = false;
    await assert.rejects(committees(time, 17), Contradiction);
    assert.equal((await committees(time, 17)).length, 2);
  });

  test("an answer that is none to the question is not believed", async () => {
    // Otherwise duties are judged by committees of another slot.
    const good = epochOf(3, false).filter(({ slot }) => slot === "25");
    const wrong = [[], good.slice(1), good.map((named) => ({ ...named, slot: "26" })), [...good, ...good]];
    for (const data of wrong) {
      const { ask } = answering((epoch) => epochOf(epoch, false));
      let isLying = false;
      const committees = openCommittees({
        get: async (name, path, schema) => (isLying ? schema.parse({ data }) : ask.get(name, path, schema)),
      });
      await committees(time, 24);
      isLying = true;
      await assert.rejects(committees(time, 25), Contradiction);
      isLying = false;
      assert.equal((await committees(time, 25)).length, 2, "it is asked again");
    }
  });
});

describe("canonical blocks", () => {
  const time = { genesisMs: 0, slotMs: 1000, slotsPerEpoch: 4 };

  /** A chain without slots 5 and 9, and what was read of it. */
  function chainOf(slots: number) {
    const numbers = Array.from({ length: slots }, (_, slot) => slot).filter((slot) => slot !== 5 && slot !== 9);
    const chain = numbers.map((number, index): BeaconBlock => {
      const parent = numbers[index - 1];
      return {
        ...unknownOfBlock,
        hash: `b${number}`,
        parent: parent === undefined ? "genesis" : `b${parent}`,
        number,
        timestampMs: 0,
        proposer: 0,
        attestations: [],
        syncBits: null,
        execution: null,
      };
    });
    const read: string[] = [];
    const blocks = keepCanonicalBlocks(time, async (root) => {
      read.push(root);
      return chain.find(({ hash }) => hash === root) ?? null;
    });
    const at = (slot: number): BeaconBlock => chain.find(({ number }) => number === slot) ?? assert.fail(`no block ${slot}`);
    return { blocks, read, at };
  }

  test("the first head is read back to the epoch before its own", async () => {
    // Otherwise the first duties are known epochs later than they could be.
    const { blocks, read, at } = chainOf(20);
    await blocks.follow(at(14));
    assert.equal(blocks.firstSlot, 8);
    assert.equal(read.length, 5, "13, 12, 11, 10, 8");
    assert.deepEqual([blocks.rootAt(14), blocks.rootAt(9), blocks.rootAt(7)], ["b14", "b8", null]);
    assert.deepEqual([blocks.at(9), blocks.at(10)?.hash], [null, "b10"]);
    assert.deepEqual(
      blocks.between(9, 11).map(({ number }) => number),
      [10, 11],
    );
  });

  test("a head that is epochs ahead begins anew, and the blocks stay without a gap", async () => {
    // Otherwise slots that were not read look like slots without a block.
    const { blocks, at } = chainOf(60);
    await blocks.follow(at(14));
    await blocks.follow(at(50));
    assert.equal(blocks.firstSlot, 44);
    assert.equal(blocks.between(0, 60).length, 7);
  });

  test("each slot passes once, some slots behind the head, and comes again where it could not be judged", async () => {
    // Otherwise missed slots and proposals are counted twice, or not at all.
    const { blocks, at } = chainOf(20);
    const passed = followPassedSlots(blocks);
    const visited: string[] = [];
    const look = (head: number, failAt?: number): Promise<void> =>
      blocks.follow(at(head)).then(() =>
        passed.each(async (slot, block) => {
          if (slot === failAt) throw new Error("no answer");
          visited.push(`${slot} ${block?.hash ?? "missed"}`);
        }),
      );
    await look(8);
    assert.deepEqual(visited, [], "what was before is not counted");
    await look(11);
    await assert.rejects(look(14, 9));
    await look(14);
    assert.deepEqual(visited, ["5 missed", "6 b6", "7 b7", "8 b8", "9 missed", "10 b10"]);
  });
});

describe("the head", () => {
  const chain = {
    genesisMs: 1_700_000_000_000,
    slotMs: 12_000,
    slotsPerEpoch: 32,
    genesisRoot: "0x0",
    network: "test",
    epochsPerSyncPeriod: 256,
    altairEpoch: 0,
    executionChain: "1",
  };

  /** A client whose head is set, and a watch of it; the recorded clock begins at genesis. */
  function watching() {
    const client = recordClient();
    const context = { ...client.context, sightings: openSightings() };
    let slot = 0;
    const block = (): BeaconBlock => ({
      ...unknownOfBlock,
      hash: `0x${slot}`,
      parent: null,
      number: slot,
      timestampMs: chain.genesisMs + slot * chain.slotMs,
      proposer: 0,
      attestations: [],
      syncBits: null,
      execution: null,
    });
    const head = async () => ({ root: `0x${slot}`, parent: "0x", slot, proposer: 0, isCanonical: true });
    const watch = openHeadWatch(context, chain, { head }, async () => block(), openRoundFlow(context, chain));
    return { client, watch, setHead: (to: number) => void (slot = to), block };
  }

  test("a block arrives when it is told of first", async () => {
    // Otherwise arrival is when the block was processed, or when it was asked for.
    const { client, watch, setHead } = watching();
    setHead(100);
    client.advance(100 * 12_000 + 800);
    watch.seen("0x100", 100);
    client.advance(900);
    watch.seen("0x100", 100);
    client.advance(5000);
    await watch.look();
    assert.equal(client.value(metrics.arrival), 0.8);
    assert.equal(client.value(metrics.headAge), 6.7);
  });

  test("a client that catches up has no arrivals, and is behind the clock", async () => {
    // Otherwise a client that reads old blocks looks as if the network were hours late.
    const { client, watch, setHead } = watching();
    setHead(100);
    client.advance(5000 * 12_000);
    watch.seen("0x100", 100);
    await watch.look();
    assert.equal(client.value(metrics.arrival), undefined);
    assert.equal(client.value(metrics.lag), 4900);
    assert.equal(client.value(metrics.network), 5000);
  });

  test("a head whose slot is not that of its block is not believed", async () => {
    // Otherwise a client, or a proxy before several, makes up a chain.
    const { client, block } = watching();
    const lying = openHeadWatch(
      { ...client.context, sightings: openSightings() },
      chain,
      { head: async () => ({ root: "0x0", parent: "0x", slot: 100, proposer: 0, isCanonical: true }) },
      async () => block(),
      openRoundFlow(client.context, chain),
    );
    await assert.rejects(lying.look(), Contradiction);
    assert.equal(lying.head, null);
    assert.deepEqual(client.values(metrics.number), {});
  });
});
