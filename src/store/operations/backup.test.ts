import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { SampleWriter } from "../../core/storage.ts";
import { backupStore } from "./backup.ts";
import { telemetryDir } from "../beside/telemetry-files.ts";
import { openTelemetryReader } from "../beside/telemetry-reader.ts";
import { batchOf, type TelemetryLab, telemetryLab } from "../beside/telemetry.test-support.ts";
import { SeriesIndex } from "../catalog/series-index.ts";
import { OutboxReader } from "../outbox/outbox-reader.ts";
import { OutboxOutlet } from "../outbox/outlet.ts";
import { listSegments } from "../outbox/segment-files.ts";
import { listFiles, listPartitions } from "../partition/partition-files.ts";
import { openReader } from "../reader.ts";
import { restoreStore } from "./restore.ts";
import { listStoreFiles } from "./store-files.ts";
import { bitsOf, maintainAll, type TemporaryStore, temporaryStore } from "../temporary-store.test-support.ts";
import { noonMs, quietLogger, seriesOfTick, tickAt, tickValue } from "../ticks.test-support.ts";

// If these fail, a backup is found to be none on the day it is needed, or a restore destroys what it should replace.

const child = fileURLToPath(new URL("../commit-until-killed.test-support.ts", import.meta.url));
/** More than the time after which a new file of spans is begun. */
const telemetryFileMs = 8 * 3_600_000;
const unwatched = (): void => undefined;
const restoring = { force: false, nowMs: noonMs, progress: unwatched };

describe("backup", () => {
  it("of a store that another process writes has every tick up to one moment, whole", async () => {
    using store = temporaryStore();
    using target = temporaryStore();
    const writing = spawn(process.execPath, [child, store.dataDir], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface(writing.stdout)[Symbol.asyncIterator]();
    try {
      for (let round = 0; round < 2; round++) {
        let acknowledged = -1;
        for (let read = 0; read < 300; read++) acknowledged = Number((await lines.next()).value);
        const directory = join(target.dataDir, `backup-${round}`);
        const report = await backupStore(store.dataDir, directory, unwatched);
        assert.deepEqual(report.verified.problems, []);
        checkTicks(directory, acknowledged);
      }
    } finally {
      writing.kill("SIGKILL");
      await once(writing, "exit");
    }
  });

  it("is private, leaves nothing else behind, and does not write over anything", async () => {
    using store = temporaryStore();
    using target = temporaryStore();
    fill(store.writer());
    const directory = join(target.dataDir, "backup");
    mkdirSync(directory);
    await backupStore(store.dataDir, directory, unwatched);
    assert.equal(statSync(directory).mode & 0o777, 0o700);
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      assert.equal(statSync(join(entry.parentPath, entry.name)).mode & 0o077, 0, entry.name);
      assert.doesNotMatch(entry.name, /-(wal|shm)$|^lock/);
    }
    assert.deepEqual(readdirSync(target.dataDir), ["backup"]);
    await assert.rejects(backupStore(store.dataDir, directory, unwatched), { code: "TARGET_NOT_EMPTY" });
    mkdirSync(join(target.dataDir, "other.partial"));
    await assert.rejects(backupStore(store.dataDir, join(target.dataDir, "other"), unwatched), { code: "TARGET_NOT_EMPTY" });
  });

  it("has the spans, log records and events too, those of the present moment among them", async () => {
    // If this fails, whoever restores a backup finds no trace and no log any more, and nothing has told them.
    using store = temporaryStore();
    using target = temporaryStore();
    using lab = telemetryLab();
    const writer = store.writer({ dataDir: lab.dataDir });
    fill(writer);
    addTelemetry(lab, 1);
    lab.pass(telemetryFileMs);
    addTelemetry(lab, 2);
    const backup = join(target.dataDir, "backup");
    const dataDir = join(target.dataDir, "data");
    const { verified } = await backupStore(lab.dataDir, backup, unwatched);
    writer.close();
    assert.deepEqual([verified.problems, verified.files], [[], listStoreFiles(backup).length]);
    await restoreStore(backup, dataDir, restoring);
    for (const directory of [backup, dataDir]) {
      assert.deepEqual(listFiles(telemetryDir(directory, "traces")).length, 2);
      assert.deepEqual(telemetryOf(directory), { traces: [2, 1], logs: [2, 1], events: [2, 1] });
    }
  });

  it("copies a damaged file as it is, and names it", async () => {
    using store = temporaryStore();
    using target = temporaryStore();
    const writer = store.writer();
    fill(writer);
    writer.close();
    const [file] = listPartitions(store.dataDir);
    const damaged = readFileSync(file?.path ?? "").fill(0x55, 0, 200);
    writeFileSync(file?.path ?? "", damaged);
    const directory = join(target.dataDir, "backup");
    const { verified } = await backupStore(store.dataDir, directory, unwatched);
    const [copy] = listPartitions(directory);
    assert.deepEqual(readFileSync(copy?.path ?? ""), damaged);
    assert.ok(
      verified.problems.some(({ problem }) => problem === "file is not a database"),
      JSON.stringify(verified.problems),
    );
  });
});

describe("restore", () => {
  it("makes a data directory that answers as the first one did, and takes new samples", async () => {
    using store = temporaryStore();
    using target = temporaryStore();
    fill(store.writer());
    const backup = join(target.dataDir, "backup");
    const dataDir = join(target.dataDir, "data");
    await backupStore(store.dataDir, backup, unwatched);
    const report = await restoreStore(backup, dataDir, restoring);
    assert.deepEqual([report.verified.problems, report.setAside], [[], null]);
    assert.deepEqual(contentOf(dataDir), contentOf(store.dataDir));
    const writer = target.writer({ dataDir });
    fill(writer, 200);
    writer.close();
    assert.equal(contentOf(dataDir)[0]?.times.length, 400);
  });

  it("refuses a store that is there, or sets it aside", async () => {
    using store = temporaryStore();
    using target = temporaryStore();
    fill(store.writer());
    const backup = join(store.dataDir, "backup");
    await backupStore(store.dataDir, backup, unwatched);
    const old = target.writer();
    fill(old, 1000);
    await assert.rejects(restoreStore(backup, target.dataDir, { ...restoring, force: true }), { code: "STORE_LOCKED" });
    old.close();
    const before = contentOf(target.dataDir);
    await assert.rejects(restoreStore(backup, target.dataDir, restoring), { code: "TARGET_NOT_EMPTY" });
    assert.deepEqual(contentOf(target.dataDir), before);
    const { setAside } = await restoreStore(backup, target.dataDir, { ...restoring, force: true });
    assert.ok(setAside !== null);
    assert.deepEqual(contentOf(setAside), before);
    assert.deepEqual(contentOf(target.dataDir), contentOf(store.dataDir));
    assert.ok(!existsSync(join(target.dataDir, "restore.partial")));
  });

  it("sends nothing that waited under the name of another series", async () => {
    // If this fails, a hub takes a disk's free bytes for a processor's usage, for ever, after a node was restored while it was away.
    using store = temporaryStore();
    using target = temporaryStore();
    const backup = join(target.dataDir, "backup");
    let sending = openSending(store);
    sending.commit(0, "up");
    await backupStore(store.dataDir, backup, unwatched);
    sending.commit(1, "up", "disk_free_bytes");
    sending.close();
    assert.deepEqual(waitingIn(store.dataDir), ["up 0", "up 1", "disk_free_bytes 1"]);
    const { setAside } = await restoreStore(backup, store.dataDir, { ...restoring, force: true });
    sending = openSending(store);
    sending.commit(2, "up", "cpu_usage_ratio");
    sending.close();
    assert.deepEqual(waitingIn(store.dataDir), ["up 2", "cpu_usage_ratio 2"]);
    assert.ok(setAside !== null);
    assert.deepEqual(waitingIn(setAside), ["up 0", "up 1", "disk_free_bytes 1"]);
  });

  it("refuses a directory that holds nothing but samples that wait, or sets them aside", async () => {
    // If this fails, the samples of a store whose databases somebody has moved away are sent under the names of the restored one's series.
    using store = temporaryStore();
    using target = temporaryStore();
    const backup = join(target.dataDir, "backup");
    const sending = openSending(store);
    sending.commit(0, "up");
    await backupStore(store.dataDir, backup, unwatched);
    sending.close();
    for (const name of readdirSync(store.dataDir)) {
      if (name !== "outbox") rmSync(join(store.dataDir, name), { recursive: true });
    }
    const refusal = { code: "TARGET_NOT_EMPTY", message: /samples that wait to be sent/ };
    await assert.rejects(restoreStore(backup, store.dataDir, restoring), refusal);
    const { setAside } = await restoreStore(backup, store.dataDir, { ...restoring, force: true });
    assert.deepEqual(listSegments(store.dataDir), []);
    assert.equal(listSegments(setAside ?? "").length, 1);
  });

  it("leaves no spans and log records beside the events of another time", async () => {
    // If this fails, an event's trace is missing and traces without their events are there, after a restore that set "the old content" aside.
    using store = temporaryStore();
    using target = temporaryStore();
    using lab = telemetryLab();
    const writer = store.writer({ dataDir: lab.dataDir });
    fill(writer);
    addTelemetry(lab, 1);
    const backup = join(target.dataDir, "backup");
    await backupStore(lab.dataDir, backup, unwatched);
    lab.pass(telemetryFileMs);
    addTelemetry(lab, 2);
    writer.close();
    lab.store.close();
    const { setAside } = await restoreStore(backup, lab.dataDir, { ...restoring, force: true });
    assert.deepEqual(telemetryOf(lab.dataDir), { traces: [1], logs: [1], events: [1] });
    assert.deepEqual(telemetryOf(setAside ?? ""), { traces: [2, 1], logs: [2, 1], events: [2, 1] });
  });

  it("goes over the remains of one that was interrupted, and refuses what is no backup", async () => {
    using store = temporaryStore();
    using target = temporaryStore();
    fill(store.writer());
    const backup = join(store.dataDir, "backup");
    await backupStore(store.dataDir, backup, unwatched);
    mkdirSync(join(target.dataDir, "restore.partial", "samples"), { recursive: true });
    writeFileSync(join(target.dataDir, "restore.partial", "samples", "x"), "");
    await restoreStore(backup, target.dataDir, restoring);
    assert.deepEqual(contentOf(target.dataDir), contentOf(store.dataDir));
    await assert.rejects(restoreStore(join(backup, "samples"), target.dataDir, restoring), { code: "NOT_FOUND" });
    await assert.rejects(restoreStore(join(backup, "none"), target.dataDir, restoring), { code: "NOT_FOUND" });
  });
});

/** The spans and log records of one trace, and an event, acknowledged. */
function addTelemetry({ store }: TelemetryLab, batch: number): void {
  const { spans, records, events } = batchOf(batch);
  store.addSpans(spans);
  store.addLogs(records);
  store.addEvents(events);
  store.sync();
}

/** Numbers of the batches that are in a data directory, newest first. */
function telemetryOf(dataDir: string): { readonly traces: number[]; readonly logs: number[]; readonly events: number[] } {
  const reader = openTelemetryReader({ dataDir, logger: quietLogger });
  const allowance = { check: () => undefined, isLate: () => false, note: (note: string) => assert.fail(note) };
  const range = { fromNs: 0n, toNs: 2n ** 64n };
  const page = { limit: 100, cursor: null };
  const numbers = (ids: readonly string[]): number[] => Array.from(new Set(ids), (id) => Number.parseInt(id, 16));
  try {
    return {
      traces: numbers(reader.traces(range, page, allowance).items.map(({ item }) => item.traceId)),
      logs: numbers(reader.logs(range, page, allowance).items.map(({ item }) => item.traceId)),
      events: numbers(reader.events({ kind: "chain.block" }, page, allowance).items.map(({ item }) => item.key)),
    };
  } finally {
    reader.close();
  }
}

/** A writer of a node that sends what it stores to a hub, which is away. */
function openSending(store: TemporaryStore): { commit(second: number, ...names: readonly string[]): void; close(): void } {
  const { dataDir, clock, logger } = store;
  const outlet = new OutboxOutlet({ dataDir, node: "n", clock, logger, annotate: () => undefined });
  const writer = store.writer({ outlet });
  outlet.reconfigure({ maxBytes: 1e9, maxAgeMs: 1e9 }, { catalogueIsNew: writer.stats().series === 0 });
  return {
    commit(second, ...names) {
      const refs = Uint32Array.from(names, (name) => writer.resolve({ __name__: name }));
      writer.commit(noonMs + 1000 * second, refs, new Float64Array(names.length).fill(second), names.length);
    },
    close: () => writer.close(),
  };
}

/** What would be sent from a data directory: `name value` of each sample. */
function waitingIn(dataDir: string): readonly string[] {
  const index = new SeriesIndex(dataDir);
  index.refresh();
  const reader = new OutboxReader({ dataDir, logger: quietLogger, afterSeq: 0, onDamage: () => assert.fail("damaged") });
  try {
    return Array.from(reader.read(1e6), ({ samples }) =>
      Array.from(samples.refs.subarray(0, samples.count), (ref, i) => {
        return `${index.labelsOf(ref)?.["__name__"]} ${samples.values[i]}`;
      }),
    ).flat();
  } finally {
    reader.close();
    index.close();
  }
}

/** 200 ticks of 70 series, some of them sealed. */
function fill(writer: SampleWriter, from = 0): void {
  const refs = Uint32Array.from({ length: 70 }, (_, s) =>
    writer.resolve({ __name__: "backed_up", s: String(s).padStart(2, "0") }),
  );
  for (let tick = from; tick < from + 200; tick++) {
    writer.commit(
      noonMs + 1000 * tick,
      refs,
      Float64Array.from(refs, (_, s) => tick / (s + 1)),
      refs.length,
    );
  }
  maintainAll(writer, noonMs);
}

function contentOf(dataDir: string): readonly { readonly times: readonly number[]; readonly bits: readonly string[] }[] {
  const reader = openReader({ dataDir, logger: quietLogger });
  try {
    return reader
      .select([], 0, Infinity)
      .map(({ labels, timestampsMs, values }) => ({ labels, times: [...timestampsMs], bits: bitsOf(values) }));
  } finally {
    reader.close();
  }
}

/** Every tick from the first to one at or after `least` is there, with all its values and nothing else. */
function checkTicks(dataDir: string, least: number): void {
  const reader = openReader({ dataDir, logger: quietLogger });
  try {
    const newest = tickAt(reader.latestMs() ?? 0);
    assert.ok(newest >= least, `tick ${least} was acknowledged before, the newest in the backup is ${newest}`);
    const seen = new Map<number, number>();
    for (const { labels, timestampsMs, values } of reader.select([], 0, Infinity)) {
      for (const [i, timestampMs] of timestampsMs.entries()) {
        const tick = tickAt(timestampMs);
        assert.equal(values[i], tickValue(tick, Number(labels["s"])));
        seen.set(tick, (seen.get(tick) ?? 0) + 1);
      }
    }
    for (let tick = 0; tick <= newest; tick++) assert.equal(seen.get(tick), seriesOfTick(tick).length, `tick ${tick}`);
  } finally {
    reader.close();
  }
}
