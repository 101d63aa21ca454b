import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentRecord, AgentState, ClockOffset } from "../../../core/agent-record.ts";
import { AgentBook } from "./agent-book.ts";

const nowMs = 1_764_000_000_000;

function bookWith(clock: ClockOffset | null): AgentBook {
  const records: AgentRecord[] = [];
  const registry = { list: () => records, find: () => null, put: () => undefined, forget: () => false, close: () => undefined };
  const book = new AgentBook({ registry, annotate: () => assert.fail("nothing was lost") });
  const about = { type: "validator", labels: {}, version: "0.1.0", samplingIntervalMs: 1000 } as const;
  book.greet("n-1", { ...about, address: "", outbox: "o" }, nowMs - 5000);
  const buffer: AgentState["buffer"] = { bytes: 0, maxBytes: 1, oldestMs: null };
  const state: AgentState = { clock, buffer, droppedSamples: 0, gap: null, tlsGroup: null };
  book.stored("n-1", { nowMs, seq: 1, state, newestMs: nowMs, samples: 1, refusedSamples: 0, refusal: null });
  return book;
}

test("an agent's clock is known for other times than the one it was told for, the less surely the further they are", () => {
  // If it fails, spans that waited for a day while the hub was away are put where the clock is now, as if that were sure.
  const atMs = nowMs - 700;
  const book = bookWith({ offsetMs: 700, errorMs: 2, atMs, drift: { ppm: 100, errorPpm: 5 } });
  assert.deepEqual(book.clockAt("n-1", atMs), { offsetMs: 700, errorMs: 2, atMs, drift: { ppm: 100, errorPpm: 5 } });
  assert.equal(book.clockNow("n-1", nowMs)?.offsetMs, 700);
  const then = book.clockAt("n-1", atMs - 10_000_000);
  assert.deepEqual(
    [then?.offsetMs, then?.errorMs].map((ms) => Math.round(ms ?? 0)),
    [700 - 1000, 2 + 200],
  );
  assert.equal(book.clockAt("n-2", atMs), null);
  assert.equal(bookWith(null).clockNow("n-1", nowMs), null);
});

test("an older agent's clock is taken to be of its last batch", () => {
  // If it fails, a fleet that is updated one by one has no clocks.
  const told = bookWith({ offsetMs: -300, errorMs: 1 }).clockAt("n-1", nowMs + 300 + 1_000_000);
  assert.deepEqual([told?.offsetMs, told?.errorMs], [-300, 16]);
});
