/**
 * Takes samples from elsewhere into a data directory that no server has open. They come series by series and go into files by time,
 * so they are staged in a file of their own first. What is taken is newer than everything that the store has: the tiers and the
 * order of the files stay as they are for a running server, and nothing is merged into what is there.
 */
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { systemClock } from "../../core/clock.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { Labels } from "../../core/labels.ts";
import type { Logger } from "../../core/logger.ts";
import { type ColumnInput, type ColumnSamples, encodeBlock, membersOf, seriesPerBlock } from "../codec/block.ts";
import { Catalog, type CatalogOptions } from "../catalog/catalog.ts";
import { blobOf, integerOf, openForWriting, storeError } from "../database.ts";
import { copyPieces } from "../partition/column-pieces.ts";
import { wordsOf } from "../partition/head-tick.ts";
import { highestRefInUse } from "../catalog/highest-ref.ts";
import { acquireLock } from "../lock.ts";
import {
  listPartitions,
  makeDirectories,
  type PartitionFile,
  partitionFile,
  samplesDir,
  syncDirectory,
} from "../partition/partition-files.ts";
import { bucketOf } from "../partition/partition-schema.ts";
import { PartitionWriter } from "../partition/partition-writer.ts";
import type { Backfill, BackfillCounts } from "./import-runs.ts";

export interface BackfillOptions extends Pick<CatalogOptions, "maxSeries" | "maxSeriesPerNode"> {
  readonly dataDir: string;
  readonly logger: Logger;
}

const partitionMs = 21_600_000;
const blockMs = 3_600_000;
/** Rows of one block at most: series with times of their own share none, and each time is a row. */
const maxRows = 8192;
/** Samples from further in the future than this are refused, ms: a clock that is wrong by minutes is common, by hours it is an error. */
const maxAheadMs = 600_000;
/** Runs that are staged in one transaction. */
const batch = 1000;

/** Throws `STORE_LOCKED` where a server runs, else as `openWriter`. End it with `finish`, or with `abandon`, which takes everything back that is not finished. */
export function openBackfill(options: BackfillOptions): Backfill & { abandon(): void } {
  makeDirectories(options.dataDir);
  const lock = acquireLock(options.dataDir);
  try {
    return new StagedBackfill(options, () => lock.release());
  } catch (error) {
    lock.release();
    throw storeError(error, options.dataDir, "open");
  }
}

class StagedBackfill implements Backfill {
  readonly #dataDir: string;
  readonly #catalog: Catalog;
  readonly #stagePath: string;
  readonly #stage: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #newestMs: number;
  readonly #latestMs = systemClock.nowMs() + maxAheadMs;
  readonly #unlock: () => void;
  #inBatch = 0;
  #refused = 0;

  constructor(options: BackfillOptions, unlock: () => void) {
    const { dataDir } = options;
    this.#dataDir = dataDir;
    this.#unlock = unlock;
    this.#newestMs = newestOf(listPartitions(dataDir));
    this.#catalog = new Catalog({ ...options, clock: systemClock, highestRef: () => highestRefInUse(dataDir) });
    this.#stagePath = join(dataDir, "import.tmp.db");
    removeFile(this.#stagePath);
    this.#stage = openForWriting(this.#stagePath, {
      version: 1,
      sql: `CREATE TABLE runs (start_ms INTEGER NOT NULL, ref INTEGER NOT NULL, times BLOB NOT NULL, samples BLOB NOT NULL);
        CREATE INDEX by_time ON runs (start_ms, ref);`,
    });
    // A staging file that is lost is begun anew.
    this.#stage.exec("PRAGMA synchronous = OFF");
    this.#insert = this.#stage.prepare("INSERT INTO runs VALUES (?, ?, ?, ?)");
  }

  add(labels: Labels, timestampsMs: Float64Array, values: Float64Array): void {
    const ref = this.#catalog.resolve(labels, timestampsMs[0] ?? 0);
    for (let first = 0, end = 0; first < timestampsMs.length; first = end) {
      const startMs = windowOf(timestampsMs[first] ?? 0, partitionMs);
      while (end < timestampsMs.length && windowOf(timestampsMs[end] ?? 0, partitionMs) === startMs) end++;
      const kept = Array.from({ length: end - first }, (_, i) => first + i).filter((i) =>
        this.#accepts(timestampsMs[i] ?? NaN),
      );
      this.#refused += end - first - kept.length;
      if (kept.length > 0) this.#stageRun(startMs, ref, pick(timestampsMs, kept), pick(values, kept));
    }
    this.#catalog.release(ref);
  }

  finish(): BackfillCounts {
    try {
      this.#endBatch();
      this.#catalog.flush();
      let samples = 0;
      const starts = this.#stage.prepare("SELECT DISTINCT start_ms FROM runs ORDER BY start_ms").all();
      for (const row of starts) samples += this.#writePartition(integerOf(row, "start_ms"));
      return { samples, refused: this.#refused };
    } catch (error) {
      throw storeError(error, this.#dataDir, "import into");
    } finally {
      this.abandon();
    }
  }

  abandon(): void {
    if (!this.#stage.isOpen) return;
    this.#stage.close();
    removeFile(this.#stagePath);
    this.#catalog.close();
    this.#unlock();
  }

  #accepts(timeMs: number): boolean {
    return Number.isSafeInteger(timeMs) && timeMs > this.#newestMs && timeMs <= this.#latestMs;
  }

  #stageRun(startMs: number, ref: number, timestampsMs: Float64Array, values: Float64Array): void {
    if (this.#inBatch === 0) this.#stage.exec("BEGIN");
    this.#insert.run(startMs, ref, bytesOf(timestampsMs), bytesOf(values));
    if (++this.#inBatch >= batch) this.#endBatch();
  }

  #endBatch(): void {
    if (this.#inBatch > 0) this.#stage.exec("COMMIT");
    this.#inBatch = 0;
  }

  /** Writes one file and gives it its name when it is complete; returns its samples. */
  #writePartition(startMs: number): number {
    const file = partitionFile(samplesDir(this.#dataDir), Math.max(startMs, this.#newestMs + 1));
    const unfinished: PartitionFile = { ...file, path: `${file.path}.import` };
    removeFile(unfinished.path);
    try {
      const samples = this.#fill(unfinished, startMs);
      renameSync(unfinished.path, file.path);
      syncDirectory(samplesDir(this.#dataDir));
      return samples;
    } catch (error) {
      // Nobody else would ever delete it: its name is none of a partition.
      afterFailure(() => removeFile(unfinished.path));
      throw error;
    }
  }

  #fill(file: PartitionFile, startMs: number): number {
    const partition = new PartitionWriter(file);
    let samples = 0;
    try {
      for (const [bucket, series] of this.#buckets(startMs)) {
        for (let fromMs = startMs; fromMs < startMs + partitionMs; fromMs += blockMs)
          partition.load(blocksOf(bucket, series, fromMs, fromMs + blockMs));
        for (const { timestampsMs } of series.values()) samples += timestampsMs.length;
        this.#catalog.see(Uint32Array.from(series.keys()), file.startMs);
      }
      partition.close();
      return samples;
    } catch (error) {
      afterFailure(() => partition.abandon());
      throw error;
    }
  }

  /** The staged samples of one file, a bucket of series at a time. */
  *#buckets(startMs: number): Generator<[number, ReadonlyMap<number, Run>]> {
    const rows = this.#stage.prepare("SELECT ref, times, samples FROM runs WHERE start_ms = ? ORDER BY ref, rowid");
    let bucket = -1;
    let series = new Map<number, Run[]>();
    for (const row of rows.iterate(startMs)) {
      const ref = integerOf(row, "ref");
      if (bucketOf(ref) !== bucket) {
        if (series.size > 0) yield [bucket, this.#joined(series)];
        bucket = bucketOf(ref);
        series = new Map();
      }
      const run = { timestampsMs: doublesOf(blobOf(row, "times")), values: doublesOf(blobOf(row, "samples")) };
      const runs = series.get(ref);
      if (runs === undefined) series.set(ref, [run]);
      else runs.push(run);
    }
    if (series.size > 0) yield [bucket, this.#joined(series)];
  }

  #joined(series: ReadonlyMap<number, readonly Run[]>): ReadonlyMap<number, Run> {
    return new Map(
      Array.from(series, ([ref, runs]) => {
        const { run, duplicates } = joinRuns(runs);
        this.#refused += duplicates;
        return [ref, run];
      }),
    );
  }
}

type Run = ColumnSamples;

/** In time order; of samples at one time the first that came. */
function joinRuns(runs: readonly Run[]): { readonly run: Run; readonly duplicates: number } {
  const { timestampsMs: times, values } = copyPieces(runs);
  const order = Array.from(times.keys()).sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
  const kept = order.filter((i, k) => k === 0 || times[i] !== times[order[k - 1] ?? -1]);
  return { run: { timestampsMs: pick(times, kept), values: pick(values, kept) }, duplicates: times.length - kept.length };
}

type LoadedBlock = Parameters<PartitionWriter["load"]>[0][number];

/** The blocks of one bucket for fromMs ≤ time < toMs; several where one would have too many rows. */
function blocksOf(bucket: number, series: ReadonlyMap<number, Run>, fromMs: number, toMs: number): LoadedBlock[] {
  const times = new Set<number>();
  for (const { timestampsMs } of series.values())
    for (const timeMs of timestampsMs) if (timeMs >= fromMs && timeMs < toMs) times.add(timeMs);
  if (times.size === 0) return [];
  if (times.size > maxRows && toMs - fromMs > 1) {
    const middleMs = Math.floor((fromMs + toMs) / 2);
    return [...blocksOf(bucket, series, fromMs, middleMs), ...blocksOf(bucket, series, middleMs, toMs)];
  }
  const rows = Float64Array.from(times).sort();
  const columns = Array.from(series, ([ref, run]) => columnOf(ref % seriesPerBlock, run, rows)).filter(
    (column) => column !== null,
  );
  const [firstMs = 0] = rows;
  const lastMs = rows.at(-1) ?? firstMs;
  return [{ bucket, firstMs, lastMs, members: membersOf(columns), data: encodeBlock(rows, columns) }];
}

/** The run's samples at the rows' times; `null` where it has none. */
function columnOf(slot: number, { timestampsMs, values }: Run, rows: Float64Array): ColumnInput | null {
  const present = new Uint8Array(Math.ceil(rows.length / 8));
  const found: number[] = [];
  let next = 0;
  for (const [row, timeMs] of rows.entries()) {
    while ((timestampsMs[next] ?? Infinity) < timeMs) next++;
    if (timestampsMs[next] !== timeMs) continue;
    present[row >> 3] = (present[row >> 3] ?? 0) | (1 << (row & 7));
    found.push(next);
  }
  if (found.length === 0) return null;
  const words = new Uint32Array(pick(values, found).buffer);
  return { slot, present: found.length === rows.length ? null : present, words };
}

/** The values at these places, moved as words: a NaN's payload may not survive the way through a number. */
function pick(values: Float64Array, places: readonly number[]): Float64Array {
  const picked = new Float64Array(places.length);
  const from = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  const to = new BigUint64Array(picked.buffer);
  for (const [i, place] of places.entries()) to[i] = from[place] ?? 0n;
  return picked;
}

function doublesOf(bytes: Uint8Array): Float64Array {
  const words = wordsOf(bytes);
  return new Float64Array(words.slice().buffer);
}

function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function windowOf(timeMs: number, lengthMs: number): number {
  return Math.floor(timeMs / lengthMs) * lengthMs;
}

/** Time of the newest sample, -Infinity without any. Opening and closing takes in what a killed server left in a log. */
function newestOf(files: readonly PartitionFile[]): number {
  for (const file of files.toReversed()) {
    const partition = new PartitionWriter(file);
    const { newestMs, headTicks } = partition;
    partition.close();
    if (headTicks > 0)
      throw new ChainPulseError("STORE_UNUSABLE", `${file.path} holds ticks that its server had no time to seal`, {
        fix: "Start ChainPulse on this data directory once and stop it; then import.",
      });
    if (newestMs !== null) return newestMs;
  }
  return -Infinity;
}

/** Cleans up as far as that goes. */
function afterFailure(work: () => void): void {
  try {
    work();
  } catch {
    // What comes of it is no news: the error that led here is thrown on, and this one would hide it.
  }
}

function removeFile(path: string): void {
  for (const companion of ["", "-wal", "-shm"]) rmSync(`${path}${companion}`, { force: true });
}
