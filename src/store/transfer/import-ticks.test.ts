import assert from "node:assert/strict";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { mountDisk } from "../faults/mounted-disk.test-support.ts";
import { partitionFile, samplesDir } from "../partition/partition-files.ts";
import { openReader } from "../reader.ts";
import { temporaryStore } from "../temporary-store.test-support.ts";
import { noonMs, quietLogger } from "../ticks.test-support.ts";
import { openWriter } from "../writer.ts";
import { openBackfill } from "./import-ticks.ts";

const dayMs = 86_400_000;
const noonBeforeMs = noonMs - dayMs;

function open(dataDir: string): ReturnType<typeof openBackfill> {
  return openBackfill({ dataDir, logger: quietLogger, maxSeries: 1e6, maxSeriesPerNode: 1e5 });
}

function samplesIn(dataDir: string): number {
  const reader = openReader({ dataDir, logger: quietLogger });
  try {
    return reader.select([], 0, Infinity).reduce((sum, { values }) => sum + values.length, 0);
  } finally {
    reader.close();
  }
}

describe("an import", () => {
  it("of twice as many runs is twice the work", () => {
    // If this fails, history that comes time by time, as a log of scrapes does, takes hours to import: the work grows with its square.
    const workOf = (runs: number): number => {
      using store = temporaryStore();
      const backfill = open(store.dataDir);
      for (let i = 0; i < runs; i++)
        backfill.add({ __name__: "m" }, Float64Array.of(noonBeforeMs + 1000 * i), Float64Array.of(i));
      return countElements(() => assert.deepEqual(backfill.finish(), { samples: runs, refused: 0 }));
    };
    const [once, twice] = [workOf(1000), workOf(2000)];
    assert.ok(twice < 2.5 * once, `${once} elements of arrays were gone through for 1000 runs, ${twice} for 2000`);
  });

  it("that cannot give a file its name leaves nothing behind", () => {
    // If this fails, each attempt leaves a file as large as what it read, which neither retention nor a backup knows.
    using store = temporaryStore();
    const backfill = open(store.dataDir);
    backfill.add({ __name__: "m" }, Float64Array.of(noonBeforeMs), Float64Array.of(1));
    const obstacle = partitionFile(samplesDir(store.dataDir), noonBeforeMs).path;
    mkdirSync(obstacle);
    assert.throws(() => backfill.finish(), { code: "STORE_UNUSABLE", message: /EISDIR|ENOTEMPTY|EEXIST/ });
    assert.deepEqual(readdirSync(samplesDir(store.dataDir), { recursive: true }), [
      obstacle.slice(-"20261125T120000.000Z.db".length),
    ]);
  });

  it("that fills the disk leaves nothing behind, says what was wrong, and succeeds once there is room", (context) => {
    // If this fails, the attempt itself takes the room that the server needs, and what the operator reads is about cleaning up.
    using disk = mountDisk(16 * 1024 * 1024);
    if (disk === null) return context.skip("needs the right to mount a tmpfs");
    const dataDir = join(disk.path, "data");
    const writer = openWriter({ dataDir, clock: systemClock, logger: quietLogger, retentionDays: 30, maxBytes: 2 ** 40 });
    writer.commit(noonBeforeMs - dayMs, Uint32Array.of(writer.resolve({ __name__: "m" })), Float64Array.of(0), 1);
    writer.close();
    const before = readdirSync(samplesDir(dataDir));
    const attempt = (fill: () => void): unknown => {
      const backfill = open(dataDir);
      // As many runs as are staged at once: nothing but the file itself is left to be written.
      for (let run = 0; run < 1000; run++) {
        const timesMs = Float64Array.from({ length: 30 }, (_, i) => noonBeforeMs + 30 * run + i);
        backfill.add({ __name__: "m" }, timesMs, timesMs.map(Math.random));
      }
      fill();
      return backfill.finish();
    };
    const tooLittle = join(disk.path, "too-little");
    writeFileSync(tooLittle, new Uint8Array(150_000));
    const fillAlmost = (): void => {
      disk.fill();
      rmSync(tooLittle);
    };
    assert.throws(() => attempt(fillAlmost), { code: "STORE_FULL" });
    assert.deepEqual(readdirSync(samplesDir(dataDir)), before);
    disk.free();
    assert.deepEqual(
      attempt(() => undefined),
      { samples: 30_000, refused: 0 },
    );
    assert.equal(samplesIn(dataDir), 30_001);
  });
});

/** How many elements of arrays were gone through one by one, by `for … of`, spreading and the like. */
function countElements(work: () => void): number {
  const iterator: { next: () => unknown } = Object.getPrototypeOf([][Symbol.iterator]());
  const { next } = iterator;
  let count = 0;
  iterator.next = function (this: unknown) {
    count++;
    return next.call(this);
  };
  try {
    work();
  } finally {
    iterator.next = next;
  }
  return count;
}
