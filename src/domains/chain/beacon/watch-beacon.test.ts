import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import { describe, test, type TestContext } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { unknownOfBlock } from "../blocks/block-report.ts";
import { flowSpans } from "../../../core/flow-names.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import { openSightings } from "../blocks/sightings.ts";
import { clientMetrics as c } from "../client/metrics.ts";
import { consensusMetrics as v } from "../consensus/metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { type EpochParticipation, openAttestationDuty } from "./attestation-duty.ts";
import { keepCanonicalBlocks } from "./canonical-blocks.ts";
import type { Committees } from "./committees.ts";
import { knownValidators } from "./own-validators.ts";
import type { BeaconBlock } from "./read-block.ts";
import type { Attestation, SettledSlot } from "./settle-slot.ts";
import { watchBeacon } from "./watch-beacon.ts";

describe("attestations", () => {
  const slotsPerEpoch = 4;
  const epochs = 6;
  const time = { genesisMs: 0, slotMs: 1000, slotsPerEpoch };
  const slots = epochs * slotsPerEpoch;

  /** What one validator does in one epoch: `delay` slots pass until its attestation can be in a block; `null`: it does not attest. */
  interface Act {
    readonly delay: number | null;
    readonly isHeadRight: boolean;
    readonly isTargetRight: boolean;
  }

  interface Scenario {
    readonly validators: number;
    /** Of each slot: whether it has a block, and whether another block was there first, which was orphaned. */
    readonly slots: readonly { readonly hasBlock: boolean; readonly hasOrphan: boolean }[];
    /** By epoch and validator. */
    readonly acts: readonly (readonly Act[])[];
    readonly isElectra: boolean;
  }

  const act: fc.Arbitrary<Act> = fc.record({
    delay: fc.option(fc.constantFrom(1, 1, 1, 2, 3, 5), { freq: 4 }),
    isHeadRight: fc.boolean(),
    isTargetRight: fc.boolean(),
  });
  const scenarios: fc.Arbitrary<Scenario> = fc.integer({ min: 8, max: 19 }).chain((validators) =>
    fc.record({
      validators: fc.constant(validators),
      slots: fc.array(
        fc.record({ hasBlock: fc.constantFrom(true, true, true, false), hasOrphan: fc.constantFrom(true, false, false) }),
        {
          minLength: slots,
          maxLength: slots,
        },
      ),
      acts: fc.array(fc.array(act, { minLength: validators, maxLength: validators }), { minLength: epochs, maxLength: epochs }),
      isElectra: fc.boolean(),
    }),
  );

  /** Two committees for each slot; who sits where changes with the epoch. */
  function committeesAt(slot: number, validators: number): Committees {
    const epoch = Math.floor(slot / slotsPerEpoch);
    const members = Array.from({ length: validators }, (_, place) => (place + epoch * 3) % validators);
    return [0, 1].map((index) => {
      const first = (slot % slotsPerEpoch) * 2 + index;
      return members.filter((_, place) => place % (slotsPerEpoch * 2) === first).map(String);
    });
  }

  const rootOf = (slot: number): string => `block-${slot}`;

  interface Model {
    readonly distance: number | null;
    readonly head: boolean;
    readonly target: boolean;
  }

  /** The chain of a scenario, and by `epoch/validator` what the specification makes of it. */
  function build({ validators, slots: plan, acts, isElectra }: Scenario) {
    const hasBlock = (slot: number): boolean => slot === 0 || plan[slot]?.hasBlock === true;
    const newest = (slot: number): number => {
      let at = slot;
      while (!hasBlock(at)) at--;
      return at;
    };
    const model = new Map<string, Model>();
    const attestations = new Map<number, Attestation[]>();
    for (let slot = 0; slot < slots; slot++) {
      const epoch = Math.floor(slot / slotsPerEpoch);
      const committees = committeesAt(slot, validators);
      const seats = committees.flatMap((members, index) => members.map((member) => ({ index, member: Number(member) })));
      for (const { index, member } of seats) {
        const { delay, isHeadRight, isTargetRight } = acts[epoch]?.[member] ?? {
          delay: null,
          isHeadRight: false,
          isTargetRight: false,
        };
        let block: number | null = delay === null ? null : slot + delay;
        while (block !== null && block < slots && !hasBlock(block)) block++;
        if (block !== null && block >= Math.min(slots, (epoch + 2) * slotsPerEpoch)) block = null;
        const distance = block === null ? null : block - slot;
        const target = isTargetRight && distance !== null;
        model.set(`${epoch}/${member}`, { distance, target, head: target && isHeadRight && distance === 1 });
        if (block === null) continue;
        const part = isElectra ? seats : seats.filter((seat) => seat.index === index);
        const bits = new Uint8Array(Math.ceil((part.length + 1) / 8));
        for (const bit of [part.findIndex((seat) => seat.member === member), part.length])
          bits[bit >> 3] = (bits[bit >> 3] ?? 0) | (1 << (bit & 7));
        attestations.set(block, [
          ...(attestations.get(block) ?? []),
          {
            slot,
            committees: isElectra ? [...committees.keys()] : [index],
            bits,
            head: isHeadRight ? rootOf(newest(slot)) : "elsewhere",
            target: isTargetRight ? rootOf(newest(epoch * slotsPerEpoch)) : "elsewhere",
          },
        ]);
      }
    }
    const blockAt = (slot: number, hash: string, own: readonly Attestation[]): BeaconBlock => ({
      ...unknownOfBlock,
      hash,
      parent: slot === 0 ? null : rootOf(newest(slot - 1)),
      number: slot,
      timestampMs: slot * 1000,
      proposer: 0,
      attestations: own,
      syncBits: null,
      execution: null,
    });
    const heads = Array.from({ length: slots }, (_, slot) => [
      ...(plan[slot]?.hasOrphan === true && slot > 0 ? [blockAt(slot, `orphan-${slot}`, [])] : []),
      ...(hasBlock(slot) ? [blockAt(slot, rootOf(slot), attestations.get(slot) ?? [])] : []),
    ]).flat();
    return { model, heads };
  }

  async function judge(scenario: Scenario, firstHead: number) {
    const { model, heads } = build(scenario);
    const blocks = keepCanonicalBlocks(time, async (root) => heads.find(({ hash }) => hash === root) ?? null);
    const settled: SettledSlot[] = [];
    const participation: EpochParticipation[] = [];
    const ids = Array.from({ length: scenario.validators }, (_, index) => index);
    const own = knownValidators(
      [{ name: "all", indices: ids, pubkeys: [] }],
      ids.map((index) => ({
        index,
        balance: "1",
        status: "active_ongoing",
        validator: { pubkey: `key-${index}`, slashed: index === 3 },
      })),
    );
    const asked: number[] = [];
    const duty = openAttestationDuty({
      time,
      blocks,
      own: () => own,
      api: {
        async committees(_, slot) {
          const epoch = Math.floor(slot / slotsPerEpoch);
          assert.ok(
            Math.abs(epoch - Math.floor((blocks.head?.number ?? 0) / slotsPerEpoch)) <= 1,
            "the head's state does not know these",
          );
          asked.push(slot);
          return committeesAt(slot, scenario.validators);
        },
      },
      onSlot: (slot) => settled.push(slot),
      onEpoch: (epoch) => participation.push(epoch),
      onContradiction: (contradiction) => assert.fail(contradiction.message),
      onSkipped: () => undefined,
    });
    for (const head of heads.filter(({ number }) => number >= firstHead)) {
      await blocks.follow(head);
      for (let look = 0; look < 3; look++) await duty.look();
    }
    return { model, heads, settled, participation, asked };
  }

  test("own validators' attestations are judged as the chain has them, through missed slots and reorganisations", async () => {
    // Otherwise operators are told of misses that were none, or are not told of those that were.
    await fc.assert(
      fc.asyncProperty(scenarios, fc.nat(slots / 2), async (scenario, firstHead) => {
        const { model, heads, settled, participation, asked } = await judge(scenario, firstHead);
        assert.equal(new Set(asked).size, asked.length, "no slot is asked for twice");
        for (const { slot, own } of settled) {
          const epoch = Math.floor(slot / slotsPerEpoch);
          const members = committeesAt(slot, scenario.validators).flat().map(Number);
          assert.deepEqual(
            own.map(({ validator }) => validator),
            members.filter((member) => member !== 3),
            "all but the slashed one",
          );
          for (const { validator, distance, right } of own) {
            const { head, target } = right;
            assert.deepEqual(
              { distance, head, target },
              model.get(`${epoch}/${validator}`),
              `slot ${slot}, validator ${validator}`,
            );
          }
        }
        for (const { epoch, shares } of participation) {
          const outcomes = [...model].filter(([key]) => key.startsWith(`${epoch}/`)).map(([, outcome]) => outcome);
          assert.equal(shares.any, outcomes.filter(({ distance }) => distance !== null).length / scenario.validators);
          assert.equal(shares.target, outcomes.filter(({ target }) => target).length / scenario.validators);
          assert.equal(shares.head, outcomes.filter(({ head }) => head).length / scenario.validators);
        }
        // What has to be judged: from the epoch before the first head on, as far as its first slot's ancestors are known, until two before the last.
        const seen = heads.filter(({ number }) => number >= firstHead);
        const lastEpoch = Math.floor((seen.at(-1)?.number ?? 0) / slotsPerEpoch);
        const judged = [...new Set(settled.map(({ slot }) => Math.floor(slot / slotsPerEpoch)))];
        assert.deepEqual(
          judged,
          participation.map(({ epoch }) => epoch),
        );
        const isDense = scenario.slots.every(({ hasBlock }) => hasBlock);
        const firstEpoch = Math.max(0, Math.floor(firstHead / slotsPerEpoch) - 1);
        const due = Array.from({ length: Math.max(0, lastEpoch - 1 - firstEpoch) }, (_, index) => firstEpoch + index);
        if (isDense) assert.deepEqual(judged, due);
      }),
      { numRuns: 40 },
    );
  });

  test("a chain without gaps is judged epoch by epoch, and none is left out", async () => {
    // Otherwise duties are only judged now and then, and nobody notices.
    const fine: Act = { delay: 1, isHeadRight: true, isTargetRight: true };
    const { settled, participation } = await judge(
      {
        validators: 16,
        slots: Array.from({ length: slots }, () => ({ hasBlock: true, hasOrphan: false })),
        acts: Array.from({ length: epochs }, () => Array.from({ length: 16 }, () => fine)),
        isElectra: true,
      },
      0,
    );
    assert.deepEqual(
      participation,
      [0, 1, 2, 3].map((epoch) => ({ epoch, shares: { any: 1, source: 1, target: 1, head: 1 } })),
    );
    assert.equal(settled.length, 4 * slotsPerEpoch);
  });
});

describe("the whole watch", () => {
  const fixture = z
    .object({ heads: z.array(z.string()), answers: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(new URL("./fixtures/lodestar-1.5.1-devnet.json", import.meta.url), "utf8")));
  const genesisMs = 1_795_686_624_000;
  const slotMs = 6000;
  const firstSlot = 64;

  const headerOf = (root: string): unknown => {
    const shape = z.object({
      data: z.object({ message: z.object({ slot: z.string(), proposer_index: z.string(), parent_root: z.string() }) }),
    });
    const { message } = shape.parse(fixture.answers[`eth/v2/beacon/blocks/${root}`]).data;
    return { data: { root, canonical: true, header: { message } } };
  };

  /** Serves the captured answers, with the head that is set; counts what it is asked. */
  async function serveLodestar(t: TestContext) {
    const answers = new Map(Object.entries(fixture.answers));
    const streams = new Set<ServerResponse>();
    let head = 0;
    let isAway = false;
    const server = createServer((request, response) => {
      const path = (request.url ?? "").slice(1);
      if (isAway) return void response.writeHead(500).end();
      if (path.startsWith("eth/v1/events")) {
        streams.add(response.writeHead(200, { "content-type": "text/event-stream" }));
        response.flushHeaders();
        return;
      }
      const answer =
        path === "eth/v1/beacon/headers/head"
          ? headerOf(fixture.heads[head] ?? "")
          : answers.get(path.replace("node/peers", "lodestar/peers"));
      response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? { code: 404 }));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    return {
      url: new URL(`http://127.0.0.1:${address.port}`),
      streams,
      answers,
      /** The head is in this slot; its event is told. */
      advance(slot: number): void {
        head = slot - firstSlot;
        const block = fixture.heads[head];
        for (const stream of streams) stream.write(`event: block\ndata: {"slot":"${slot}","block":"${block}"}\n\n`);
      },
      setAway(now: boolean): void {
        isAway = now;
      },
      /** Looks after each request whether it has come to that. */
      async reached(condition: () => boolean): Promise<void> {
        for (let requests = 0; !condition(); requests++) {
          assert.ok(requests < 5000, "it did not come to that");
          await once(server, "request");
        }
      },
    };
  }

  function watch(url: URL) {
    const client = recordClient({ name: "bn", rpc: { url, timeoutMs: 10_000 } });
    let nowMs = genesisMs + firstSlot * slotMs + 2000;
    const context = {
      ...client.context,
      sightings: openSightings(),
      clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
      chain: { ...client.context.chain, poll_interval_ms: 1 },
    };
    return {
      client,
      setTime: (slot: number, ms: number) => void (nowMs = genesisMs + slot * slotMs + ms),
      done: watchBeacon(context),
    };
  }

  test("head, arrival, finality, status and peers are what the client says", async (t) => {
    // Otherwise the parts work, and nobody is told.
    const server = await serveLodestar(t);
    const { client, setTime, done } = watch(server.url);
    const headIs = (slot: number) => () => client.values(b.number)["block.tag=head"] === slot;
    await server.reached(() => headIs(64)() && server.streams.size > 0 && client.value(c.subscriptionAge) !== undefined);
    assert.equal(client.value(b.arrival), undefined, "nobody saw it come");
    setTime(65, 350);
    server.advance(65);
    await server.reached(headIs(65));
    assert.equal(client.value(b.arrival), 0.35);
    assert.equal(client.value(b.interval), 6);
    for (const stream of server.streams) stream.write('event: finalized_checkpoint\ndata: {"epoch":"9"}\n\n');
    await server.reached(() => client.spans(flowSpans.blockFinalize).length === 1);
    const [propose] = client.spans(flowSpans.blockPropose);
    assert.equal(propose?.endNs, BigInt(genesisMs + 65 * slotMs + 350) * 1_000_000n);
    assert.deepEqual(client.spans(flowSpans.blockFinalize)[0]?.traceId, propose.traceId);
    assert.equal(client.value(b.lag), 0);
    setTime(67, 0);
    await server.reached(() => client.value(b.lag) === 2);
    await server.reached(
      () => Object.keys(client.values(v.epoch)).length === 3 && client.value(b.syncing) === 0 && client.answers() > 0,
    );
    // The status is of the end of the capture, three epochs later.
    assert.deepEqual(client.values(v.epoch), { "epoch.tag=current": 8, "epoch.tag=justified": 10, "epoch.tag=finalized": 8 });
    assert.equal(client.value(v.engineUp), undefined, "Lodestar 1.5.1 does not say it");
    await server.reached(() => client.values(p.count)["peer.direction=inbound"] === 1);
    await server.reached(() => client.identities.length > 0);
    assert.deepEqual(client.identities, [{ version: "Lodestar/v1.5.1/2115aa7", network: "minimal" }]);
    client.close();
    await done;
  });

  test("a client that goes away has no values, and a chain that was made anew is another one", async (t) => {
    // Otherwise a client that is down looks alive, or a devnet that was started anew looks like a reorganisation.
    const server = await serveLodestar(t);
    const { client, done } = watch(server.url);
    await server.reached(() => client.values(b.number)["block.tag=head"] === 64);
    server.setAway(true);
    await server.reached(() => Object.keys(client.values(b.number)).length === 0);
    const genesis = z.object({ data: z.looseObject({}) }).parse(server.answers.get("eth/v1/beacon/genesis"));
    server.answers.set("eth/v1/beacon/genesis", { data: { ...genesis.data, genesis_validators_root: `0x${"ab".repeat(32)}` } });
    server.setAway(false);
    server.advance(70);
    await server.reached(() => client.values(b.number)["block.tag=head"] === 70);
    assert.deepEqual([client.value(b.reorgs), client.value(b.blocks)], [0, 0], "the first block of another chain");
    client.close();
    await done;
  });
});
