import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { SampleWriter } from "../../core/storage.ts";
import { openReader } from "../reader.ts";
import { reservePath } from "../reserve.ts";
import { noonMs, quietLogger } from "../ticks.test-support.ts";
import { openWriter, type WriterOptions } from "../writer.ts";
import { makeStore, openDamaged, readStore } from "./damaged-store.test-support.ts";
import { keepLines, type LogLines } from "../log-lines.test-support.ts";
import { mountDisk, type MountedDisk } from "./mounted-disk.test-support.ts";

const mib = 1024 * 1024;
const seriesCount = 1000;
const tickMs = 1000;

interface Scene extends LogLines {
  readonly dataDir: string;
  readonly clock: { seconds: number };
  open(options?: Partial<WriterOptions>): SampleWriter;
  /** Fills the disk to its last byte, but for so many. */
  fill(freeBytes?: number): void;
  free(): void;
}

function sceneOn(disk: MountedDisk): Scene {
  const clock = { seconds: 0 };
  const dataDir = join(disk.path, "data");
  const ballast = join(disk.path, "ballast");
  const { logger, lines } = keepLines();
  const open: Scene["open"] = (options) =>
    openWriter({
      dataDir,
      logger,
      clock: { nowMs: () => noonMs + clock.seconds * 1000, monotonicMs: () => clock.seconds * 1000 },
      retentionDays: 30,
      maxBytes: 2 ** 40,
      sealTicks: 60,
      ...options,
    });
  return {
    dataDir,
    logger,
    lines,
    clock,
    open,
    fill(freeBytes = 0) {
      const { bavail, bsize } = statfsSync(disk.path);
      const pieces = Math.floor((bavail * bsize - freeBytes) / bsize);
      writeFileSync(ballast, new Uint8Array(Math.max(0, pieces) * bsize), { flag: "a" });
    },
    free: () => rmSync(ballast, { force: true }),
  };
}

/** One tick of values that do not compress, at the clock's time; returns the code of the error, if any. */
function commit(writer: SampleWriter, { clock }: Scene): string | null {
  const refs = refsOf(writer);
  const values = Float64Array.from({ length: seriesCount }, (_, i) => valueOf(clock.seconds, i));
  try {
    writer.commit(noonMs + clock.seconds * tickMs, refs, values, seriesCount);
    return null;
  } catch (error) {
    return codeOf(error);
  } finally {
    clock.seconds++;
  }
}

function refsOf(writer: SampleWriter): Uint32Array {
  let refs = resolved.get(writer);
  if (refs === undefined) {
    refs = Uint32Array.from({ length: seriesCount }, (_, i) => writer.resolve({ __name__: "m", i: String(i) }));
    resolved.set(writer, refs);
  }
  return refs;
}

const resolved = new WeakMap<SampleWriter, Uint32Array>();

function valueOf(tick: number, series: number): number {
  return Math.sin(tick * 1009 + series);
}

/** Upkeep as the data thread does it: an error ends the turn. Returns the code. */
function maintain(writer: SampleWriter, { clock }: Scene): string | null {
  try {
    while (writer.maintain(noonMs + clock.seconds * 1000, 0));
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  throw error;
}

/** Ticks that are stored; each is whole and right. */
function ticksStored({ dataDir }: Scene): number[] {
  const reader = openReader({ dataDir, logger: quietLogger });
  try {
    const counts = new Map<number, number>();
    for (const { labels, timestampsMs, values } of reader.select([], 0, Infinity)) {
      for (const [i, timeMs] of timestampsMs.entries()) {
        const tick = (timeMs - noonMs) / tickMs;
        assert.equal(values[i], valueOf(tick, Number(labels["i"])));
        counts.set(tick, (counts.get(tick) ?? 0) + 1);
      }
    }
    for (const [tick, count] of counts) assert.equal(count, seriesCount, `tick ${tick}`);
    return [...counts.keys()].sort((a, b) => a - b);
  } finally {
    reader.close();
  }
}

/** Commits, with upkeep in between, until the disk is full or `max` ticks; returns the ticks that were acknowledged. */
function commitUntilFull(writer: SampleWriter, scene: Scene, max = 10_000): number[] {
  const acknowledged: number[] = [];
  for (let i = 0; i < max; i++) {
    const tick = scene.clock.seconds;
    const code = commit(writer, scene);
    if (code !== null) {
      assert.equal(code, "STORE_FULL");
      return acknowledged;
    }
    acknowledged.push(tick);
    if (i % 60 === 59) assert.ok([null, "STORE_FULL"].includes(maintain(writer, scene)));
  }
  return acknowledged;
}

function onDisk(test: TestContext, bytes: number, work: (scene: Scene) => void): void {
  using disk = mountDisk(bytes);
  if (disk === null) return test.skip("needs the right to mount a tmpfs");
  work(sceneOn(disk));
}

describe("a full disk", () => {
  it("refuses ticks, keeps and serves what it has, and goes on by itself", (test) => {
    // A full disk would end the program, damage what is stored, or need somebody to restart it.
    onDisk(test, 16 * mib, (scene) => {
      scene.fill(4 * mib);
      const writer = scene.open();
      const acknowledged = commitUntilFull(writer, scene);
      assert.ok(acknowledged.length > 40);
      assert.equal(writer.stats().state, "full");
      assert.deepEqual(ticksStored(scene), acknowledged);
      for (let i = 0; i < 30; i++) {
        // Whoever else uses the disk takes what upkeep leaves.
        scene.fill();
        assert.equal(commit(writer, scene), "STORE_FULL");
        assert.ok([null, "STORE_FULL"].includes(maintain(writer, scene)));
      }
      assert.equal(writer.stats().samplesRefused, 31 * seriesCount);
      assert.deepEqual(ticksStored(scene), acknowledged);

      scene.free();
      scene.clock.seconds += 5;
      acknowledged.push(...commitUntilFull(writer, scene, 70));
      assert.equal(writer.stats().state, "ok");
      assert.equal(maintain(writer, scene), null);
      assert.deepEqual(ticksStored(scene), acknowledged);
      writer.close();

      // As long as nothing is written they must not fill the disk again.
      const { bavail } = statfsSync(scene.dataDir);
      for (let restart = 0; restart < 20; restart++) scene.open().close();
      assert.ok(statfsSync(scene.dataDir).bavail >= bavail);
      assert.deepEqual(ticksStored(scene), acknowledged);
      assert.deepEqual(
        scene.lines.filter(({ level }) => level === "error"),
        [],
      );
    });
  });

  it("has room for upkeep in its reserve, which is made, released, and made again", (test) => {
    // Sealing, retention and the state file would stand still with the ticks, and the log could never become shorter.
    onDisk(test, 96 * mib, (scene) => {
      const writer = scene.open();
      const reserve = reservePath(scene.dataDir);
      const acknowledged = commitUntilFull(writer, scene, 62);
      maintain(writer, scene);
      assert.equal(statSync(reserve).size, 8 * mib);
      scene.fill();
      acknowledged.push(...commitUntilFull(writer, scene));
      assert.equal(existsSync(reserve), false);
      assert.equal(maintain(writer, scene), null);
      writer.annotate({ kind: "note", title: "full", timestampMs: noonMs, node: "n" });
      writer.sync();

      // Its room is no room for ticks, however long it lasts.
      for (let i = 0; i < 10; i++) assert.equal(commit(writer, scene), "STORE_FULL");
      scene.free();
      scene.clock.seconds += 60;
      acknowledged.push(...commitUntilFull(writer, scene, 3));
      maintain(writer, scene);
      assert.equal(statSync(reserve).size, 8 * mib);
      assert.deepEqual(ticksStored(scene), acknowledged);
      writer.close();
      assert.equal(existsSync(reserve), false);
    });
  });

  it("can be full while the store stops, and when it starts again", (test) => {
    // After a power cut nobody could look at what is stored until somebody has made room.
    onDisk(test, 96 * mib, (scene) => {
      const writer = scene.open();
      const acknowledged = commitUntilFull(writer, scene, 62);
      maintain(writer, scene);
      scene.fill();
      writer.close();
      const again = scene.open();
      const reader = openReader({ dataDir: scene.dataDir, logger: scene.logger });
      assert.equal(reader.latestMs(), noonMs + tickMs * (acknowledged.at(-1) ?? 0));
      reader.close();
      assert.deepEqual(ticksStored(scene), acknowledged);
      scene.fill();
      assert.deepEqual(commitUntilFull(again, scene, 5), []);
      scene.free();
      scene.clock.seconds += 5;
      acknowledged.push(...commitUntilFull(again, scene, 5));
      again.close();
      assert.deepEqual(ticksStored(scene), acknowledged);
    });
  });

  it("is an error with the path where there is not even room to open the store, and harms nothing", (test) => {
    // A store that is opened half would be worse than one that is not.
    onDisk(test, 8 * mib, (scene) => {
      const writer = scene.open();
      const acknowledged = commitUntilFull(writer, scene, 30);
      writer.close();
      scene.fill();
      assert.throws(() => scene.open(), { code: "STORE_FULL", message: /data/ });
      scene.free();
      const again = scene.open();
      assert.deepEqual(ticksStored(scene), acknowledged);
      again.close();
    });
  });

  it("refuses what is received as a whole, and takes it when it is sent again after there is room", (test) => {
    // A sender would be told that samples are stored which are not, or the hub would take none until somebody restarts it.
    onDisk(test, 16 * mib, (scene) => {
      scene.fill(4 * mib);
      const writer = scene.open({ sealReceivedSamples: 20_000 });
      const receive = (tick: number): string | null => {
        const refs = refsOf(writer);
        const values = Float64Array.from(refs, (_, i) => valueOf(tick, i));
        try {
          writer.receive({
            count: seriesCount,
            refs,
            timesMs: new Float64Array(seriesCount).fill(noonMs + tick * tickMs),
            values,
          });
          return null;
        } catch (error) {
          return codeOf(error);
        }
      };
      let tick = 1;
      for (; receive(tick) === null; tick++, scene.clock.seconds++)
        if (tick % 10 === 0) assert.ok([null, "STORE_FULL"].includes(maintain(writer, scene)));
      assert.equal(writer.stats().state, "full");
      assert.ok(tick > 40);
      const before = Array.from({ length: tick - 1 }, (_, i) => i + 1);
      assert.deepEqual(ticksStored(scene), before);
      scene.free();
      scene.clock.seconds += 60;
      assert.equal(receive(tick), null);
      assert.equal(writer.stats().state, "ok");
      maintain(writer, scene);
      writer.close();
      assert.deepEqual(ticksStored(scene), [...before, tick]);
    });
  });
});

describe("a disk that may only be read", () => {
  it("is an error with the path at the start, and harms nothing", (test) => {
    // The files would be taken for damaged, and be set aside.
    using disk = mountDisk(8 * mib);
    if (disk === null) return test.skip("needs the right to mount a tmpfs");
    const bytes = makeStore("closed");
    for (const [name, content] of bytes) {
      mkdirSync(join(disk.path, dirname(name)), { recursive: true });
      writeFileSync(join(disk.path, name), content);
    }
    disk.remount("ro");
    assert.throws(() => openDamaged(disk.path), { code: "STORE_UNUSABLE", message: new RegExp(disk.path) });
    disk.remount("rw");
    assert.deepEqual(readStore(disk.path), bytes);
    openDamaged(disk.path).close();
  });
});
