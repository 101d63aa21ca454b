import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import type { SampleWriter } from "../../core/storage.ts";
import { seriesPerBlock } from "../codec/block.ts";
import { damageBlock } from "../partition/blocks.test-support.ts";
import { listFiles, listPartitions, receivedDir, setAside } from "../partition/partition-files.ts";
import { maintainAll, type TemporaryStore, temporaryStore } from "../temporary-store.test-support.ts";
import { hourMs, noonMs } from "../ticks.test-support.ts";
import { chunkMs } from "./tiers.ts";
import { labelsOf, minuteMs, notes, summaries } from "./tiers.test-support.ts";

/** The chunk that this is about: the second one, because the oldest file's loss moves the time from which on samples are taken. */
const fromMs = noonMs + chunkMs;
const untilBuiltMs = fromMs + chunkMs + hourMs;

/** A tick of "own" in each minute after `afterMs`, and upkeep. */
function commit(store: TemporaryStore, writer: SampleWriter, afterMs: number, toMs: number): void {
  const refs = Uint32Array.of(writer.resolve(labelsOf("own")));
  for (let timeMs = afterMs + minuteMs; timeMs <= toMs; timeMs += minuteMs) {
    [store.clock.wallMs, store.clock.steadyMs] = [timeMs, timeMs - noonMs];
    writer.commit(timeMs, refs, Float64Array.of(1), 1);
    if (timeMs % (10 * minuteMs) === 0) maintainAll(writer, timeMs);
  }
}

/** A sample of a time that is built already, and upkeep until it is in the tiers. */
function receiveLate(store: TemporaryStore, writer: SampleWriter, name: string, timeMs: number): void {
  const ref = writer.resolve(labelsOf(name));
  writer.receive({ count: 1, refs: Uint32Array.of(ref), timesMs: Float64Array.of(timeMs), values: Float64Array.of(1) });
  for (let turn = 0; turn < 4; turn++) {
    [store.clock.wallMs, store.clock.steadyMs] = [store.clock.wallMs + hourMs, store.clock.steadyMs + hourMs];
    maintainAll(writer, store.clock.wallMs);
  }
}

/** Path of the file that has the chunk's ticks. */
function partitionPath({ dataDir }: TemporaryStore): string {
  return listPartitions(dataDir).find(({ startMs }) => startMs === fromMs)?.path ?? assert.fail("there is no partition");
}

/** How many samples the tier of minutes counts in the chunk, by series; and in which files it tells of damage. */
function counted(store: TemporaryStore): { readonly counts: object; readonly damaged: readonly string[] } {
  const { observer, found } = notes();
  const reader = store.reader();
  const counts = Object.fromEntries(
    Array.from(summaries(reader, minuteMs, fromMs, fromMs + chunkMs, observer), ([name, { count }]) => [
      name,
      count.reduce((sum, one) => sum + one, 0),
    ]),
  );
  reader.close();
  return { counts, damaged: found.flatMap((note) => (note.kind === "damaged" ? note.path : [])) };
}

describe("a chunk that is built anew for late samples", () => {
  it("keeps what it has of series whose raw samples are damaged by now", () => {
    // One late sample of another node would take three good hours out of the charts for years.
    using store = temporaryStore();
    const writer = store.writer();
    commit(store, writer, noonMs, untilBuiltMs);
    for (const index of [0, 1, 2]) damageBlock(partitionPath(store), index);
    receiveLate(store, writer, "other", fromMs + hourMs);
    assert.deepEqual(counted(store), { counts: { own: 360, other: 1 }, damaged: [] });
    // Now there is a file of received samples, and only the buckets that are late in it are built.
    receiveLate(store, writer, "another", fromMs + 2 * hourMs);
    assert.deepEqual(counted(store).counts, { own: 360, other: 1, another: 1 });
    // What it was told of the tiers is damaged too: all buckets are built.
    const [received] = listFiles(receivedDir(store.dataDir));
    const database = new DatabaseSync(received?.path ?? assert.fail("there is no file of received samples"));
    database.exec("UPDATE progress SET crc = 0");
    database.close();
    receiveLate(store, writer, "last", fromMs + 3 * hourMs);
    assert.deepEqual(counted(store).counts, { own: 360, other: 1, another: 1, last: 1 });
  });

  it("keeps what it has of a file that was set aside, and says where a late sample found no place", () => {
    // The summaries are all that is left of a damaged file; and a sample that was acknowledged would be missing without a word.
    using store = temporaryStore();
    const writer = store.writer();
    commit(store, writer, noonMs, untilBuiltMs);
    setAside(partitionPath(store), "corrupt");
    const isTold = (): boolean => store.lines.some(({ message }) => message.startsWith("late samples are not in the tiers"));
    receiveLate(store, writer, "other", fromMs + hourMs);
    assert.deepEqual(counted(store), { counts: { own: 360, other: 1 }, damaged: [] });
    assert.equal(isTold(), false);
    receiveLate(store, writer, "own", fromMs + hourMs + 1);
    const { counts, damaged } = counted(store);
    assert.deepEqual(counts, { own: 360, other: 1 });
    assert.ok(damaged.some((path) => path.includes("tiers")));
    assert.equal(isTold(), true);
  });

  it("remembers what was missing when it was built first", () => {
    // A late sample of another series would turn a known loss into hours in which nothing seems to have been measured.
    using store = temporaryStore();
    const writer = store.writer();
    const middleMs = fromMs + chunkMs / 2;
    commit(store, writer, noonMs, middleMs);
    damageBlock(partitionPath(store), 0);
    commit(store, writer, middleMs, untilBuiltMs);
    // Of another bucket than the series that is damaged.
    for (let i = 0; i < seriesPerBlock; i++) writer.resolve(labelsOf(`filler${i}`));
    for (const name of ["none", "other", "another"]) {
      if (name !== "none") receiveLate(store, writer, name, fromMs + hourMs);
      assert.ok(
        counted(store).damaged.some((path) => path.includes("tiers")),
        name,
      );
    }
  });
});
