import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import type { SampleWriter } from "../core/storage.ts";
import { listFiles, listPartitions, receivedDir } from "./partition/partition-files.ts";
import { rawFiles, removalOf, unitsOf } from "./raw-files.ts";
import { maintainAll, type TemporaryStore, temporaryStore } from "./temporary-store.test-support.ts";
import { hourMs, noonMs } from "./ticks.test-support.ts";
import { chunkMs } from "./tier/tiers.ts";
import { minuteMs, named, notes } from "./tier/tiers.test-support.ts";

const receivedSeries = 20;

interface Hours {
  readonly from: number;
  readonly to: number;
  /** In which of them there are ticks. Default: in all. */
  readonly isUp?: (hour: number) => boolean;
}

/** In each minute of these hours since noon a tick and a sample of each series of an agent, and upkeep. */
function fill(store: TemporaryStore, writer: SampleWriter, { from, to, isUp = () => true }: Hours): void {
  const own = Uint32Array.of(writer.resolve({ __name__: "own", node: "hub" }));
  const refs = Uint32Array.from({ length: receivedSeries }, (_, i) =>
    writer.resolve({ __name__: `agents${i}`, node: "agent" }),
  );
  for (let minute = from * 60 + 1; minute <= to * 60; minute++) {
    const timeMs = noonMs + minute * minuteMs;
    store.clock.wallMs = timeMs;
    store.clock.steadyMs += minuteMs;
    if (isUp(Math.floor(minute / 60))) writer.commit(timeMs, own, Float64Array.of(minute), 1);
    writer.receive({
      count: receivedSeries,
      refs,
      timesMs: new Float64Array(receivedSeries).fill(timeMs),
      values: Float64Array.from(refs, (_, i) => Math.sin(i * minute)),
    });
    if (minute % 10 === 0) maintainAll(writer, timeMs);
  }
  for (let turn = 0; turn < 4; turn++) settle(store, writer);
}

function settle(store: TemporaryStore, writer: SampleWriter): void {
  store.clock.steadyMs += 11 * minuteMs;
  maintainAll(writer, store.clock.wallMs);
}

/** Of a series in the chunk that begins then: samples that the tier of minutes counts, and those that a query of samples gets. */
function samplesOf(
  store: TemporaryStore,
  name: string,
  fromMs: number,
): { readonly counted: number; readonly selected: number } {
  const reader = store.reader();
  const { observer } = notes();
  let counted = 0;
  for (const { count } of reader.summaries(named(name), fromMs, fromMs + chunkMs, minuteMs, observer))
    counted += count.reduce((sum, one) => sum + one, 0);
  const selected = reader.select(named(name), fromMs, fromMs + chunkMs, observer)[0]?.values.length ?? 0;
  reader.close();
  return { counted, selected };
}

/** Samples of a series that come late, in the last hour of the chunk; whether they were taken. */
function receiveLate(store: TemporaryStore, writer: SampleWriter, fromMs: number): boolean {
  const timesMs = Float64Array.from({ length: 60 }, (_, i) => fromMs + 5 * hourMs + i * minuteMs + 500);
  const ref = writer.resolve({ __name__: "agents5", node: "agent" });
  try {
    writer.receive({ count: 60, refs: new Uint32Array(60).fill(ref), timesMs, values: new Float64Array(60) });
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "UNAVAILABLE", String(error));
    return false;
  }
  for (let turn = 0; turn < 4; turn++) settle(store, writer);
  return true;
}

/** Since noon. */
function hoursOf(files: readonly { readonly startMs: number }[]): number[] {
  return files.map(({ startMs }) => (startMs - noonMs) / hourMs);
}

describe("raw samples of one time", () => {
  it("go together for their size, ticks and what was received", () => {
    // Ticks alone would be taken for all raw samples of the time: received series would be missing in it, and have their summaries made
    // anew from what is left as soon as a sample comes late.
    using store = temporaryStore();
    const filled = store.writer();
    fill(store, filled, { from: 0, to: 20 });
    filled.close();
    const sound = store.writer();
    const { bytes } = sound.stats();
    sound.close();
    const writer = store.writer({ maxBytes: bytes - 4096 });
    settle(store, writer);
    const { dataDir } = store;
    assert.deepEqual([listFiles(receivedDir(dataDir)), listPartitions(dataDir)].map(hoursOf), [
      [6, 12, 18],
      [6, 12, 18],
    ]);
    const { counted, selected } = samplesOf(store, "agents5", noonMs);
    assert.equal(counted, 360);
    assert.ok(selected > 0, "raw samples seem to be there");
    assert.equal(receiveLate(store, writer, noonMs), false);
    assert.equal(samplesOf(store, "agents5", noonMs).counted, 360);
  });

  it("go together for their age, also where a file of ticks reaches over a downtime", () => {
    // For as long as the hub was down, agents' series would be missing in the hours before it.
    using store = temporaryStore();
    const writer = store.writer({ retentionDays: 0.5 });
    const isUp = (hour: number): boolean => hour < 5 || hour >= 17;
    // What was received in the first six hours is past its age, but not the ticks, of which the next ones come at 12 h.
    fill(store, writer, { from: 0, to: 22, isUp });
    assert.deepEqual(samplesOf(store, "agents5", noonMs), { counted: 360, selected: 360 });
    fill(store, writer, { from: 22, to: 26 });
    const { dataDir } = store;
    assert.deepEqual([listFiles(receivedDir(dataDir)), listPartitions(dataDir)].map(hoursOf), [
      [12, 18, 24],
      [12, 18, 24],
    ]);
    const { counted, selected } = samplesOf(store, "agents5", noonMs);
    assert.equal(counted, 360);
    assert.ok(selected > 0, "raw samples seem to be there");
  });

  it("stay while samples come to some of them, also once others go", () => {
    // A sample that was taken in between two deletions would go with its file, although its sender was told that it is stored.
    using store = temporaryStore();
    const writer = store.writer();
    fill(store, writer, { from: 0, to: 20 });
    writer.close();
    const again = store.writer({ maxBytes: 1 });
    store.clock.steadyMs += hourMs;
    const isGone = (): boolean => listFiles(receivedDir(store.dataDir)).every(({ startMs }) => startMs > noonMs);
    while (!isGone()) assert.equal(again.maintain(store.clock.wallMs, 0), true, "not all at once");
    assert.equal(receiveLate(store, again, noonMs + chunkMs), true);
    assert.equal(samplesOf(store, "agents5", noonMs + chunkMs).counted, 420);
  });

  it("go in the end when a kill comes between the two", () => {
    // A late sample would have the summaries of the time made anew from the ticks alone, and those of received series would be gone.
    using store = temporaryStore();
    const filled = store.writer();
    fill(store, filled, { from: 0, to: 20, isUp: (hour) => hour < 5 || hour >= 17 });
    filled.close();
    // Two files of received samples, and the one of ticks: five steps.
    for (let steps = 0; steps <= 6; steps++) {
      store.copyTo((copy) => {
        const [unit = []] = unitsOf(rawFiles(copy.dataDir));
        const removal = removalOf(copy.dataDir, unit);
        for (let step = 0; step < steps; step++) removal.next();
        Object.assign(copy.clock, { wallMs: store.clock.wallMs, steadyMs: store.clock.steadyMs });
        const writer = copy.writer();
        const isTaken = receiveLate(copy, writer, noonMs + chunkMs);
        assert.equal(isTaken, steps === 0, `${steps} steps`);
        for (const fromMs of [noonMs, noonMs + chunkMs]) {
          const { counted, selected } = samplesOf(copy, "agents5", fromMs);
          assert.equal(counted, isTaken && fromMs > noonMs ? 420 : 360, `${steps} steps`);
          assert.ok(selected > 0, `${steps} steps`);
        }
        assert.ok(unit.length === 3 && unit.every(({ path }) => existsSync(path) === isTaken), `${steps} steps`);
        assert.ok(readdirSync(receivedDir(copy.dataDir)).every((name) => !name.endsWith(".going")));
      });
    }
  });
});
