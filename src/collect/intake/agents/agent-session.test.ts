import assert from "node:assert/strict";
import { test } from "node:test";
import type { Labels } from "../../../core/labels.ts";
import { readHead } from "../../agent-protocol/batch-decoder.ts";
import { BatchEncoder } from "../../agent-protocol/batch-encoder.ts";
import { createMemorySink } from "../scrape/memory-sink.test-support.ts";
import { AgentSession } from "./agent-session.ts";

/** The first batch of a session, with a sample of each of these series. */
function batchOf(series: readonly Labels[], timesMs: readonly number[]): Uint8Array {
  const refs = Uint32Array.from(series.keys());
  const samples = { count: refs.length, refs, timesMs: Float64Array.from(timesMs), values: new Float64Array(refs.length) };
  return new BatchEncoder(new Uint8Array(16)).encode([{ seq: 1, samples }], (ref) => series[ref], "{}").bytes;
}

test("what an agent's samples are left out for is told apart", async () => {
  // If this fails, the hub's operator looks for a broken agent where the store has no room, or the other way round.
  const long = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`l${i}`, "x".repeat(8000)] as const));
  const sink = createMemorySink({ seriesMax: 1, oldestMs: 1000, newestMs: 2000 });
  const session = new AgentSession({ id: "00", node: "n", outbox: "o", seriesMax: 100, sink });
  const named: readonly Labels[] = [
    { __name__: "a" },
    { job: "without a name" },
    { __name__: "b", ...long },
    { __name__: "c" },
  ];
  const read = await session.read(readHead(batchOf([...named, { __name__: "a", node: "n" }], [1500, 1500, 1500, 1500, 999])));
  assert.deepEqual(read.refused, { invalid: 1, label_limit: 1, series_limit: 1, too_old: 1, too_new: 0 });
  assert.equal(read.samples, 1);
  assert.notEqual(read.refusal, null);
  session.release();
  assert.equal(sink.held(), 0);
});
