import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { ReadNote, SampleReader, SampleWriter } from "../../core/storage.ts";
import { seriesPerBlock } from "../codec/block.ts";
import { damageBlock, firstPartition } from "../partition/blocks.test-support.ts";
import { listFiles, tierDir } from "../partition/partition-files.ts";
import { PartitionReader } from "../partition/partition-reader.ts";
import { summarise } from "./summarise.ts";
import { maintainAll, type TemporaryStore, temporaryStore } from "../temporary-store.test-support.ts";
import { hourMs, noonMs } from "../ticks.test-support.ts";
import { chunkMs, tiers } from "./tiers.ts";
import { labelsOf, minuteMs, named, notes, summaries } from "./tiers.test-support.ts";

/** Windows of a minute in the chunk from noon on. */
const minutesPerChunk = chunkMs / minuteMs;

/** Ticks of one series, with fromMs < time ≤ toMs. */
function commit(
  writer: SampleWriter,
  range: { readonly fromMs: number; readonly toMs: number; readonly everyMs?: number },
  valueAt: (timeMs: number) => number = (timeMs) => (timeMs / minuteMs) % 97,
): void {
  const { fromMs, toMs, everyMs = minuteMs } = range;
  const refs = Uint32Array.of(writer.resolve(labelsOf("always")));
  for (let timeMs = fromMs + everyMs; timeMs <= toMs; timeMs += everyMs)
    writer.commit(timeMs, refs, Float64Array.of(valueAt(timeMs)), 1);
}

/** Up to when the tier of minutes is built. What the statistics say of files is some seconds old. */
function builtToMs(store: TemporaryStore, writer: SampleWriter): number | null | undefined {
  store.clock.steadyMs += minuteMs;
  return writer.stats().tiers[0]?.builtToMs;
}

/** How many minutes of the chunk from noon on the summaries have, and what the reader tells of them. */
function minutesFromNoon(reader: SampleReader): { readonly minutes: number; readonly found: readonly ReadNote[] } {
  const { observer, found } = notes();
  const minutes = summaries(reader, minuteMs, noonMs, noonMs + chunkMs, observer).get("always")?.endsMs.length ?? 0;
  return { minutes, found };
}

describe("building tiers", () => {
  it("takes in series that hardly were there", () => {
    // A process of three minutes would vanish from the chart as soon as its hours are in a tier.
    using store = temporaryStore();
    const writer = store.writer();
    const toMs = noonMs + 14 * hourMs;
    /** Whether the series has a sample at this minute since noon, and where it is looked for: from and to, minutes since noon. */
    const cases: Readonly<Record<string, readonly [(minute: number) => boolean, number, number]>> = {
      "three minutes": [(minute) => minute > 30 && minute <= 33, 0, 60],
      "until four minutes after a chunk's start": [(minute) => minute <= 364, 360, 420],
      "every two hours": [(minute) => minute % 120 === 1, 0, 360],
      always: [() => true, 0, 360],
    };
    const series = Object.entries(cases).map(([name, [has]]) => ({ ref: writer.resolve(labelsOf(name)), has }));
    for (let minute = 1; noonMs + minute * minuteMs < toMs; minute++) {
      const refs = Uint32Array.from(series.filter(({ has }) => has(minute)).map(({ ref }) => ref));
      writer.commit(noonMs + minute * minuteMs, refs, new Float64Array(refs.length).fill(minute), refs.length);
    }
    maintainAll(writer, toMs);
    assert.equal(builtToMs(store, writer), noonMs + 2 * chunkMs);
    const reader = store.reader();
    for (const [name, [, from, to]] of Object.entries(cases)) {
      const [startMs, endMs] = [noonMs + from * minuteMs, noonMs + to * minuteMs];
      const [raw] = reader.select(named(name), startMs, endMs);
      assert.ok(raw !== undefined, name);
      const expected = summarise(raw, minuteMs, startMs, endMs);
      const found = summaries(reader, minuteMs, startMs, endMs).get(name);
      assert.deepEqual([found?.endsMs, found?.last], [expected.endsMs, expected.last], name);
    }
  });

  it("names for ever what was damaged before it", () => {
    // A month later an hour that a bad sector took would look like one in which nothing was measured.
    using store = temporaryStore();
    const writer = store.writer();
    commit(writer, { fromMs: noonMs, toMs: noonMs + 5 * hourMs });
    writer.close();
    const { firstMs, lastMs } = damageBlock(firstPartition(store.dataDir), 1);
    const again = store.writer();
    commit(again, { fromMs: noonMs + 5 * hourMs, toMs: noonMs + 8 * hourMs });
    maintainAll(again, noonMs + 8 * hourMs);
    assert.equal(builtToMs(store, again), noonMs + chunkMs);
    const { minutes, found } = minutesFromNoon(store.reader());
    assert.equal(minutes, minutesPerChunk - ((lastMs - firstMs) / minuteMs + 1));
    assert.ok(found.some((note) => note.kind === "damaged" && note.fromMs <= firstMs && note.toMs >= lastMs));
  });

  it("tries again when the disk has failed, and in the end does without what cannot be read, and says so", (context) => {
    // One failed read would leave a hole for years, although the samples are there; a disk that goes on failing would stop retention.
    using store = temporaryStore();
    const writer = store.writer();
    const failing = (): never => {
      throw Object.assign(new Error("disk I/O error"), { errcode: 10 });
    };
    commit(writer, { fromMs: noonMs, toMs: noonMs + 8 * hourMs });
    context.mock.method(PartitionReader.prototype, "blocks", failing, { times: 1 });
    maintainAll(writer, noonMs + 8 * hourMs);
    assert.equal(builtToMs(store, writer), null);
    assert.deepEqual(minutesFromNoon(store.reader()), { minutes: minutesPerChunk, found: [] });
    maintainAll(writer, noonMs + 8 * hourMs);
    assert.equal(builtToMs(store, writer), noonMs + chunkMs);

    commit(writer, { fromMs: noonMs + 8 * hourMs, toMs: noonMs + 14 * hourMs });
    context.mock.method(PartitionReader.prototype, "blocks", failing);
    for (let turn = 0; turn < 10; turn++) maintainAll(writer, noonMs + 14 * hourMs);
    context.mock.restoreAll();
    assert.equal(builtToMs(store, writer), noonMs + 2 * chunkMs);
    const reader = store.reader();
    assert.deepEqual(minutesFromNoon(reader), { minutes: minutesPerChunk, found: [] });
    const { observer, found } = notes();
    assert.equal(summaries(reader, minuteMs, noonMs + chunkMs, noonMs + 2 * chunkMs, observer).size, 0);
    assert.ok(found.some((note) => note.kind === "damaged" && note.path.startsWith(tierDir(store.dataDir, "1m"))));
  });

  it("comes to its end when sealing is always late, and looks only at what had samples", () => {
    // On a busy machine no tier would be built. Raw samples go only once they are in one: the disk would fill up.
    using store = temporaryStore();
    const sealTicks = 10;
    // Without merging: here it would take most of the steps.
    const writer = store.writer({ sealTicks, mergeMs: chunkMs });
    const known = Array.from({ length: 30 * seriesPerBlock }, (_, i) => writer.resolve(labelsOf(`series${i}`)));
    // In two buckets; the others are of series that ended long ago.
    const alive = Uint32Array.from(known.filter((ref) => ref % seriesPerBlock === 0).slice(0, 2));
    const values = new Float64Array(alive.length);
    // What is done once only is not what this is about.
    maintainAll(writer, noonMs);
    for (let minute = 1; minute <= 18 * 60; minute++) {
      const timeMs = noonMs + minute * minuteMs;
      writer.commit(timeMs, alive, values, alive.length);
      // So seldom that the next tick cannot wait for upkeep to seal the others, and then there is time for some steps only.
      if (minute % (4 * sealTicks + 1) !== 0) continue;
      for (let step = 0; step < 16 && writer.maintain(timeMs, 0); step++);
    }
    assert.ok((builtToMs(store, writer) ?? 0) >= noonMs + chunkMs, "the first chunk is not built");
  });

  it("makes files anew under the eyes of a reader", () => {
    // After the clock was set back a dashboard that is left open would go on showing minutes that never were.
    using store = temporaryStore();
    const writer = store.writer();
    const fileMs = Math.max(...tiers.map((tier) => tier.fileMs));
    const fromMs = Math.ceil(noonMs / fileMs) * fileMs;
    const commitAll = (value: number): void => {
      commit(writer, { fromMs, toMs: fromMs + 8 * hourMs }, () => value);
      maintainAll(writer, fromMs + 8 * hourMs);
      assert.equal(builtToMs(store, writer), fromMs + chunkMs);
    };
    commitAll(1);
    const reader = store.reader();
    const lastAt = (endMs: number): number | undefined =>
      summaries(reader, minuteMs, endMs - minuteMs, endMs).get("always")?.last[0];
    assert.equal(lastAt(fromMs + hourMs), 1);
    writer.rewind(fromMs);
    commitAll(2);
    reader.refresh();
    assert.equal(lastAt(fromMs + hourMs), 2);
  });

  it("calls no sound file damaged when the other tier has lost one", () => {
    // For a month each answer would warn of a loss that there was not.
    using store = temporaryStore();
    const options = { retentionDays: 0.5 } as const;
    const commitHours = (writer: SampleWriter, fromHour: number, toHour: number): void => {
      for (let hour = fromHour; hour < toHour; hour++) {
        const toMs = noonMs + (hour + 1) * hourMs;
        commit(writer, { fromMs: toMs - hourMs, toMs, everyMs: 5 * minuteMs });
        [store.clock.wallMs, store.clock.steadyMs] = [toMs, toMs - noonMs];
        maintainAll(writer, toMs);
      }
    };
    const writer = store.writer(options);
    commitHours(writer, 0, 31);
    writer.close();
    const [minutes] = listFiles(tierDir(store.dataDir, "1m"));
    assert.ok(minutes !== undefined);
    writeFileSync(minutes.path, "no database ".repeat(1000));
    const again = store.writer(options);
    commitHours(again, 31, 38);
    const { observer, found } = notes();
    const reader = store.reader();
    assert.ok((reader.oldestMs() ?? 0) > noonMs + chunkMs, "raw samples under the lost file's beginning are gone");
    assert.equal(
      summaries(reader, hourMs, noonMs, noonMs + 36 * hourMs, observer)
        .get("always")
        ?.count.join(),
      Array.from({ length: 36 }, () => 12).join(),
    );
    const damaged = found.flatMap((note) => (note.kind === "damaged" ? note.path : []));
    assert.deepEqual(
      damaged.filter((path) => !path.startsWith(minutes.path)),
      [],
    );
  });
});
