import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { maintainAll, temporaryStore } from "./temporary-store.test-support.ts";
import { noonMs } from "./ticks.test-support.ts";

describe("statements that are run again and again", () => {
  it("are prepared once, by the writer and by its readers", ({ mock }) => {
    // Wrong: each query and each stored batch keeps some KB of SQLite's memory for minutes, and a busy node's memory grows.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks: 20 });
    const reader = store.reader();
    const collected = writer.resolve({ __name__: "collected" });
    const received = writer.resolve({ __name__: "received" });
    let round = 0;
    const live = (): void => {
      const timeMs = (store.clock.wallMs = noonMs + ++round * 1000);
      store.clock.steadyMs += 1000;
      const [refs, values] = [Uint32Array.of(collected), Float64Array.of(round)];
      writer.commit(timeMs, refs, values, 1);
      writer.receive({ count: 1, refs: Uint32Array.of(received), timesMs: Float64Array.of(timeMs), values });
      maintainAll(writer, timeMs);
      reader.refresh();
      assert.equal(reader.select([], noonMs, timeMs).length, 2);
      assert.equal(reader.series([], noonMs, timeMs).length, 2);
    };
    // Batches of some minutes are sealed and merged meanwhile, so that every part has had its turn.
    for (let i = 0; i < 140; i++) live();
    const prepare = mock.method(DatabaseSync.prototype, "prepare");
    for (let i = 0; i < 140; i++) live();
    assert.deepEqual(
      prepare.mock.calls.map(({ arguments: [sql] }) => sql),
      [],
    );
  });
});
