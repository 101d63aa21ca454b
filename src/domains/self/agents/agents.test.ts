import assert from "node:assert/strict";
import { test } from "node:test";
import { noRuntime, openRecorded, testConfig } from "../../../../test/support/collect-context.ts";
import type { AgentRecord } from "../../../core/agent-record.ts";
import { agentsCollector } from "./agents-collector.ts";

const record: AgentRecord = {
  node: "n-1",
  type: "rpc",
  labels: {},
  version: "1",
  samplingIntervalMs: 1000,
  state: {
    clock: { offsetMs: -250, errorMs: 3 },
    buffer: { bytes: 10, maxBytes: 100, oldestMs: null },
    droppedSamples: 7,
    gap: null,
    tlsGroup: null,
  },
  firstSeenMs: 1000,
  lastSeenMs: 100_000,
  lastSampleMs: null,
  address: "::1",
  outbox: "o",
  seq: 1,
  storedSamples: 50,
  refusedSamples: 2,
  refusal: null,
};

test("what a hub knows of its agents is measured, also of one that is silent, and ends with the agent", async () => {
  // If it fails, nobody is told that an agent is down, or one that was removed alerts for ever.
  let agents: readonly AgentRecord[] = [record, { ...record, node: "n-2", state: null, lastSeenMs: 1000 }];
  const collector = await openRecorded(agentsCollector, testConfig(), { ...noRuntime, agents: () => agents });
  assert.deepEqual(await collector.tick(101_000), {
    'chainpulse.agent.up{agent="n-1"}': 1,
    'chainpulse.agent.seen{agent="n-1"}': 100,
    'chainpulse.agent.samples.stored{agent="n-1"}': 50,
    'chainpulse.agent.samples.refused{agent="n-1"}': 2,
    'chainpulse.agent.buffer.size{agent="n-1"}': 10,
    'chainpulse.agent.buffer.limit{agent="n-1"}': 100,
    'chainpulse.agent.samples.dropped{agent="n-1"}': 7,
    'chainpulse.agent.clock.offset{agent="n-1"}': -0.25,
    'chainpulse.agent.clock.error{agent="n-1"}': 0.003,
    'chainpulse.agent.up{agent="n-2"}': 0,
    'chainpulse.agent.seen{agent="n-2"}': 1,
    'chainpulse.agent.samples.stored{agent="n-2"}': 50,
    'chainpulse.agent.samples.refused{agent="n-2"}': 2,
  });
  agents = [];
  assert.deepEqual(await collector.tick(116_000), {});
  assert.equal(collector.liveSeries.size, 0);
});
