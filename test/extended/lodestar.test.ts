/**
 * A real consensus network, two beacon nodes and two validator clients of Lodestar, watched by a ChainPulse as users start it: head, finality,
 * participation, arrival of blocks, garbage collection; and when validators are killed, each of their missed duties by name, compared slot by slot with what
 * another way of asking the Beacon API gives.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { z } from "zod";
import { expandQuery, select } from "../../src/core/promql-text.ts";
import { blockMetrics } from "../../src/domains/chain/blocks/metrics.ts";
import { clientMetrics } from "../../src/domains/chain/client/metrics.ts";
import { consensusMetrics } from "../../src/domains/chain/consensus/metrics.ts";
import { chainRuntimeMetrics } from "../../src/domains/chain/runtime/metrics.ts";
import { startChainPulse } from "../browser/support/server.ts";
import { type BeaconTruth, beaconTruth, type EpochDuties, type Miss } from "./support/beacon-truth.ts";
import { type BeaconNode, installLodestar, type ValidatorClient } from "./support/lodestar.ts";
import { type ToldSpan, toldSpans } from "./support/hub-traces.ts";
import { until } from "./support/peer.ts";
import { ask } from "./support/prometheus-api.ts";

/** Of the minimal preset; its slots have six seconds. */
const slotsPerEpoch = 8;
const secondsPerSlot = 5;
const validators = 64;
/** All programs have to be there by then: a node whose head is more than an epoch old gives its validators nothing to do. */
const secondsUntilGenesis = 40;

const eventsAnswer = z.object({
  events: z.array(
    z.object({
      subject: z.string(),
      key: z.string(),
      fields: z.record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()), z.record(z.string(), z.number())]),
      ),
    }),
  ),
  next: z.string().nullable(),
});

test("a network of Lodestars is seen as it is, and validators that are killed are missed by name", async (t) => {
  // Otherwise all that is said of duties is true of recordings only.
  const lodestar = await installLodestar();
  using place = mkdtempDisposableSync(join(tmpdir(), "chainpulse-lodestar-"));
  const directory = (name: string): string => {
    mkdirSync(join(place.path, name));
    return join(place.path, name);
  };
  const genesisTime = Math.ceil(Date.now() / 1000) + secondsUntilGenesis;
  const network = { validators, genesisTime, secondsPerSlot };
  const slotNow = (): number => Math.floor((Date.now() / 1000 - genesisTime) / secondsPerSlot);
  const untilSlot = (slot: number): Promise<void> => until(`slot ${slot}`, () => slotNow() >= slot);
  const [one, two] = await Promise.all([
    lodestar.beaconNode({ ...network, directory: directory("one") }),
    lodestar.beaconNode({ ...network, directory: directory("two") }),
  ]);
  await using first: BeaconNode = one;
  await using second: BeaconNode = two;
  await second.connectTo(first);
  const clientOf = (name: string, keys: string): Promise<ValidatorClient> =>
    lodestar.validators({ directory: directory(name), secondsPerSlot, keys, beacon: first });
  const [homeClient, cloudClient] = await Promise.all([clientOf("home", "0..55"), clientOf("cloud", "56..63")]);
  await using home: ValidatorClient = homeClient;
  await using cloud: ValidatorClient = cloudClient;

  const group = (name: string, from: number, to: number) => ({
    name,
    indices: Array.from({ length: to - from + 1 }, (_, index) => from + index),
  });
  const config = {
    node: { id: "node-1" },
    chain: {
      discover: false,
      clients: [
        { name: "one", kind: "lodestar", rpc_url: first.url, metrics_url: first.metricsUrl },
        { name: "two", kind: "auto", rpc_url: second.url, metrics_url: second.metricsUrl },
        { name: "home", kind: "lodestar-vc", metrics_url: home.metricsUrl },
        { name: "cloud", kind: "lodestar-vc", metrics_url: cloud.metricsUrl },
      ],
      validators: [group("home", 0, 55), group("cloud", 56, 63)],
    },
  };
  const server = await startChainPulse({ config: JSON.stringify({ performance_monitoring: config }) });
  t.after(() => server.stop());

  /** Value now; `null` where there is none. */
  const value = async (selector: string): Promise<number | null> => {
    const query = expandQuery(selector, { node: "node-1", stepMs: null, samplingIntervalMs: 1000 });
    const { data } = await ask(server.origin, "query", { query });
    assert.ok(data?.resultType === "vector");
    const [element] = data.result;
    return element === undefined ? null : Number(element.value[1]);
  };
  const events = async (kind: string, subject: string) => {
    const all: z.infer<typeof eventsAnswer>["events"] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ kind, subject, limit: "500", ...(cursor === null ? {} : { cursor }) });
      const answer = await fetch(`${server.origin}/api/v1/performance/nodes/node-1/events?${query.toString()}`);
      assert.equal(answer.status, 200, await answer.clone().text());
      const page: z.infer<typeof eventsAnswer> = eventsAnswer.parse(await answer.json());
      all.push(...page.events);
      cursor = page.next;
    } while (cursor !== null);
    return all;
  };
  const truth = beaconTruth(first.url, validators);
  // The newest block of both, as they say themselves.
  const headOf = async (url: string): Promise<number> => {
    const answer = await fetch(`${url}/eth/v1/beacon/headers/head`);
    const shape = z.object({ data: z.object({ header: z.object({ message: z.object({ slot: z.string() }) }) }) });
    return Number(shape.parse(await answer.json()).data.header.message.slot);
  };
  for (const [name, node] of [
    ["one", first],
    ["two", second],
  ] as const) {
    await until(`the head of ${name}`, async () => {
      const head = await headOf(node.url);
      return head > 0 && (await value(select(blockMetrics.number, { "chain.client": name, "block.tag": "head" }))) === head;
    });
  }

  const epoch = Math.floor(slotNow() / slotsPerEpoch) + 1;
  const firstSlot = epoch * slotsPerEpoch;
  const lastSlot = firstSlot + slotsPerEpoch - 1;
  await untilSlot(firstSlot + 1);
  const duties = await truth.dutiesOf(epoch);
  await untilSlot(firstSlot + 2);
  await cloud.kill();
  await until("it is told that the validator client is away", async () => {
    const told = await events("chain.client", "cloud");
    return told.some(({ fields }) => fields["what"] === "down");
  });
  await until("its series say so, too", async () => (await value(select(clientMetrics.up, { "chain.client": "cloud" }))) === 0);

  // With the first block of the epoch after the next, this one is over.
  await untilSlot(firstSlot + slotsPerEpoch);
  await untilSlot(firstSlot + 2 * slotsPerEpoch);
  await until("the next epoch has a block", async () => (await headOf(first.url)) > lastSlot + slotsPerEpoch);
  const missed = {
    attestation: await truth.missedAttestations(duties, lastSlot + slotsPerEpoch),
    proposal: await truth.missedProposals(duties),
    sync_committee: await missedSigning(truth, duties, firstSlot, lastSlot),
  };
  assert.ok(
    missed.attestation.some(({ validator }) => validator >= 56),
    "nobody was away",
  );
  for (const name of ["one", "two"]) {
    const told = async (duty: Miss["duty"]): Promise<readonly string[]> => {
      // A block holds what was signed in the slot before it.
      const from = duty === "sync_committee" ? firstSlot - 1 : firstSlot;
      return (await events("chain.duty", name))
        .map(({ fields }) => fields)
        .filter(({ slot }) => Number(slot) >= from && Number(slot) < from + slotsPerEpoch)
        .filter((fields) => fields["duty"] === duty)
        .map(({ slot, validator }) => `${Number(slot)}/${Number(validator)}`)
        .sort();
    };
    for (const duty of ["attestation", "proposal", "sync_committee"] as const) {
      const names = missed[duty].map(({ slot, validator }) => `${slot}/${validator}`).sort();
      await until(`${name} tells of ${duty}`, async () => (await told(duty)).length >= names.length);
      assert.deepEqual(await told(duty), names, `${duty}, as ${name} has it`);
    }
    const participation = select(consensusMetrics.participation, { "chain.client": name, "attestation.vote": "any" });
    const included = 1 - missed.attestation.length / validators;
    await until(`${name} has a participation of ${included}`, async () => (await value(participation)) === included);
  }

  // Final is what the clients say is final; with most validators there, that moves. The first two epochs cannot become final.
  await untilSlot(4 * slotsPerEpoch + 1);
  const finality = z.object({ data: z.object({ finalized: z.object({ epoch: z.string() }) }) });
  await until("what is final is seen", async () => {
    const answer = await fetch(`${first.url}/eth/v1/beacon/states/head/finality_checkpoints`);
    const finalized = Number(finality.parse(await answer.json()).data.finalized.epoch);
    return (
      finalized > 0 &&
      (await value(select(consensusMetrics.epoch, { "chain.client": "one", "epoch.tag": "finalized" }))) === finalized
    );
  });

  // What is final was proposed, attested and justified before, and its trace says when, for both.
  const rootAnswer = z.object({ data: z.object({ root: z.string() }) });
  const roundsOf = async (slot: number): Promise<readonly ToldSpan[]> => {
    const block = await fetch(`${first.url}/eth/v1/beacon/blocks/${slot}/root`);
    if (!block.ok) return [];
    const { root } = rootAnswer.parse(await block.json()).data;
    const trace = await fetch(`${server.origin}/api/v1/performance/traces/${root.slice(2, 34)}`);
    return trace.ok ? toldSpans(await trace.json()) : [];
  };
  const stages = ["block.propose", "block.attest", "block.justify", "block.finalize"];
  await until("a block has been through all rounds at both", async () => {
    for (let slot = firstSlot; slot <= lastSlot; slot++) {
      const spans = await roundsOf(slot);
      const ends = ["one", "two"].map((name) =>
        stages.map((stage) => spans.find((span) => span.name === stage && span.attributes.get("chain.client") === name)?.endMs),
      );
      if (ends.flat().includes(undefined)) continue;
      for (const times of ends)
        assert.deepEqual(
          times,
          times.toSorted((a, b) => Number(a) - Number(b)),
        );
      const begins = spans.filter(({ name }) => name === "block.propose").map(({ startMs }) => startMs);
      assert.deepEqual(begins, Array(2).fill((genesisTime + slot * secondsPerSlot) * 1000));
      return true;
    }
    return false;
  });

  // Each block was seen at both: at one of them first, and at the other some time later.
  const seen = await Promise.all(
    ["one", "two"].map(async (name) => ({
      count: Number(await value(select(blockMetrics.propagated, { "chain.client": name, "propagation.of": "block" }))),
      time: Number(await value(select(blockMetrics.propagationTime, { "chain.client": name, "propagation.of": "block" }))),
      arrival: await value(select(blockMetrics.arrival, { "chain.client": name })),
    })),
  );
  const [atOne, atTwo] = seen;
  assert.ok(atOne !== undefined && atTwo !== undefined && atOne.count > slotsPerEpoch);
  assert.ok(Math.abs(atOne.count - atTwo.count) <= 1, "a block that one of them is about to have");
  const meanDifference = (atOne.time + atTwo.time) / atOne.count;
  assert.ok(meanDifference > 0 && meanDifference < secondsPerSlot, `blocks come ${meanDifference} s later to the other`);
  for (const { arrival } of seen) assert.ok(arrival !== null && arrival > 0 && arrival < secondsPerSlot);

  // What only their own metrics tell.
  for (const name of ["one", "two", "home"]) {
    assert.ok(
      Number(await value(select(chainRuntimeMetrics.gcTime, { "chain.client": name }))) > 0,
      `${name} collects garbage`,
    );
  }
  assert.ok(Number(await value(select(blockMetrics.processed, { "chain.client": "two", "block.phase": "total" }))) > 0);
  assert.ok(Number(await value(select(consensusMetrics.published, { "chain.client": "home", duty: "attestation" }))) > 0);
});

async function missedSigning(
  truth: BeaconTruth,
  duties: EpochDuties,
  firstSlot: number,
  lastSlot: number,
): Promise<readonly Miss[]> {
  const misses: Miss[] = [];
  for (let slot = firstSlot; slot <= lastSlot; slot++) misses.push(...(await truth.missedSigning(duties, slot)));
  return misses;
}
