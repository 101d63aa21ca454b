import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ReadNote, ReadObserver, SampleReader, SampleWriter } from "../../core/storage.ts";
import { backupStore } from "../operations/backup.ts";
import { countSamples } from "../operations/count-samples.ts";
import { restoreStore } from "../operations/restore.ts";
import { verifyStore } from "../operations/verify.ts";
import { listFiles, listPartitions, receivedDir } from "../partition/partition-files.ts";
import { openReader } from "../reader.ts";
import { maintainAll, type TemporaryStore, temporaryStore } from "../temporary-store.test-support.ts";
import { hourMs, noonMs, quietLogger } from "../ticks.test-support.ts";

const dayMs = 24 * hourMs;
const seriesCount = 70;
const histogram = {
  counterReset: "unknown",
  schema: 2,
  zeroThreshold: 0,
  zeroCount: 0,
  count: 3,
  sum: 4.5,
  positiveSpans: [{ offset: 1, length: 2 }],
  positiveBuckets: [1, 2],
  negativeSpans: [],
  negativeBuckets: [],
  customValues: [],
} as const;

/** A sample of each series at each time, and a native histogram. */
function receive(writer: SampleWriter, timesMs: readonly number[], value = 1): void {
  for (const timeMs of timesMs) {
    const refs = Uint32Array.from({ length: seriesCount }, (_, i) => writer.resolve({ __name__: "r", id: String(i) }));
    writer.receive({
      count: seriesCount,
      refs,
      timesMs: new Float64Array(seriesCount).fill(timeMs),
      values: Float64Array.from(refs, (_, i) => value * i + 0.25),
      histograms: [{ ref: writer.resolve({ __name__: "h" }), timeMs, histogram }],
    });
  }
}

function hours(from: number, to: number): number[] {
  return Array.from({ length: (to - from) * 4 }, (_, i) => noonMs + from * hourMs + (i + 1) * (hourMs / 4));
}

function pass(store: TemporaryStore, writer: SampleWriter, ms: number): void {
  store.clock.wallMs += ms;
  store.clock.steadyMs += ms;
  for (let turn = 0; turn < 3; turn++) maintainAll(writer, store.clock.wallMs);
}

/** `series time` → value or histogram, as texts; and what was noted as damaged. */
function read(reader: SampleReader): {
  readonly samples: ReadonlyMap<string, string>;
  readonly notes: readonly Extract<ReadNote, { kind: "damaged" }>[];
} {
  const samples = new Map<string, string>();
  const notes: Extract<ReadNote, { kind: "damaged" }>[] = [];
  const observer: ReadObserver = {
    admit: () => undefined,
    note: (note) => void (note.kind === "damaged" && notes.push(note)),
  };
  for (const { ref, timestampsMs, values, histograms } of reader.select([], 0, noonMs + 10 * dayMs, observer))
    for (const [i, timeMs] of timestampsMs.entries())
      samples.set(`${ref} ${timeMs}`, JSON.stringify(histograms?.[i] ?? values[i]));
  return { samples, notes };
}

describe("files of received samples", () => {
  it("keep the value that came last, wherever upkeep was when it came", () => {
    // A sender that corrects a value would see the old one come back, minutes later.
    const series = { __name__: "corrected" };
    const pastMs = noonMs - dayMs;
    for (let steps = 0; steps <= 12; steps++) {
      using store = temporaryStore();
      const writer = store.writer({ sealReceivedSamples: 10 });
      const send = (count: number, value: number): void =>
        writer.receive({
          count,
          refs: new Uint32Array(count).fill(writer.resolve(series)),
          timesMs: Float64Array.from({ length: count }, (_, i) => pastMs + i + 1),
          values: new Float64Array(count).fill(value),
          histograms: [],
        });
      send(1, 26);
      store.clock.wallMs += 6 * 60_000;
      store.clock.steadyMs += 6 * 60_000;
      for (let step = 0; step < steps; step++) writer.maintain(store.clock.wallMs, 0);
      // Enough for a sealing of its own.
      send(20, 17);
      pass(store, writer, hourMs);
      const [found] = store.reader().select([], pastMs, pastMs + 1);
      assert.deepEqual([...(found?.values ?? [])], [17], `after ${steps} steps`);
    }
  });

  it("are counted, checked, copied and restored with the rest", async () => {
    // A restored hub would have lost what others had sent it, and a damaged one would look sound.
    using store = temporaryStore();
    const writer = store.writer({ sealReceivedSamples: 300 });
    receive(writer, hours(-8, 0));
    maintainAll(writer, noonMs);
    receive(writer, hours(0, 1));
    const { samples } = read(store.reader());
    const directory = mkdtempSync(join(tmpdir(), "chainpulse-received-"));
    try {
      const copy = join(directory, "copy");
      const { verified } = await backupStore(store.dataDir, copy, () => undefined);
      assert.deepEqual(verified.problems, []);
      writer.close();
      const report = verifyStore(store.dataDir, { quick: false });
      assert.deepEqual(report.problems, []);
      assert.equal(report.samples, samples.size);
      assert.deepEqual(
        countSamples(store.dataDir, () => undefined),
        { samples: samples.size, unreadable: 0 },
      );
      const restored = join(directory, "restored");
      await restoreStore(copy, restored, { force: false, nowMs: noonMs, progress: () => undefined });
      const reader = openReader({ dataDir: restored, logger: quietLogger });
      assert.deepEqual(read(reader), { samples, notes: [] });
      reader.close();
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("name what a flipped bit has taken, and give nothing wrong", () => {
    // A chart would show values that nobody has sent, or a hole that nobody speaks of.
    using store = temporaryStore();
    const writer = store.writer({ sealReceivedSamples: 300 });
    receive(writer, hours(-5, 0));
    maintainAll(writer, noonMs);
    writer.close();
    const expected = read(store.reader()).samples;
    const [file] = listFiles(receivedDir(store.dataDir));
    assert.ok(file !== undefined);
    const bytes = readFileSync(file.path);
    let noticed = 0;
    for (let at = 97; at < bytes.length; at += 997) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at & 7)), at);
      writeFileSync(file.path, damaged);
      const reader = openReader({ dataDir: store.dataDir, logger: quietLogger });
      const { samples, notes } = read(reader);
      reader.close();
      const isNoted = (key: string): boolean => {
        const timeMs = Number(key.split(" ")[1]);
        return notes.some(({ fromMs, toMs }) => fromMs <= timeMs && timeMs <= toMs);
      };
      for (const [key, text] of samples) assert.ok(expected.get(key) === text || isNoted(key), `byte ${at}: ${key} is ${text}`);
      for (const key of expected.keys()) assert.ok(samples.has(key) || isNoted(key), `byte ${at}: ${key} is missing`);
      if (samples.size < expected.size) noticed++;
    }
    assert.ok(noticed > 5, `${noticed} of the bits mattered`);
  });

  it("go with the ticks of their time, once the tiers have them, and take nothing of that time any more", () => {
    // The disk would fill up; or samples that came late would stand alone where all others are summaries.
    using store = temporaryStore();
    const writer = store.writer({ retentionDays: 1, sealReceivedSamples: 300 });
    const tick = (timeMs: number): void =>
      writer.commit(timeMs, Uint32Array.of(writer.resolve({ __name__: "own", node: "n" })), Float64Array.of(1), 1);
    for (const timeMs of hours(0, 1)) tick(timeMs);
    receive(writer, hours(0, 1));
    pass(store, writer, 7 * hourMs);
    tick(store.clock.wallMs);
    pass(store, writer, hourMs);
    // Late, into a chunk that is built.
    receive(writer, [noonMs + 3 * hourMs], 2);
    pass(store, writer, hourMs);
    assert.equal(listFiles(receivedDir(store.dataDir)).length, 1);
    for (let day = 0; day < 3; day++) {
      pass(store, writer, dayMs / 2);
      tick(store.clock.wallMs);
      store.clock.steadyMs += hourMs;
    }
    maintainAll(writer, store.clock.wallMs);
    assert.deepEqual(listFiles(receivedDir(store.dataDir)), []);
    assert.ok((listPartitions(store.dataDir)[0]?.startMs ?? 0) > noonMs);
    const committed = writer.stats().samplesCommitted;
    const oldestMs = writer.oldestAcceptedMs();
    for (const timeMs of [noonMs + 2 * hourMs, oldestMs - 1])
      assert.throws(() => receive(writer, [timeMs]), { code: "UNAVAILABLE" });
    assert.deepEqual([listFiles(receivedDir(store.dataDir)), writer.stats().samplesCommitted], [[], committed]);
    const [late] = [
      ...store.reader().summaries([{ name: "id", operator: "=", value: "9" }], noonMs, noonMs + 4 * hourMs, 3_600_000),
    ];
    assert.deepEqual(
      [late?.endsMs, late?.last].map((column) => [...(column ?? [])]),
      [
        [noonMs + hourMs, noonMs + 3 * hourMs],
        [9.25, 18.25],
      ],
    );
    receive(writer, [oldestMs]);
    assert.equal(listFiles(receivedDir(store.dataDir)).length, 1);
    // Of native histograms the tiers have nothing, and no number stands in their place.
    const raw = store.reader().select([{ name: "__name__", operator: "=", value: "h" }], noonMs, noonMs + 4 * hourMs);
    assert.deepEqual(raw, []);
  });

  it("of a time that is to come again, because the clock was set back, keep nothing out", () => {
    // All that others send would be refused for as long as the clock was ahead.
    using store = temporaryStore();
    const writer = store.writer({ retentionDays: 1 });
    const tick = (): void =>
      writer.commit(store.clock.wallMs, Uint32Array.of(writer.resolve({ __name__: "own", node: "n" })), Float64Array.of(1), 1);
    assert.equal(writer.oldestAcceptedMs(), -Infinity);
    for (let day = 0; day < 4; day++) {
      tick();
      receive(writer, [store.clock.wallMs]);
      pass(store, writer, dayMs);
      store.clock.steadyMs += hourMs;
    }
    tick();
    pass(store, writer, hourMs);
    assert.ok(writer.oldestAcceptedMs() > noonMs + dayMs, String(writer.oldestAcceptedMs()));
    store.clock.wallMs = noonMs + hourMs / 2;
    writer.rewind(store.clock.wallMs);
    const { samplesCommitted } = writer.stats();
    for (let hour = 0; hour < 8; hour++) {
      receive(writer, [store.clock.wallMs]);
      tick();
      receive(writer, [store.clock.wallMs - 1]);
      pass(store, writer, hourMs);
    }
    assert.equal(writer.stats().samplesCommitted - samplesCommitted, 8 * (1 + 2 * (seriesCount + 1)));
  });
});
