import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { ChainPulseError } from "../core/errors.ts";
import type { LabelMatcher, Labels } from "../core/labels.ts";
import { type ReadObserver, type SampleReader, type SampleWriter, staleNaNBits } from "../core/storage.ts";
import { damageBlock, firstPartition } from "./partition/blocks.test-support.ts";
import { listFiles, listPartitions, makeDirectories, partitionFile, samplesDir, tierDir } from "./partition/partition-files.ts";
import { Retention } from "./retention.ts";
import { bitsOf, doublesOf, maintainAll, temporaryStore } from "./temporary-store.test-support.ts";
import { hourMs, noonMs } from "./ticks.test-support.ts";

const second = 1000;

/** Commits one value of each of the series. */
function commit(writer: SampleWriter, timestampMs: number, values: Readonly<Record<string, number>>): void {
  const refs = Object.keys(values).map((name) => writer.resolve({ __name__: name, node: "n" }));
  writer.commit(timestampMs, Uint32Array.from(refs), Float64Array.from(Object.values(values)), refs.length);
}

/** Samples of one series as [time, value]. */
function samples(reader: SampleReader, name: string, startMs = 0, endMs = Infinity): (readonly [number, number])[] {
  const [found] = reader.select([{ name: "__name__", operator: "=", value: name }], startMs, endMs);
  return Array.from(found?.timestampsMs ?? [], (time, i) => [time, found?.values[i] ?? NaN]);
}

/** Ticks at noon, one a second, of two series; returns the time of the last. */
function fill(writer: SampleWriter, ticks: number): number {
  for (let i = 0; i < ticks; i++) commit(writer, noonMs + i * second, { up: i, load: i / 4 });
  return noonMs + (ticks - 1) * second;
}

describe("store", () => {
  it("serves what was committed, before and after sealing, and after a restart", () => {
    // History would have holes, or vanish with a restart.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks: 10 });
    const reader = store.reader();
    const lastMs = fill(writer, 25);
    const expected = Array.from({ length: 25 }, (_, i) => [noonMs + i * second, i]);
    assert.equal(reader.latestMs(), null, "a reader sees one state until it is refreshed");
    reader.refresh();
    assert.deepEqual(samples(reader, "up"), expected);
    maintainAll(writer, lastMs);
    assert.equal(writer.stats().headSamples, 2 * 5);
    reader.refresh();
    assert.deepEqual(samples(reader, "up"), expected);
    assert.deepEqual(samples(store.reader(), "up"), expected, "a reader that was not there before the sealing");
    writer.close();
    const reopened = store.writer();
    assert.equal(reopened.stats().newestMs, lastMs);
    assert.deepEqual(samples(store.reader(), "up"), expected);
    commit(reopened, lastMs + second, { up: 25 });
    reader.refresh();
    assert.deepEqual(samples(reader, "up"), [...expected, [lastMs + second, 25]]);
  });

  it("selects startMs < time ≤ endMs, wherever the boundary lies", () => {
    // Two adjacent ranges would count a sample twice or not at all.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks: 10 });
    fill(writer, 25);
    maintainAll(writer, noonMs);
    for (const reader of [store.reader(), store.reader({ cacheTicks: 3 })]) {
      for (const first of [0, 4, 9, 10, 14, 24]) {
        for (const last of [first, Math.min(first + 1, 24), 10, 24]) {
          const expected = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + 1 + i);
          const found = samples(reader, "up", noonMs + first * second, noonMs + last * second).map(([, value]) => value);
          assert.deepEqual(found, expected, `${first} to ${last}`);
        }
      }
    }
  });

  it("carries stale markers and NaN payloads bit by bit, through head and blocks", () => {
    // A stale marker that becomes a plain NaN makes ended series go on for ever.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks: 4 });
    const reader = store.reader();
    const bits = [staleNaNBits, 0x7ff8000000000001n, 0xfff0dead0000beefn, 0x8000000000000000n, 0x7ff0000000000000n, 1n];
    const ref = Uint32Array.of(writer.resolve({ __name__: "x" }));
    for (const [i, one] of bits.entries()) writer.commit(noonMs + i, ref, doublesOf([one]), 1);
    for (const sealed of [false, true]) {
      if (sealed) maintainAll(writer, noonMs);
      for (const one of [reader, store.reader({ cacheTicks: 1 })]) {
        one.refresh();
        const found = one.select([], 0, Infinity);
        assert.deepEqual(
          bitsOf(found[0]?.values ?? new Float64Array()),
          bits.map((b) => b.toString(16)),
        );
      }
    }
  });

  it("hands out arrays that it does not keep", () => {
    // Results are transferred to another thread; the next query would read detached memory.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks: 10 });
    fill(writer, 15);
    maintainAll(writer, noonMs);
    const reader = store.reader();
    const before = samples(reader, "up");
    const series = reader.select([], 0, Infinity);
    const buffers = new Set(series.flatMap(({ timestampsMs, values }) => [timestampsMs.buffer, values.buffer]));
    structuredClone(series, { transfer: [...buffers] as ArrayBuffer[] });
    assert.deepEqual(samples(reader, "up"), before);
  });

  it("finds a seal that happened while the reader slept", () => {
    // A dashboard that was asleep would miss minutes, or show them twice.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks: 5, partitionMs: 20 * second });
    const reader = store.reader();
    let atMs = noonMs;
    let written = 0;
    for (const ticks of [3, 1, 12, 40, 2, 90]) {
      for (let i = 0; i < ticks; i++, atMs += second) commit(writer, atMs, { up: written++ });
      maintainAll(writer, atMs);
      reader.refresh();
      assert.deepEqual(
        samples(reader, "up").map(([, value]) => value),
        Array.from({ length: written }, (_, i) => i),
      );
      assert.equal(reader.latestMs(), atMs - second);
      assert.equal(reader.oldestMs(), noonMs);
    }
    assert.ok(listPartitions(store.dataDir).length >= 7);
  });

  it("bounds the head when nobody calls for upkeep, and while it is under way", () => {
    // Memory of every reader would grow with it; or ticks would be sealed twice.
    for (const begun of [false, true]) {
      using store = temporaryStore();
      const writer = store.writer({ sealTicks: 5, partitionMs: 30 * second });
      for (let i = 0; i < 100; i++) {
        commit(writer, noonMs + i * second, { up: i });
        if (begun && i === 12) writer.maintain(noonMs, 0);
        assert.ok(writer.stats().headSamples <= 2 * 4 * 5);
      }
      const found = samples(store.reader(), "up").map(([, value]) => value);
      assert.deepEqual(
        found,
        Array.from({ length: 100 }, (_, i) => i),
      );
    }
  });

  it("sees commits of another thread", async () => {
    // Charts would stand still: writer and readers live in different threads.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks: 5 });
    const source = `
      import { parentPort, workerData } from "node:worker_threads";
      const { openReader } = await import(workerData.reader);
      const { quietLogger } = await import(workerData.support);
      const reader = openReader({ dataDir: workerData.dataDir, logger: quietLogger });
      parentPort.on("message", () => {
        reader.refresh();
        parentPort.postMessage({ latestMs: reader.latestMs(), values: Array.from(reader.select([], 0, Infinity)[0]?.values ?? []) });
      });
      parentPort.postMessage("ready");`;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: {
        dataDir: store.dataDir,
        reader: new URL("./reader.ts", import.meta.url).href,
        support: new URL("./ticks.test-support.ts", import.meta.url).href,
      },
    });
    const answer = async (): Promise<unknown> => (await once(worker, "message"))[0];
    try {
      assert.equal(await answer(), "ready");
      for (let i = 0; i < 12; i++) {
        commit(writer, noonMs + i, { up: i });
        maintainAll(writer, noonMs);
        const answered = answer();
        worker.postMessage(null);
        assert.deepEqual(await answered, { latestMs: noonMs + i, values: Array.from({ length: i + 1 }, (_, k) => k) });
      }
    } finally {
      await worker.terminate();
    }
  });

  it("keeps a series' number over restarts, and looks at labels, not at their order", () => {
    // Old samples would appear under other labels.
    using store = temporaryStore();
    const writer = store.writer();
    const a = writer.resolve({ __name__: "x", a: "1", b: "2" });
    const b = writer.resolve({ __name__: "x", a: "2" });
    assert.deepEqual([a, b], [0, 1]);
    assert.equal(writer.resolve({ b: "2", a: "1", __name__: "x" }), a);
    writer.release(a);
    assert.equal(writer.resolve({ __name__: "x", a: "1", b: "2" }), a);
    commit(writer, noonMs, { x: 1 });
    writer.close();
    assert.equal(store.writer().resolve({ __name__: "x", a: "2" }), b);
  });

  it("applies matchers as Prometheus does, a missing label being empty", () => {
    // Selectors would take in too much or too little.
    using store = temporaryStore();
    const writer = store.writer();
    const all: Labels[] = [
      { __name__: "m", job: "a", path: "/" },
      { __name__: "m", job: "b" },
      { __name__: "m", job: "" },
      { __name__: "o", path: "/x" },
    ];
    const refs = Uint32Array.from(all, (labels) => writer.resolve(labels));
    writer.commit(noonMs, refs, new Float64Array(4), 4);
    const reader = store.reader();
    const cases: readonly (readonly [
      matchers: readonly [string, LabelMatcher["operator"], string][],
      expected: readonly number[],
    ])[] = [
      [[], [0, 1, 2, 3]],
      [[["__name__", "=", "m"]], [0, 1, 2]],
      [[["job", "=", ""]], [2, 3]],
      [[["job", "!=", ""]], [0, 1]],
      [[["job", "=~", "a|b"]], [0, 1]],
      [[["job", "=~", "a|"]], [0, 2, 3]],
      [[["job", "=~", ".*"]], [0, 1, 2, 3]],
      [[["job", "=~", ".+"]], [0, 1]],
      [[["job", "!~", "a|b"]], [2, 3]],
      [[["job", "!~", ".+"]], [2, 3]],
      // Names that every object inherits are labels that no series has.
      [[["constructor", "=", ""]], [0, 1, 2, 3]],
      [[["toString", "!=", ""]], []],
      [[["__proto__", "=~", ".+"]], []],
      [
        [
          ["path", "=~", "/.*"],
          ["__name__", "!=", "m"],
        ],
        [3],
      ],
      [[["nothing", "=", "x"]], []],
      [
        [
          ["nothing", "!=", "x"],
          ["job", "=", "a"],
        ],
        [0],
      ],
      [
        [
          ["job", "=", "a"],
          ["job", "=", "b"],
        ],
        [],
      ],
    ];
    for (const [matchers, expected] of cases) {
      const found = reader.select(
        matchers.map(([name, operator, value]) => ({ name, operator, value })),
        0,
        Infinity,
      );
      assert.deepEqual(
        found.map(({ labels }) => all.findIndex((one) => JSON.stringify(one) === JSON.stringify(labels))),
        expected,
        JSON.stringify(matchers),
      );
    }
  });

  it("lists series and labels of those with samples in the range, sealed or not", () => {
    // Pickers would offer what is not there, or hide what is.
    using store = temporaryStore();
    const writer = store.writer({ sealTicks: 4 });
    commit(writer, noonMs, { early: 1, always: 1 });
    for (let i = 1; i < 8; i++) commit(writer, noonMs + i, { always: 1, ...(i === 6 ? { late: 1 } : {}) });
    const names = (reader: SampleReader, startMs: number, endMs: number): readonly string[] =>
      reader.labelValues("__name__", [], startMs, endMs);
    for (const sealed of [false, true]) {
      if (sealed) maintainAll(writer, noonMs);
      const reader = store.reader({ cacheTicks: 1 });
      assert.deepEqual(names(reader, 0, Infinity), ["always", "early", "late"]);
      assert.deepEqual(names(reader, noonMs, Infinity), ["always", "late"]);
      assert.deepEqual(names(reader, noonMs, noonMs + 5), ["always"]);
      assert.deepEqual(names(reader, 0, noonMs), ["always", "early"]);
      assert.deepEqual(names(reader, noonMs + 8, Infinity), []);
      assert.deepEqual(reader.labelNames([], 0, Infinity), ["__name__", "node"]);
      assert.deepEqual(reader.series([{ name: "__name__", operator: "=", value: "late" }], 0, Infinity), [
        { __name__: "late", node: "n" },
      ]);
    }
  });

  it("S17: takes a label's name for nothing else", () => {
    // The value would be a function of JavaScript, which ends the query thread on its way to another.
    using store = temporaryStore();
    commit(store.writer(), noonMs, { up: 1 });
    const reader = store.reader();
    for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
      assert.deepEqual(reader.labelValues(name, [], 0, Infinity), [], name);
    }
    assert.deepEqual(reader.labelValues("__name__", [], 0, Infinity), ["up"]);
  });

  it("S13: asks before it makes room for samples, sealed or not", () => {
    // A month of everything is read before anybody says that it is too much, and the system ends the process.
    using store = temporaryStore();
    const writer = store.writer();
    for (let second = 0; second < 600; second++) commit(writer, noonMs + second * 1000, { up: second, down: -second });
    maintainAll(writer, noonMs + hourMs);
    commit(writer, noonMs + hourMs, { up: 1 });
    const reader = store.reader({ cacheTicks: 1 });
    let admitted = 0;
    const observer: ReadObserver = {
      admit: (count) => {
        admitted += count;
        if (admitted > 700) throw new ChainPulseError("QUERY_LIMIT", "too many");
      },
      note: (note) => assert.fail(JSON.stringify(note)),
    };
    assert.throws(() => reader.select([], 0, Infinity, observer), { code: "QUERY_LIMIT" });
    admitted = 0;
    const found = reader.select([{ name: "__name__", operator: "=", value: "up" }], 0, Infinity, observer);
    assert.equal(admitted, found[0]?.values.length);
  });

  it("keeps annotations, and finds those that touch a range", () => {
    // Restarts and deployments would not be on the charts.
    using store = temporaryStore();
    const writer = store.writer();
    const restart = { timestampMs: noonMs, kind: "restart", title: "started", node: "n" } as const;
    const gap = {
      timestampMs: noonMs + 10,
      endMs: noonMs + 20,
      kind: "gap",
      title: "no samples",
      text: "disk full",
      node: "n",
    } as const;
    writer.annotate(gap);
    writer.annotate(restart);
    const reader = store.reader();
    assert.deepEqual(reader.annotations(0, Infinity), [restart, gap]);
    assert.deepEqual(reader.annotations(noonMs, noonMs + 9), []);
    assert.deepEqual(reader.annotations(noonMs + 15, noonMs + 16), [gap]);
  });
});

describe("store: time", () => {
  it("ends what a killed process left alive, once, and nothing that had ended already", () => {
    // Processes that are long gone would be listed for five minutes after every crash.
    using store = temporaryStore();
    const writer = store.writer();
    commit(writer, noonMs, { gone: 1, alive: 1 });
    const gone = Uint32Array.of(writer.resolve({ __name__: "gone", node: "n" }));
    writer.commit(noonMs + second, gone, doublesOf([staleNaNBits]), 1);
    for (let i = 0; i < 2; i++) writer.endLastRun();
    const ends = store
      .reader()
      .select([], 0, Infinity)
      .map(({ labels, values, timestampsMs }) => [
        labels["__name__"],
        timestampsMs.length,
        timestampsMs.at(-1),
        bitsOf(values).at(-1),
      ]);
    assert.deepEqual(ends, [
      ["gone", 2, noonMs + second, staleNaNBits.toString(16)],
      ["alive", 2, noonMs + second + 1, staleNaNBits.toString(16)],
    ]);
  });

  it("refuses a tick that is not after the newest, and goes on", () => {
    // A duplicate or old tick would make a series whose times do not ascend.
    using store = temporaryStore();
    const writer = store.writer();
    commit(writer, noonMs, { up: 1 });
    for (const time of [noonMs, noonMs - 1, 0])
      assert.throws(() => commit(writer, time, { up: 2 }), { code: "SAMPLE_OUT_OF_ORDER" });
    writer.close();
    const reopened = store.writer();
    assert.throws(() => commit(reopened, noonMs, { up: 2 }), { code: "SAMPLE_OUT_OF_ORDER" });
    commit(reopened, noonMs + 1, { up: 3 });
    assert.deepEqual(samples(store.reader(), "up"), [
      [noonMs, 1],
      [noonMs + 1, 3],
    ]);
  });

  it("goes on from a clock set back, hides what then lies in the future, and deletes nothing", () => {
    // A clock that was wrong once would stop collection until that time comes again: for years, at worst.
    using store = temporaryStore();
    const writer = store.writer({ partitionMs: 20 * second, sealTicks: 7 });
    const reader = store.reader();
    fill(writer, 50);
    maintainAll(writer, noonMs);
    reader.refresh();
    const backMs = noonMs + 25 * second;
    writer.rewind(backMs);
    commit(writer, backMs, { up: 1000 });
    const expected = [...Array.from({ length: 25 }, (_, i) => [noonMs + i * second, i]), [backMs, 1000]];
    for (const one of [reader, store.reader()]) {
      one.refresh();
      assert.deepEqual(samples(one, "up"), expected);
      assert.equal(one.latestMs(), backMs);
    }
    store.clock.steadyMs += 60 * second;
    assert.deepEqual(writer.stats().quarantined, [`${samplesDir(store.dataDir)}/20261125T120040.000Z.db.ahead`]);
    assert.ok(store.lines.some(({ level, message }) => level === "warn" && message.includes("clock")));
    // The time goes through the hidden samples once more.
    for (let i = 26; i < 60; i++) commit(writer, noonMs + i * second, { up: 1000 + i });
    maintainAll(writer, noonMs);
    writer.close();
    const again = store.writer({ partitionMs: 20 * second });
    assert.equal(again.stats().newestMs, noonMs + 59 * second);
    assert.equal(samples(store.reader(), "up").length, 60);
  });

  it("deletes whole partitions past their age, and forgets series that are in no tier any more", () => {
    // The disk would fill up, or the index would grow with every process that ever ran.
    using store = temporaryStore();
    const writer = store.writer({ retentionDays: 1, minuteDays: 9, hourDays: 33, partitionMs: hourMs, sealTicks: 2 });
    const reader = store.reader();
    writer.annotate({ timestampMs: noonMs, kind: "note", title: "old", node: "n" });
    commit(writer, noonMs, { gone: 1, kept: 1 });
    writer.release(writer.resolve({ __name__: "gone", node: "n" }));
    for (let h = 1; h <= 26; h++) commit(writer, noonMs + h * hourMs, { kept: h });
    reader.refresh();
    assert.equal(samples(reader, "gone").length, 1);
    store.clock.steadyMs = 26 * hourMs;
    maintainAll(writer, noonMs + 26 * hourMs);
    reader.refresh();
    assert.equal(reader.oldestMs(), noonMs + 2 * hourMs, "a partition goes when its newest possible sample is too old");
    assert.equal(writer.stats().oldestMs, noonMs + 2 * hourMs);
    assert.deepEqual(samples(reader, "gone"), [[noonMs, 1]], "the tiers have it");
    assert.equal(samples(reader, "kept").length, 27);
    assert.equal(writer.stats().series, 2);

    const laterMs = noonMs + 70 * 24 * hourMs;
    for (const ms of [laterMs, laterMs + 12 * hourMs]) commit(writer, ms, { kept: 0 });
    store.clock.steadyMs = laterMs + 12 * hourMs - noonMs;
    maintainAll(writer, laterMs + 12 * hourMs);
    reader.refresh();
    assert.deepEqual(samples(reader, "gone"), []);
    assert.equal(writer.stats().series, 1);
    assert.deepEqual(reader.annotations(0, Infinity), []);
    const renamed = writer.resolve({ __name__: "gone", node: "n" });
    assert.equal(renamed, 2, "a number is never used twice");
  });

  it("deletes the oldest partitions beyond the size, but never the one in use", () => {
    // The disk would fill up; or a tiny limit would delete what is being written.
    using store = temporaryStore();
    const writer = store.writer({ maxBytes: 600_000, partitionMs: hourMs });
    for (let h = 0; h < 30; h++) {
      commit(writer, noonMs + h * hourMs, { up: h });
      store.clock.steadyMs += hourMs;
      maintainAll(writer, noonMs + h * hourMs);
    }
    assert.ok(writer.stats().bytes <= 600_000, `${writer.stats().bytes} bytes`);
    assert.ok(writer.stats().partitions > 2);
    assert.deepEqual(samples(store.reader(), "up").at(-1), [noonMs + 29 * hourMs, 29]);
  });

  it("does not count for the size what goes for its age", () => {
    // A full store would lose hours of raw samples more than it must, each time an old file goes.
    using store = temporaryStore();
    const { dataDir, clock, logger } = store;
    const mebibyte = 2 ** 20;
    const dayMs = 24 * hourMs;
    makeDirectories(dataDir);
    const put = (directory: string, startMs: number, mebibytes: number): void =>
      writeFileSync(partitionFile(directory, startMs).path, new Uint8Array(mebibytes * mebibyte).fill(1));
    for (const hour of [6, 12, 18, 24]) put(samplesDir(dataDir), noonMs - hour * hourMs, 1);
    const minutesDir = tierDir(dataDir, "1m");
    put(minutesDir, noonMs - 300 * dayMs, 3);
    put(minutesDir, noonMs - 2 * dayMs, 1);
    const retention = new Retention({
      dataDir,
      clock,
      logger,
      retentionMs: 30 * dayMs,
      tierRetentionMs: new Map([[60_000, 180 * dayMs]]),
      // There are 8 MiB at first, and 5 when the old file has gone.
      maxBytes: 6 * mebibyte,
    });
    assert.equal(
      [...retention.apply({ nowMs: noonMs, open: new Set(), tieredToMs: noonMs, isSettled: () => false })].length,
      1,
    );
    assert.equal(listPartitions(dataDir).length, 4);
    assert.deepEqual(
      listFiles(minutesDir).map(({ startMs }) => startMs),
      [noonMs - 2 * dayMs],
    );
  });

  it("forgets no series that has a tick in the head", () => {
    // A job that ran again for a moment would lose that run, hours later, together with its oldest one.
    using store = temporaryStore();
    // So few series that the tiers are no reason to keep one.
    const writer = store.writer({ retentionDays: 0.5, maxSeries: 2 });
    const job = { __name__: "job", node: "n" };
    const tickMs = 10 * 60 * second;
    const at = (timeMs: number): void => {
      [store.clock.wallMs, store.clock.steadyMs] = [timeMs, timeMs - noonMs];
    };
    /** A tick in which the job runs, and ends. */
    const run = (timeMs: number, value: number): void => {
      at(timeMs);
      commit(writer, timeMs, { always: 1, job: value });
      writer.release(writer.resolve(job));
    };
    run(noonMs + tickMs, 1);
    const againMs = noonMs + 18 * hourMs - tickMs;
    for (let timeMs = noonMs + 2 * tickMs; timeMs < againMs; timeMs += tickMs) {
      at(timeMs);
      commit(writer, timeMs, { always: 1 });
      if (timeMs % hourMs === 0) maintainAll(writer, timeMs);
    }
    run(againMs, 42);
    // 18 h after noon the first partition is 12 h old. Sealing is not due yet.
    at(noonMs + 18 * hourMs + second);
    maintainAll(writer, noonMs + 18 * hourMs + second);
    assert.equal(listPartitions(store.dataDir)[0]?.startMs, noonMs + 6 * hourMs);
    assert.deepEqual(samples(store.reader(), "job", againMs - 1), [[againMs, 42]]);
  });

  it("deletes nothing for its age after the clock was set forward", () => {
    // A clock that jumps to 2036 would delete the whole history within a minute.
    using store = temporaryStore();
    const writer = store.writer({ retentionDays: 1, partitionMs: hourMs });
    commit(writer, noonMs, { up: 1 });
    commit(writer, noonMs + hourMs, { up: 2 });
    store.clock.steadyMs = 2 * hourMs;
    maintainAll(writer, noonMs + 87_600 * hourMs);
    assert.deepEqual(samples(store.reader(), "up").length, 2);
    assert.ok(store.lines.some(({ level, message }) => level === "warn" && message.includes("set forward")));
  });
});

describe("store: faults", () => {
  it("lets one process write, and names it to the second", () => {
    // Two writers would mix their samples, or damage the files.
    using store = temporaryStore();
    const writer = store.writer();
    assert.throws(() => store.writer(), { code: "STORE_LOCKED", message: new RegExp(`process ${process.pid}`) });
    writer.close();
    store.writer().resolve({ __name__: "x" });
  });

  it("sets damaged partitions aside and serves the rest", () => {
    // One bad sector would take all history along, or stop the program from starting.
    using store = temporaryStore();
    const open = { partitionMs: hourMs } as const;
    const writer = store.writer(open);
    for (let h = 0; h < 4; h++) commit(writer, noonMs + h * hourMs, { up: h });
    writer.close();
    const [first, second, , last] = listPartitions(store.dataDir).map((file) => file.path);
    assert.ok(first !== undefined && second !== undefined && last !== undefined);
    writeFileSync(first, "not a database, but long enough to have a header of one hundred bytes ".repeat(4));
    truncateSync(second, 5000);
    writeFileSync(last, new Uint8Array(8192).fill(0xa5));
    const reopened = store.writer(open);
    const reader = store.reader();
    assert.deepEqual(samples(reader, "up"), [[noonMs + 2 * hourMs, 2]]);
    assert.deepEqual(
      reopened.stats().quarantined,
      [first, second, last].map((path) => `${path}.corrupt`),
    );
    commit(reopened, noonMs + 3 * hourMs, { up: 33 });
    reader.refresh();
    assert.deepEqual(
      samples(reader, "up").map(([, value]) => value),
      [2, 33],
    );
    assert.equal(store.lines.filter(({ level }) => level === "error").length, 3);
  });

  it("leaves out a block whose content has changed, names it, and serves the others", () => {
    // A flipped bit would show as a value that nobody measured.
    using store = temporaryStore();
    const writer = store.writer({ mergeMs: 5 * second });
    fill(writer, 15);
    writer.close();
    damageBlock(firstPartition(store.dataDir), 1);
    const reader = store.reader();
    for (let again = 0; again < 2; again++) {
      assert.deepEqual(
        samples(reader, "up").map(([, value]) => value),
        [0, 1, 2, 3, 4, 10, 11, 12, 13, 14],
      );
    }
    assert.equal(store.lines.filter(({ message }) => message.includes("a block")).length, 1);
  });

  it("begins anew when the catalogue and its copy are damaged, and keeps the files", () => {
    // The program would not start; or samples would get the labels of other series.
    using store = temporaryStore();
    const writer = store.writer();
    commit(writer, noonMs, { up: 1 });
    writer.close();
    for (const name of ["catalog.db", "catalog.copy.db"]) writeFileSync(join(store.dataDir, name), "no database ".repeat(20));
    const reopened = store.writer();
    commit(reopened, noonMs, { other: 2 });
    const reader = store.reader();
    assert.deepEqual(samples(reader, "up"), []);
    assert.deepEqual(samples(reader, "other"), [[noonMs, 2]]);
    assert.equal(reopened.stats().quarantined.length, 2);
  });

  it("brings the files of the format before to the present one, and serves what they hold", () => {
    // An update would lose the history.
    using store = temporaryStore();
    mkdirSync(samplesDir(store.dataDir));
    const partition = new DatabaseSync(partitionFile(samplesDir(store.dataDir), noonMs).path);
    partition.exec(`
      CREATE TABLE layouts (id INTEGER PRIMARY KEY AUTOINCREMENT, refs BLOB NOT NULL);
      CREATE TABLE ticks (ts INTEGER PRIMARY KEY, layout INTEGER NOT NULL, samples BLOB NOT NULL);
      CREATE TABLE blocks (id INTEGER PRIMARY KEY, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, members BLOB NOT NULL, data BLOB NOT NULL);
      CREATE TABLE progress (first_ms INTEGER, sealed_to_ms INTEGER);
      INSERT INTO progress VALUES (${noonMs}, NULL);
      PRAGMA user_version = 1`);
    partition.prepare("INSERT INTO layouts (refs) VALUES (?)").run(new Uint8Array(Uint32Array.of(0).buffer));
    const insert = partition.prepare("INSERT INTO ticks VALUES (?, 1, ?)");
    for (const value of [1, 2, 3]) insert.run(noonMs + value * second, new Uint8Array(Float64Array.of(value).buffer));
    partition.close();
    const catalogue = new DatabaseSync(join(store.dataDir, "catalog.db"));
    catalogue.exec(`
      CREATE TABLE series (ref INTEGER PRIMARY KEY AUTOINCREMENT, labels TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL);
      CREATE TABLE sweeps (count INTEGER NOT NULL);
      INSERT INTO sweeps VALUES (0);
      INSERT INTO series VALUES (0, '{"__name__":"up","node":"n"}', ${noonMs});
      PRAGMA user_version = 1`);
    catalogue.close();
    assert.throws(() => store.reader(), { code: "STORE_UNUSABLE", message: /older format 1/ });

    const writer = store.writer();
    const expected = [1, 2, 3].map((value) => [noonMs + value * second, value]);
    assert.deepEqual(samples(store.reader(), "up"), expected);
    commit(writer, noonMs + 4 * second, { up: 4 });
    writer.close();
    assert.deepEqual(samples(store.reader(), "up"), [...expected, [noonMs + 4 * second, 4]]);
    assert.equal(store.lines.filter(({ message }) => message.includes("present format")).length, 1);
  });

  it("refuses data of a newer version, in every file, and leaves it as it is", () => {
    // A downgrade would misread the data, or destroy it.
    for (const name of ["catalog.db", "state.db", "samples"]) {
      using store = temporaryStore();
      const writer = store.writer();
      commit(writer, noonMs, { up: 1 });
      writer.close();
      const path = name === "samples" ? (listPartitions(store.dataDir)[0]?.path ?? "") : join(store.dataDir, name);
      const database = new DatabaseSync(path);
      database.exec("PRAGMA user_version = 99");
      database.close();
      assert.throws(() => store.writer(), { code: "STORE_TOO_NEW", message: /format 99/ }, name);
      assert.ok(existsSync(path));
    }
  });

  it(
    "says where and why a directory cannot be used",
    { skip: process.getuid?.() === 0 ? "root may write everywhere" : false },
    () => {
      // The operator would get a stack trace instead of the path and the permission to change.
      const parent = mkdtempSync(join(tmpdir(), "chainpulse-store-"));
      using store = temporaryStore();
      chmodSync(parent, 0o500);
      assert.throws(() => store.writer({ dataDir: join(parent, "data") }), { code: "STORE_UNUSABLE", message: /data.*EACCES/ });
      chmodSync(parent, 0o700);
      rmSync(parent, { recursive: true });
    },
  );

  it("says where and why a path that is a file cannot be used", () => {
    // The same for a mistake in the configuration.
    using store = temporaryStore();
    const path = join(store.dataDir, "file");
    writeFileSync(path, "");
    assert.throws(() => store.writer({ dataDir: path }), { code: "STORE_UNUSABLE", message: /file.*(ENOTDIR|EEXIST)/ });
  });

  it("leaves one file per partition after a clean stop, and none of the log", () => {
    // A copy of the directory would be incomplete, and its size not what retention counts.
    using store = temporaryStore();
    const writer = store.writer({ partitionMs: hourMs });
    for (let h = 0; h < 3; h++) commit(writer, noonMs + h * hourMs, { up: h });
    writer.close();
    const reader = store.reader();
    assert.equal(samples(reader, "up").length, 3);
    reader.close();
    assert.deepEqual(
      readdirSync(samplesDir(store.dataDir)).filter((name) => !name.startsWith("20261125T14")),
      ["20261125T120000.000Z.db", "20261125T130000.000Z.db"],
    );
  });

  it("finds our own mistakes where they are made", () => {
    // Samples would be stored under a number that has no labels, or twice at one time.
    using store = temporaryStore();
    const writer = store.writer();
    const ref = writer.resolve({ __name__: "x" });
    assert.throws(() => writer.commit(noonMs, Uint32Array.of(ref + 1), new Float64Array(1), 1), /nobody has resolved/);
    assert.throws(() => writer.commit(noonMs, Uint32Array.of(ref, ref), new Float64Array(2), 2), /twice/);
    assert.throws(() => writer.commit(noonMs + 0.5, Uint32Array.of(ref), new Float64Array(1), 1), RangeError);
    writer.commit(noonMs, Uint32Array.of(ref), new Float64Array(1), 1);
  });
});
