import assert from "node:assert/strict";
import { cpSync, readdirSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { after, describe, it } from "node:test";
import { type SampleWriter, staleNaNBits, type SummaryColumns } from "../../core/storage.ts";
import { seriesPerBlock } from "../codec/block.ts";
import { listFiles, tierDir } from "../partition/partition-files.ts";
import { summarise } from "./summarise.ts";
import { bitsOf, doublesOf, maintainAll, type TemporaryStore, temporaryStore } from "../temporary-store.test-support.ts";
import { hourMs, noonMs } from "../ticks.test-support.ts";
import { labelsOf, minuteMs, named, notes, summaries } from "./tiers.test-support.ts";

const tickMs = 20_000;
const options = { retentionDays: 0.5 } as const;

/** What each series is at a tick, as bits; `null` where the tick does not have it. */
const series: Readonly<Record<string, (tick: number) => bigint | null>> = {
  constant: () => bits(0.1),
  counter: (tick) => bits((tick * 7) % 1000),
  decimal: (tick) => bits(Math.round(1e6 * Math.sin(tick)) / 1e3),
  nan: (tick) => (tick % 5 === 0 ? 0x7ff8dead00000001n : bits(tick)),
  process: (tick) => (tick % 900 > 401 ? null : tick % 900 === 401 ? staleNaNBits : bits(tick)),
  zero: (tick) => bits(tick % 2 === 0 ? -0 : 0),
  // The next bucket begins behind series that have no samples.
  ...Object.fromEntries(Array.from({ length: seriesPerBlock - 6 }, (_, i) => [`never${i}`, () => null])),
  "in another bucket": (tick) => bits(tick + 0.5),
};

function bits(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n;
}

function commitTicks(writer: SampleWriter, fromMs: number, toMs: number): void {
  const refs = Object.keys(series).map((name) => writer.resolve(labelsOf(name)));
  for (let timeMs = fromMs; timeMs < toMs; timeMs += tickMs) {
    const tick = (timeMs - noonMs) / tickMs;
    const found = Object.values(series).map((value) => value(tick));
    const values = doublesOf(found.filter((value) => value !== null));
    writer.commit(timeMs, Uint32Array.from(refs.filter((_, i) => found[i] !== null)), values, values.length);
    if (tick % 100 === 0) writer.maintain(timeMs, 5);
  }
}

/** The columns as texts of their bits. */
function texts(columns: SummaryColumns): Record<string, readonly string[]> {
  const { endsMs, count, sum, min, max, first, firstMs, last, lastMs, drops, dropped, flags } = columns;
  const all = { endsMs, count, sum, min, max, first, firstMs, last, lastMs, drops, dropped, flags };
  return Object.fromEntries(Object.entries(all).map(([name, column]) => [name, bitsOf(column)]));
}

/** 13 h from noon, closed: building it takes a second, copying it milliseconds. Made when the first test asks for it. */
let template: TemporaryStore | null = null;

function makeTemplate(): TemporaryStore {
  const store = temporaryStore();
  const writer = store.writer(options);
  commitTicks(writer, noonMs, noonMs + 13 * hourMs);
  maintainAll(writer, noonMs + 13 * hourMs);
  writer.close();
  return store;
}

/** 14 h from noon: two whole chunks, and one that is not, with a head. */
function storeWithTiers() {
  template ??= makeTemplate();
  const store = temporaryStore();
  cpSync(template.dataDir, store.dataDir, { recursive: true });
  const writer = store.writer(options);
  commitTicks(writer, noonMs + 13 * hourMs, noonMs + 14 * hourMs);
  maintainAll(writer, noonMs + 14 * hourMs);
  // What the statistics say of files is some seconds old.
  store.clock.steadyMs += minuteMs;
  return { store, writer };
}

describe("tiers", () => {
  after(() => template?.[Symbol.dispose]());

  it("hold, bit by bit, what raw samples come to", () => {
    // A chart of a month would differ from the same chart of a day.
    const { store, writer } = storeWithTiers();
    using _ = store;
    assert.deepEqual(
      writer.stats().tiers.map(({ builtToMs }) => builtToMs),
      [noonMs + 12 * hourMs, noonMs + 12 * hourMs],
    );
    const reader = store.reader();
    const raw = reader.select([], 0, Infinity);
    for (const stepMs of [minuteMs, hourMs] as const) {
      const found = summaries(reader, stepMs, noonMs - hourMs, noonMs + 14 * hourMs);
      assert.equal(found.size, raw.length);
      for (const samples of raw) {
        const name = samples.labels["__name__"] ?? "";
        const { sum, dropped, ...expected } = texts(summarise(samples, stepMs, noonMs - hourMs, noonMs + 14 * hourMs));
        const { sum: foundSum, dropped: foundDropped, ...rest } = texts(found.get(name) ?? assert.fail(name));
        assert.deepEqual(rest, expected, `${name} at ${stepMs}`);
        // An hour is summed up from its minutes, which rounds otherwise than sample by sample; of integers nothing is rounded.
        if (stepMs === hourMs && ["decimal", "constant", "nan"].includes(name)) continue;
        assert.deepEqual([foundSum, foundDropped], [sum, dropped], `${name} at ${stepMs}`);
      }
    }
  });

  it("are read where they are built, and raw samples after them", () => {
    // A range that ends now would lack its newest hours.
    const { store } = storeWithTiers();
    using _ = store;
    const reader = store.reader();
    const found = summaries(reader, minuteMs, noonMs + 12 * hourMs, noonMs + 14 * hourMs).get("counter");
    assert.equal(found?.endsMs.length, 120);
    const part = summaries(reader, minuteMs, noonMs + hourMs + minuteMs, noonMs + hourMs + 3 * minuteMs).get("counter");
    assert.deepEqual([...(part?.endsMs ?? [])], [noonMs + hourMs + 2 * minuteMs, noonMs + hourMs + 3 * minuteMs]);
  });

  it("answer when raw samples are gone, and say so", () => {
    // After its retention the history would be empty, although it was kept.
    const { store, writer } = storeWithTiers();
    using _ = store;
    const reader = store.reader();
    const before = summaries(reader, minuteMs, noonMs, noonMs + 6 * hourMs);
    store.clock.steadyMs += 20 * hourMs;
    commitTicks(writer, noonMs + 20 * hourMs, noonMs + 21 * hourMs);
    maintainAll(writer, noonMs + 21 * hourMs);
    reader.refresh();
    assert.equal(reader.oldestMs(), noonMs + 6 * hourMs);
    assert.equal(reader.stepAtMs(noonMs + hourMs), minuteMs);
    assert.equal(reader.stepAtMs(noonMs + 7 * hourMs), 0);

    const { observer, found } = notes();
    const [counter] = reader.select(named("counter"), noonMs, noonMs + 2 * minuteMs, observer);
    // The first and the last of each minute, at their own times; the last minute's last is a real sample, too.
    assert.deepEqual(
      [...(counter?.timestampsMs ?? [])],
      [20, 60, 80, 120].map((s) => noonMs + s * 1000),
    );
    assert.deepEqual([...(counter?.values ?? [])], [7, 21, 28, 42]);
    assert.deepEqual(found, [{ kind: "tier", stepMs: minuteMs }]);

    const after = summaries(reader, minuteMs, noonMs, noonMs + 6 * hourMs);
    assert.deepEqual([...after.keys()], [...before.keys()]);
    for (const [name, columns] of before) assert.deepEqual(texts(after.get(name) ?? assert.fail(name)), texts(columns), name);
    const ended = reader.select(named("process"), noonMs, noonMs + 5 * hourMs);
    assert.ok(
      bitsOf(ended[0]?.values ?? new Float64Array()).includes(staleNaNBits.toString(16)),
      "a series that ended goes on",
    );
    assert.ok(reader.labelValues("__name__", [], noonMs, noonMs + hourMs).includes("counter"));
  });

  it("are built anew after the clock was set back", () => {
    // Minutes that never were would stay in the tiers for years.
    const { store, writer } = storeWithTiers();
    using _ = store;
    writer.rewind(noonMs + 8 * hourMs);
    store.clock.steadyMs += minuteMs;
    assert.equal(writer.stats().tiers[0]?.builtToMs, noonMs + 6 * hourMs);
    commitTicks(writer, noonMs + 9 * hourMs, noonMs + 14 * hourMs);
    maintainAll(writer, noonMs + 14 * hourMs);
    store.clock.steadyMs += minuteMs;
    assert.equal(writer.stats().tiers[0]?.builtToMs, noonMs + 12 * hourMs);
    const reader = store.reader();
    const found = summaries(reader, minuteMs, noonMs + 7 * hourMs, noonMs + 10 * hourMs).get("counter");
    const [raw] = reader.select(named("counter"), 0, Infinity);
    assert.ok(raw !== undefined && found !== undefined);
    assert.deepEqual(texts(found), texts(summarise(raw, minuteMs, noonMs + 7 * hourMs, noonMs + 10 * hourMs)));
  });

  it("name what is damaged in them, and serve the rest", () => {
    // A flipped bit would show as a value that nobody measured, a lost row as a quiet hour.
    for (const damage of [
      "UPDATE summaries SET data = zeroblob(20) WHERE id % 4096 = 18",
      "DELETE FROM summaries WHERE id % 4096 = 18",
    ]) {
      const { store, writer } = storeWithTiers();
      using _ = store;
      writer.close();
      const [file] = listFiles(tierDir(store.dataDir, "1m"));
      assert.ok(file !== undefined);
      const database = new DatabaseSync(file.path);
      const { id } = database.prepare("SELECT min(id) % 4096 AS id FROM summaries").get() ?? {};
      database.exec(damage.replace("18", String(Number(id) + 1)));
      database.close();
      const { observer, found } = notes();
      const counter = summaries(store.reader(), minuteMs, noonMs - hourMs, noonMs + 12 * hourMs, observer).get("counter");
      assert.ok(found.length > 0, damage);
      for (const note of found) {
        assert.ok(note.kind === "damaged");
        assert.deepEqual([note.path, note.fromMs, note.toMs], [file.path, noonMs, noonMs + 6 * hourMs]);
      }
      assert.equal(counter?.endsMs.at(-1), noonMs + 12 * hourMs);
      assert.ok((counter?.endsMs ?? []).every((endMs) => endMs <= noonMs || endMs > noonMs + 6 * hourMs));
    }
  });

  it("take a file that cannot be opened for none, and build it anew from raw samples", () => {
    // The program would not start.
    const { store, writer } = storeWithTiers();
    using _ = store;
    writer.close();
    for (const name of ["1m", "1h"]) {
      const [file] = listFiles(tierDir(store.dataDir, name));
      writeFileSync(file?.path ?? "", "no database ".repeat(1000));
    }
    const again = store.writer(options);
    maintainAll(again, noonMs + 14 * hourMs);
    assert.equal(readdirSync(tierDir(store.dataDir, "1m")).filter((name) => name.endsWith(".corrupt")).length, 1);
    const counter = summaries(store.reader(), minuteMs, noonMs - hourMs, noonMs + 12 * hourMs).get("counter");
    assert.equal(counter?.endsMs.length, 721);
  });
});
