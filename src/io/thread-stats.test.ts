import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createThreadTable, markThreadEnded, publishThread, readThreads } from "./thread-stats.ts";

describe("thread statistics", () => {
  // If these fail, ChainPulse's own cost is shown wrong, or a thread that has ended is shown as alive.
  it("shows the figures of threads that run, and only those", () => {
    const table = createThreadTable();
    assert.deepEqual(readThreads(table), []);
    const end = publishThread(table, "data");
    const [facts, ...others] = readThreads(table);
    assert.deepEqual(others, []);
    assert.equal(facts?.thread, "data");
    assert.ok(facts.cpuUserSeconds > 0 && facts.heapUsedBytes > 1e6 && facts.heapLimitBytes > facts.heapTotalBytes);
    end();
    assert.deepEqual(readThreads(table), []);
  });

  it("can be told that a thread was ended", () => {
    const table = createThreadTable();
    const end = publishThread(table, "query");
    markThreadEnded(table, "query");
    assert.deepEqual(readThreads(table), []);
    end();
  });
});
