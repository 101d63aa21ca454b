import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { activeSinceSeries } from "../../core/rule.ts";
import { staleNaNBits } from "../../core/storage.ts";
import { SeriesIndex } from "../catalog/series-index.ts";
import { keepLines } from "../log-lines.test-support.ts";
import { OutboxReader } from "../outbox/outbox-reader.ts";
import { listSegments } from "../outbox/segment-files.ts";
import { type EngineWriter, openEngineWriter } from "./engine-writer.ts";

const noonMs = Date.UTC(2026, 10, 26, 12);

interface Lab extends Disposable {
  readonly dataDir: string;
  /** Of both clocks, after noon, ms. */
  laterMs: number;
  open(): EngineWriter;
  /** Every sample of the outbox: series, time, bits. */
  samples(): readonly string[];
}

function lab(): Lab {
  const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-engine-"));
  const { logger } = keepLines();
  const world: Lab = {
    dataDir,
    laterMs: 0,
    open: () =>
      openEngineWriter({
        dataDir,
        node: "n",
        clock: { nowMs: () => noonMs + world.laterMs, monotonicMs: () => world.laterMs },
        logger,
        maxSeries: 100,
        maxSeriesPerNode: 100,
        retentionDays: 30,
        maxBytes: 1e9,
        maxAgeMs: 1e9,
      }),
    samples() {
      const index = new SeriesIndex(dataDir);
      index.refresh();
      const reader = new OutboxReader({ dataDir, logger, afterSeq: 0, onDamage: () => assert.fail("damaged") });
      const all: string[] = [];
      for (let records = reader.read(1e6); records.length > 0; records = reader.read(1e6)) {
        for (const { samples } of records) {
          const bits = new BigUint64Array(samples.values.buffer, samples.values.byteOffset, samples.count);
          for (let i = 0; i < samples.count; i++) {
            const name = index.labelsOf(samples.refs[i] ?? 0)?.["__name__"] ?? "forgotten";
            all.push(`${name} ${(samples.timesMs[i] ?? 0) - noonMs} ${bits[i] === staleNaNBits ? "stale" : samples.values[i]}`);
          }
        }
      }
      reader.close();
      index.close();
      return all;
    },
    [Symbol.dispose]: () => rmSync(dataDir, { recursive: true }),
  };
  return world;
}

test("ticks and what was received are in the outbox under their names, in order, and time goes forward", () => {
  // If this fails, the engine gets nothing, or samples of one series under another one's name.
  using world = lab();
  const writer = world.open();
  const refs = Uint32Array.of(writer.resolve({ __name__: "a" }), writer.resolve({ __name__: "b" }));
  writer.commit(noonMs, refs, Float64Array.of(1, 2), 2);
  writer.receive({ count: 1, refs, timesMs: Float64Array.of(noonMs - 5000), values: Float64Array.of(7) });
  writer.commit(noonMs + 1000, refs, Float64Array.of(3, 4), 1);
  assert.throws(() => writer.commit(noonMs + 1000, refs, Float64Array.of(3, 4), 2), { code: "SAMPLE_OUT_OF_ORDER" });
  writer.sync();
  assert.deepEqual(world.samples(), ["a 0 1", "b 0 2", "a -5000 7", "a 1000 3"]);
  const { series, samplesCommitted, newestMs, state } = writer.stats();
  assert.deepEqual(
    { series, samplesCommitted, newestMs, state },
    { series: 2, samplesCommitted: 4, newestMs: noonMs + 1000, state: "ok" },
  );
  writer.close();
});

test("what a run has left alive is ended by the next one, except for what must go on", () => {
  // If this fails, a node that was killed looks alive in the engine for five more minutes, or alerts forget since when they are active.
  using world = lab();
  const first = world.open();
  const refs = Uint32Array.from(["a", "b", activeSinceSeries], (name) => first.resolve({ __name__: name }));
  first.commit(noonMs, refs, Float64Array.of(1, 2, 3), 3);
  const ended = new Float64Array(BigUint64Array.of(staleNaNBits).buffer);
  first.commit(noonMs + 1, refs.subarray(1), ended, 1);
  first.close();
  const second = world.open();
  assert.equal(second.stats().newestMs, noonMs + 1);
  second.endLastRun(new Set([activeSinceSeries]));
  second.close();
  assert.deepEqual(world.samples().slice(-1), ["a 2 stale"]);
  assert.equal(world.samples().length, 5);
});

test("without its catalogue what waits is set aside: under wrong names it would be worse than lost", () => {
  // If this fails, the engine gets one metric's values under another one's name.
  using world = lab();
  const first = world.open();
  first.commit(noonMs, Uint32Array.of(first.resolve({ __name__: "a" })), Float64Array.of(1), 1);
  first.close();
  for (const name of ["catalog.db", "catalog.copy.db"]) writeFileSync(join(world.dataDir, name), "no database, but not empty");
  const [lost] = listSegments(world.dataDir);
  const second = world.open();
  assert.ok(listSegments(world.dataDir).every(({ path }) => path !== lost?.path));
  second.commit(noonMs + 1000, Uint32Array.of(second.resolve({ __name__: "b" })), Float64Array.of(2), 1);
  second.close();
  assert.deepEqual(world.samples(), ["b 1000 2"]);
});

test("two processes do not write one data directory, and upkeep has nothing to do most of the time", () => {
  // If this fails, two servers give the same numbers to different series.
  using world = lab();
  const writer = world.open();
  assert.throws(() => world.open(), { code: "STORE_LOCKED" });
  assert.equal(writer.maintain(noonMs, 10), false);
  writer.annotate({ kind: "note", title: "here", timestampMs: noonMs, node: "n" });
  writer.close();
  world.open().close();
});

test("series that were given up keep their names as long as samples of them wait", () => {
  // If this fails, what was received while the engine was away is acknowledged, and then dropped because nobody knows its names.
  using world = lab();
  const writer = world.open();
  const refs = ["collected", "received", "last"].map((name) => writer.resolve({ __name__: name }));
  const [collected = 0, received = 0, last = 0] = refs;
  const halfDayMs = 43_200_000;
  for (; world.laterMs < 40 * halfDayMs; world.laterMs += halfDayMs) {
    const timeMs = noonMs + world.laterMs;
    writer.commit(timeMs, Uint32Array.of(collected), Float64Array.of(1), 1);
    for (const ref of [received, last]) {
      writer.receive({ count: 1, refs: Uint32Array.of(ref), timesMs: Float64Array.of(timeMs), values: Float64Array.of(2) });
    }
  }
  for (const ref of refs) writer.release(ref);
  while (writer.maintain(noonMs + world.laterMs, 10));
  writer.close();
  assert.deepEqual(
    new Set(
      world
        .samples()
        .slice(-3)
        .map((sample) => sample.split(" ")[0]),
    ),
    new Set(["collected", "received", "last"]),
  );
});
