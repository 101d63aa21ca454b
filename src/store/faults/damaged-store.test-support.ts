/**
 * A small store with every structure in it, as bytes, to be damaged and opened; and the judge of what it answers then: nothing wrong, and
 * nothing missing without a note.
 */
import { keepLines } from "../log-lines.test-support.ts";
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Labels } from "../../core/labels.ts";
import type { Logger } from "../../core/logger.ts";
import { type ReadNote, type ReadObserver, type SampleReader, type SampleWriter, tierStepsMs } from "../../core/storage.ts";
import { listPartitions, removePartition } from "../partition/partition-files.ts";
import { openReader } from "../reader.ts";
import { bitsOf } from "../temporary-store.test-support.ts";
import { hourMs, noonMs, quietLogger } from "../ticks.test-support.ts";
import { openWriter, type WriterOptions } from "../writer.ts";
import { scratchDirectory } from "../scratch-directory.test-support.ts";

/** Of two buckets; the last two are in every second tick. */
const seriesIds = [0, 1, 2, 3, 5, 62, 63, 64, 65];
export const tickMs = 20 * 60_000;
/** The oldest six hours are in the tiers only, then there are two partitions, the newest one with a head. */
export const tickCount = 50;
const options = { retentionDays: 30, maxBytes: 2 ** 40, partitionMs: 6 * hourMs, sealTicks: 5, mergeMs: 2 * hourMs } as const;

export type StoreBytes = ReadonlyMap<string, Uint8Array>;

/** `at`: offset in the file. */
export type Damage =
  | { readonly kind: "flip"; readonly name: string; readonly at: number; readonly bit: number }
  | { readonly kind: "word"; readonly name: string; readonly at: number; readonly value: number }
  /** The file ends there. */
  | { readonly kind: "cut"; readonly name: string; readonly at: number }
  /** A sector of 512 bytes that was never written. */
  | { readonly kind: "zeros"; readonly name: string; readonly at: number };

/** The damaged file. */
export function damaged(bytes: StoreBytes, damage: Damage): ReadonlyMap<string, Uint8Array> {
  const { name, at } = damage;
  const content = Uint8Array.from(bytes.get(name) ?? []);
  const view = new DataView(content.buffer);
  if (damage.kind === "cut") return new Map([[name, content.slice(0, at)]]);
  if (damage.kind === "flip") view.setUint8(at, view.getUint8(at) ^ (1 << damage.bit));
  else if (damage.kind === "word") view.setUint32(at, damage.value);
  else content.fill(0, at - (at % 512), at - (at % 512) + 512);
  return new Map([[name, content]]);
}

/** What must be readable: `series time` → the bits of what is there. */
export type Answers = ReadonlyMap<string, { readonly timeMs: number; readonly spanMs: number; readonly bits: string }>;

export function timeOf(tick: number): number {
  return noonMs + tick * tickMs;
}

function labelsOf(series: number): Labels {
  return { __name__: series % 2 === 0 ? "even" : "odd", id: String(series), node: "n" };
}

/** A clock that stands: after the newest tick. */
const clock = { nowMs: () => timeOf(tickCount), monotonicMs: () => 0 };

export function openDamaged(dataDir: string, logger: Logger = quietLogger, more: Partial<WriterOptions> = {}): SampleWriter {
  return openWriter({ dataDir, logger, clock, ...options, ...more });
}

function seriesOf(tick: number): readonly number[] {
  return tick % 2 === 0 ? seriesIds : seriesIds.slice(0, -2);
}

/** Integers, fractions, constants, and doubles without a short decimal. */
function valuesOf(tick: number): Float64Array {
  return Float64Array.from(seriesOf(tick), (i) => [tick * i, tick / 4 + i, i, Math.sqrt(tick * 71 + i)][i % 4] ?? 0);
}

export function commitTick(writer: SampleWriter, tick: number): void {
  for (let i = 0; i < 66; i++) writer.resolve(labelsOf(i));
  const refs = Uint32Array.from(seriesOf(tick), (i) => writer.resolve(labelsOf(i)));
  writer.commit(timeOf(tick), refs, valuesOf(tick), refs.length);
}

/** `series time` → bits, of every sample up to this tick. */
export function samplesUpTo(newest: number): ReadonlyMap<string, string> {
  const samples = new Map<string, string>();
  for (let tick = 0; tick <= newest; tick++) {
    const bits = bitsOf(valuesOf(tick));
    for (const [i, series] of seriesOf(tick).entries()) samples.set(`${series} ${timeOf(tick)}`, bits[i] ?? "");
  }
  return samples;
}

/** The same of what a reader gives; there is no note of damage. */
export function samplesOf(reader: SampleReader): ReadonlyMap<string, string> {
  const { answers, notes } = readAll(reader);
  assert.deepEqual(notes, []);
  return new Map([...answers].filter(([, { spanMs }]) => spanMs === 0).map(([key, { bits }]) => [key, bits]));
}

/** `closed`: after a clean stop. `killed`: as a kill leaves it, with logs. The oldest partition has gone the way of all files. */
export function makeStore(end: "closed" | "killed"): StoreBytes {
  const dataDir = scratchDirectory("chainpulse-damaged-");
  try {
    const writer = openDamaged(dataDir);
    for (let tick = 0; tick < tickCount; tick++) {
      commitTick(writer, tick);
      if (tick % 12 === 3) writer.annotate({ kind: "note", title: `tick ${tick}`, timestampMs: timeOf(tick), node: "n" });
      if (tick < tickCount - 4) while (writer.maintain(timeOf(tick), 0));
    }
    const [oldest] = listPartitions(dataDir);
    assert.ok(oldest !== undefined);
    removePartition(oldest);
    if (end === "killed") {
      const bytes = readStore(dataDir);
      writer.close();
      return bytes;
    }
    writer.close();
    return readStore(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

/** All files but the reserve, of which nobody reads a byte. */
export function readStore(dataDir: string): StoreBytes {
  const entries = readdirSync(dataDir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== "reserve");
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(dataDir, path), Uint8Array.from(readFileSync(path))]));
}

/** Runs `work` on a directory with these files, some of them replaced; `null` stands for one that is missing. */
export function withStore<T>(
  bytes: StoreBytes,
  damage: ReadonlyMap<string, Uint8Array | null>,
  work: (dataDir: string) => T,
): T {
  const dataDir = scratchDirectory("chainpulse-damaged-");
  try {
    for (const [name, content] of [...bytes, ...damage]) {
      const path = join(dataDir, name);
      mkdirSync(dirname(path), { recursive: true });
      if (content === null) rmSync(path, { force: true });
      else {
        writeFileSync(path, content);
        // As the store's clock says: it is what tells until when a damaged log may have had ticks.
        utimesSync(path, timeOf(tickCount) / 1000, timeOf(tickCount) / 1000);
      }
    }
    return work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

interface Read {
  readonly answers: Answers;
  readonly notes: readonly Extract<ReadNote, { kind: "damaged" }>[];
}

/** Whole hours around everything. */
const fromMs = noonMs - 12 * hourMs;
const toMs = noonMs + 36 * hourMs;

/** Everything there is: samples, and the summaries of both tiers. */
function readAll(reader: SampleReader): Read {
  const answers = new Map<string, { timeMs: number; spanMs: number; bits: string }>();
  const notes: Extract<ReadNote, { kind: "damaged" }>[] = [];
  const observer: ReadObserver = {
    admit: () => undefined,
    note: (note) => void (note.kind === "damaged" && notes.push(note)),
  };
  for (const { labels, timestampsMs, values } of reader.select([], fromMs, toMs, observer)) {
    const bits = bitsOf(values);
    const series = labels["id"] ?? labels["__name__"] ?? "";
    for (const [i, timeMs] of timestampsMs.entries()) {
      const key = `${series} ${timeMs}`;
      assert.ok(!answers.has(key), `${key} is there twice`);
      answers.set(key, { timeMs, spanMs: 0, bits: bits[i] ?? "" });
    }
  }
  for (const stepMs of tierStepsMs) {
    for (const { labels, ref: _, endsMs, ...columns } of reader.summaries([], fromMs, toMs, stepMs, observer)) {
      const series = labels["id"] ?? labels["__name__"] ?? "";
      for (const [i, timeMs] of endsMs.entries()) {
        const bits = Object.values(columns).map((column) => column[i]);
        answers.set(`${series} ${stepMs} ${timeMs}`, { timeMs, spanMs: stepMs, bits: bits.join() });
      }
    }
  }
  return { answers, notes };
}

/** What a store of these bytes answers. */
export function answersOf(bytes: StoreBytes): Answers {
  return withStore(bytes, new Map(), (dataDir) => {
    const reader = openReader({ dataDir, logger: quietLogger });
    try {
      const { answers, notes } = readAll(reader);
      assert.deepEqual(notes, []);
      return answers;
    } finally {
      reader.close();
    }
  });
}

/**
 * What is wrong with the answers, as sentences. A window of a tier may say less where a part of what it sums up is noted as damaged, and a
 * coarser tier may answer for a finer one.
 */
export function wrongAnswers(expected: Answers, { answers, notes }: Read): string[] {
  const problems: string[] = [];
  const isNoted = (timeMs: number, spanMs: number): boolean =>
    notes.some((note) => note.fromMs <= timeMs && note.toMs >= timeMs - spanMs);
  for (const [key, { bits, timeMs, spanMs }] of answers) {
    const right = expected.get(key);
    if (right?.bits === bits || (spanMs > 0 && isNoted(timeMs, Math.max(...tierStepsMs)))) continue;
    problems.push(right === undefined ? `${key} was never written` : `${key} is ${bits} and not ${right.bits}`);
  }
  for (const [key, { timeMs, spanMs }] of expected)
    if (!answers.has(key) && !isNoted(timeMs, spanMs)) problems.push(`${key} is missing without a note`);
  return problems;
}

/**
 * Opens a damaged store as a reader would, then as the program would, goes on in it, and stops; judges the answers of each. Returns what
 * is wrong, and an error as what it is: nothing is thrown. `alone`: whether a reader without a writer is judged; it cannot know what a
 * damaged log had.
 */
export function judge(dataDir: string, expected: Answers, alone = true): string[] {
  const { logger } = keepLines();
  const problems: string[] = [];
  const attempt = (name: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
    }
  };
  const look = (name: string): void =>
    attempt(name, () => {
      const reader = openReader({ dataDir, logger });
      try {
        problems.push(...wrongAnswers(expected, readAll(reader)).map((problem) => `${name}: ${problem}`));
        reader.annotations(0, timeOf(1000));
      } finally {
        reader.close();
      }
    });
  if (alone) look("reader alone");
  attempt("writer", () => {
    const writer = openDamaged(dataDir, logger);
    try {
      look("beside the writer");
      const ref = writer.resolve({ __name__: "new", node: "n" });
      writer.commit(
        Math.max(timeOf(tickCount), (writer.stats().newestMs ?? 0) + 1),
        Uint32Array.of(ref),
        new Float64Array(1),
        1,
      );
      while (writer.maintain(timeOf(tickCount), 0));
      writer.stats();
    } finally {
      writer.close();
    }
  });
  return problems;
}
