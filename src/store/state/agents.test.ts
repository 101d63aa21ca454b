import assert from "node:assert/strict";
import { mkdtempDisposableSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AgentRecord } from "../../core/agent-record.ts";
import { agentStatusOf } from "../../core/agent-status.ts";
import { openAgentRegistry } from "./agents.ts";

const record: AgentRecord = {
  node: "n-1",
  type: "rpc",
  labels: { site: "a" },
  version: "1",
  samplingIntervalMs: 1000,
  state: null,
  firstSeenMs: 1000,
  lastSeenMs: 2000,
  lastSampleMs: null,
  address: "::1",
  outbox: "o",
  seq: null,
  storedSamples: 0,
  refusedSamples: 0,
  refusal: null,
};

test("what the hub writes of its agents, the others read: at once, and after a restart", () => {
  // If it fails, the fleet's page does not show who reports, or shows an agent that was removed.
  using directory = mkdtempDisposableSync(join(tmpdir(), "chainpulse-agents-"));
  const writer = openAgentRegistry(directory.path);
  const reader = openAgentRegistry(directory.path);
  try {
    assert.deepEqual(reader.list(), []);
    writer.put([{ ...record, node: "n-2" }, record]);
    assert.deepEqual(
      reader.list().map(({ node }) => node),
      ["n-1", "n-2"],
    );
    assert.deepEqual(reader.find("n-1"), record);
    writer.put([{ ...record, seq: 7 }]);
    assert.equal(reader.find("n-1")?.seq, 7);
    assert.equal(reader.list()[0]?.seq, 7);
    assert.equal(reader.forget("n-1"), true);
    assert.equal(reader.forget("n-1"), false);
    assert.equal(writer.find("n-1"), null);
    assert.deepEqual(
      writer.list().map(({ node }) => node),
      ["n-2"],
    );
  } finally {
    writer.close();
    reader.close();
  }
  const again = openAgentRegistry(directory.path);
  assert.deepEqual(again.list(), [{ ...record, node: "n-2" }]);
  again.close();
});

test("an agent is stale after some intervals, and down after a minute", () => {
  // If it fails, a node that is well alerts, or one that is dead does not.
  const after = (silentMs: number, samplingIntervalMs = 1000) =>
    agentStatusOf({ ...record, samplingIntervalMs }, record.lastSeenMs + silentMs);
  assert.deepEqual([after(10_000), after(10_001), after(60_000), after(60_001)], ["up", "stale", "stale", "down"]);
  assert.deepEqual([after(150_000, 30_000), after(299_999, 30_000), after(300_001, 30_000)], ["up", "stale", "down"]);
});
