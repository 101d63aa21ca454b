import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { listPartitions } from "../partition/partition-files.ts";
import { openReader } from "../reader.ts";
import {
  openDamaged,
  readStore,
  samplesOf,
  samplesUpTo,
  commitTick,
  tickMs,
  timeOf,
  withStore,
} from "./damaged-store.test-support.ts";
import { keepLines } from "../log-lines.test-support.ts";
import { quietLogger } from "../ticks.test-support.ts";

const ticks = 56;

/** Opens a copy of the files as they are now, as the next start would, and compares it with what was committed up to `newest`. */
function reopen(dataDir: string, newest: number, point: string): void {
  const expected = samplesUpTo(newest);
  withStore(readStore(dataDir), new Map(), (copy) => {
    const { logger, lines } = keepLines();
    const writer = openDamaged(copy, logger, { clock: { nowMs: () => timeOf(newest), monotonicMs: () => 0 } });
    const reader = openReader({ dataDir: copy, logger });
    try {
      assert.deepEqual(samplesOf(reader), expected, point);
      while (writer.maintain(timeOf(newest), 0));
      reader.refresh();
      assert.deepEqual(samplesOf(reader), expected, `${point}, after upkeep`);
      const told = lines.filter(({ level }) => level === "error" || level === "warn");
      assert.deepEqual(told, [], point);
    } finally {
      reader.close();
      writer.close();
    }
  });
}

describe("a kill between two steps of upkeep", () => {
  it("leaves the old state or the new one: while sealing, merging, building tiers and deleting", () => {
    // Samples would be lost or doubled by a kill at the wrong moment, or the store would not open again.
    const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-crash-"));
    let tick = 0;
    const clock = { nowMs: () => timeOf(tick), monotonicMs: () => tick * tickMs };
    const writer = openDamaged(dataDir, quietLogger, { retentionDays: 0.4, clock });
    try {
      const oldest = new Set<string>();
      let steps = 0;
      let crashes = 0;
      for (; tick < ticks; tick++) {
        commitTick(writer, tick);
        // Not to its end: upkeep that has begun goes on in the next turn, with ticks in between.
        for (let step = 0; step < 12 && writer.maintain(timeOf(tick), 0); step++) {
          if (steps++ % 7 !== 0) continue;
          reopen(dataDir, tick, `tick ${tick}, step ${step}`);
          crashes++;
        }
        oldest.add(listPartitions(dataDir)[0]?.path ?? "");
      }
      assert.ok(crashes > 20, `${crashes} crashes`);
      assert.ok(oldest.size > 1, "retention has deleted nothing");
    } finally {
      writer.close();
      rmSync(dataDir, { recursive: true });
    }
  });
});
