/** One file of received samples as a reader sees it. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SeriesRef } from "../../core/storage.ts";
import {
  blobOf,
  DamagedFileError,
  integerOf,
  isSchemaError,
  openForReading,
  optionalIntegerOf,
  type ReadMode,
  snapshot,
} from "../database.ts";
import type { TimeSpan } from "../partition/head-tick.ts";
import { hasWal, type PartitionFile, stampOf } from "../partition/partition-files.ts";
import { type BlockRow, blockRowOf } from "../partition/partition-schema.ts";
import { type Prepared, preparedOnce } from "../prepared-once.ts";
import { type BatchRow, batchRowOf } from "./batch-row.ts";
import {
  blockIdRange,
  histogramRowId,
  hourOf,
  partsOfBlockId,
  receivedFileMs,
  type ReceivedProgress,
  receivedProgressOf,
  receivedSchema,
} from "./received-schema.ts";
import { type HistogramRow, histogramRowOf, surveyRows } from "./sealed-rows.ts";

/** A batch with its number; `row` is `null` where it is damaged. */
export interface NumberedBatch {
  readonly seq: number;
  readonly row: BatchRow | null;
}

export class ReceivedReader {
  readonly startMs: number;
  readonly path: string;
  readonly #mode: ReadMode;
  readonly #database: DatabaseSync;
  readonly #prepared: Prepared;
  readonly #stamp: string;
  readonly #version: StatementSync;
  readonly #progress: StatementSync;
  readonly #batches: StatementSync;
  readonly #blocks: StatementSync;
  readonly #data: StatementSync;
  readonly #histograms: StatementSync;
  /** Whether the rows are all there; looked at once, `null` before. */
  #complete: boolean | null = null;

  private constructor(file: PartitionFile, mode: ReadMode, stamp: string, database: DatabaseSync) {
    this.startMs = file.startMs;
    this.path = file.path;
    this.#mode = mode;
    this.#stamp = stamp;
    this.#database = database;
    this.#prepared = preparedOnce(database);
    this.#version = database.prepare("PRAGMA data_version");
    this.#progress = database.prepare("SELECT * FROM progress");
    this.#batches = database.prepare("SELECT * FROM batches WHERE seq > ? ORDER BY seq");
    this.#blocks = database.prepare(
      "SELECT id, t0, t1, members FROM blocks WHERE id BETWEEN ? AND ? AND t1 > ? AND t0 <= ? ORDER BY id",
    );
    this.#data = database.prepare("SELECT data FROM blocks WHERE id = ?");
    this.#histograms = database.prepare("SELECT * FROM histograms WHERE id BETWEEN ? AND ? AND t1 > ? AND t0 <= ? ORDER BY id");
  }

  /** `null` where the file is not there (any more), or has no tables yet. */
  static open(file: PartitionFile): ReceivedReader | null {
    // Nobody writes to one that has no log; what comes of that later, `isCurrent` tells.
    const stamp = stampOf(file.path);
    const mode = hasWal(file.path) ? "shared" : "immutable";
    const database = openForReading(file.path, receivedSchema, mode);
    if (database === null) return null;
    try {
      return new ReceivedReader(file, mode, stamp, database);
    } catch (error) {
      database.close();
      // Without one of its tables, or a column.
      throw isSchemaError(error) ? new DamagedFileError(error.message) : error;
    }
  }

  /** Time that the file holds at most: startMs < time ≤ endMs. */
  get endMs(): number {
    return this.startMs + receivedFileMs;
  }

  /** Whether somebody may be writing to it. */
  get isLive(): boolean {
    return this.#mode === "shared";
  }

  /** False where somebody has begun to write to a file that nobody wrote to: what was read meanwhile may be of two states. */
  get isCurrent(): boolean {
    return this.isLive || this.#stamp === stampOf(this.path);
  }

  /** Another number where something was committed. */
  version(): number {
    return !this.isLive ? 0 : integerOf(this.#version.get() ?? {}, "data_version");
  }

  /** Runs `work` on one state of the file. */
  inSnapshot<T>(work: () => T): T {
    return snapshot(this.#database, work);
  }

  /** Throws `DamagedFileError` where its row is damaged: the writer mends it when it opens the file. */
  progress(): ReceivedProgress {
    const progress = receivedProgressOf(this.#progress.get());
    if (progress === null) throw new DamagedFileError("the record of what is in the file is damaged");
    return progress;
  }

  /** Whether something was sealed since the tiers were built. */
  hasLate(): boolean {
    return this.#prepared("SELECT 1 FROM late LIMIT 1").get() !== undefined;
  }

  /** Numbers of the batches that are not sealed, ascending, and the greatest ever given out. */
  batchNumbers(): { readonly present: readonly number[]; readonly greatest: number } {
    const present = this.#prepared("SELECT seq FROM batches ORDER BY seq").all();
    const greatest = this.#prepared("SELECT seq FROM sqlite_sequence WHERE name = 'batches'").get();
    return { present: present.map((row) => integerOf(row, "seq")), greatest: optionalIntegerOf(greatest, "seq") ?? 0 };
  }

  batchesAfter(seq: number): NumberedBatch[] {
    return this.#batches.all(seq).map((row) => ({ seq: integerOf(row, "seq"), row: batchRowOf(row) }));
  }

  /** Rows of one bucket that touch startMs < time ≤ endMs, by hour and then those written first first; damaged ones are `null`. */
  blocks(bucket: number, startMs: number, endMs: number): (BlockRow | null)[] {
    const range = blockIdRange(bucket, hourOf(this.startMs, startMs + 1), hourOf(this.startMs, endMs));
    return this.#blocks.all(...range, clamped(startMs), clamped(endMs)).map(blockRowOf);
  }

  blockData(id: number): Uint8Array {
    const row = this.#data.get(id);
    if (row === undefined) throw new DamagedFileError(`block ${id} is listed but not there`);
    return blobOf(row, "data");
  }

  hasHistograms(): boolean {
    return this.#prepared("SELECT 1 FROM histograms LIMIT 1").get() !== undefined;
  }

  /** The same of the histograms of one series. */
  histograms(ref: SeriesRef, startMs: number, endMs: number): (HistogramRow | null)[] {
    const fromId = histogramRowId(ref, hourOf(this.startMs, startMs + 1), 0);
    const toId = histogramRowId(ref, hourOf(this.startMs, endMs) + 1, 0) - 1;
    return this.#histograms.all(fromId, toId, clamped(startMs), clamped(endMs)).map(histogramRowOf);
  }

  /** Buckets that have blocks or histograms. */
  buckets(bucketOfSeries: (ref: SeriesRef) => number): ReadonlySet<number> {
    const buckets = new Set<number>();
    for (const row of this.#database.prepare("SELECT id FROM blocks").iterate())
      buckets.add(partsOfBlockId(integerOf(row, "id")).bucket);
    for (const row of this.#database.prepare("SELECT id FROM histograms").iterate())
      buckets.add(bucketOfSeries(Math.floor(integerOf(row, "id") / histogramRowId(1, 0, 0))));
    return buckets;
  }

  /** Where acknowledged samples are missing. Of a file that nobody writes to, also whether all its rows are there. */
  missing(): readonly TimeSpan[] {
    const rows = this.#prepared("SELECT t0, t1 FROM gaps").all();
    const gaps = rows.map((row) => ({ fromMs: integerOf(row, "t0"), toMs: integerOf(row, "t1") }));
    if (this.isLive) return gaps;
    this.#complete ??= surveyRows(this.#database).blocks === this.progress().blocks;
    return this.#complete ? gaps : [...gaps, { fromMs: this.startMs + 1, toMs: this.endMs }];
  }

  close(): void {
    this.#database.close();
  }
}

function clamped(timeMs: number): number {
  return Math.min(Math.max(timeMs, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}
