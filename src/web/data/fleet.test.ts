import assert from "node:assert/strict";
import { test } from "node:test";
import { clockText, waitingOf, type FleetNode } from "./fleet.ts";

test("the clock is the node's against the hub's, with how sure that is", () => {
  // Wrong: somebody sets a right clock back, because the sign was the other way round.
  assert.equal(clockText({ offsetMs: -3.24, errorMs: 1.06 }), "+3.2 ms ± 1.1 ms");
  assert.equal(clockText({ offsetMs: 250.4, errorMs: 12.6 }), "-250 ms ± 13 ms");
  assert.equal(clockText({ offsetMs: 0.01, errorMs: 1 }), "0 ms ± 1 ms");
  assert.equal(clockText({ offsetMs: -90_000, errorMs: 2 }), "+90 s ± 2 ms");
});

test("what is on its way does not wait", () => {
  // Wrong: every healthy agent looks as if it lost its hub; or one that has lost it looks healthy.
  const nowMs = 100_000;
  assert.equal(waitingOf(nodeWith({ bytes: 5, oldestMs: nowMs - 2000 }), nowMs), null);
  assert.equal(waitingOf(nodeWith({ bytes: 0, oldestMs: nowMs - 60_000 }), nowMs), null);
  assert.equal(waitingOf(nodeWith({ bytes: 0, oldestMs: null }), nowMs), null);
  assert.deepEqual(waitingOf(nodeWith({ bytes: 5, oldestMs: 40_000 }), nowMs), { bytes: 5, sinceMs: 40_000 });
  assert.equal(waitingOf({ ...nodeWith({ bytes: 5, oldestMs: 40_000 }), agent: null }, nowMs), null);
});

function nodeWith(buffer: { readonly bytes: number; readonly oldestMs: number | null }): FleetNode {
  const state = { clock: null, buffer: { ...buffer, maxBytes: 10 }, droppedSamples: 0, gap: null, tlsGroup: null };
  const agent = {
    firstSeenMs: 0,
    lastSeenMs: 0,
    address: "",
    samplingIntervalMs: 1000,
    storedSamples: 0,
    refusedSamples: 0,
    refusal: null,
    state,
  };
  return { id: "a", type: "other", labels: {}, role: "agent", version: null, status: "up", lastSampleMs: null, agent };
}
