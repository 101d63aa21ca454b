/** One partition as a reader sees it: new ticks of the head, and sealed blocks of some buckets and times. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf, openForReading, optionalIntegerOf, type ReadMode, snapshot } from "./database.ts";
import { type HeadTick, tickOf, wordsOf } from "./head-tick.ts";
import type { PartitionFile } from "./partition-files.ts";
import { blockId, maxPartitionMs, partitionSchema } from "./partition-schema.ts";

export interface HeadState {
  /** Every tick up to this time is in blocks; `null` before the first sealing. */
  readonly sealedToMs: number | null;
  /** Ticks after the asked-for time that are not sealed, in time order. */
  readonly ticks: readonly HeadTick[];
}

export interface BlockRow {
  readonly id: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly members: Uint8Array;
}

/** Layouts kept per partition; at 1,500 series each takes 6 KB. */
const maxLayouts = 64;

export class PartitionReader {
  readonly startMs: number;
  readonly path: string;
  readonly mode: ReadMode;
  readonly #database: DatabaseSync;
  readonly #ticks: StatementSync;
  readonly #progress: StatementSync;
  readonly #layout: StatementSync;
  readonly #blocks: StatementSync;
  readonly #data: StatementSync;
  /** Series of the layouts that were read lately: consecutive ticks share one array. */
  readonly #layouts = new Map<number, Uint32Array>();

  private constructor(file: PartitionFile, mode: ReadMode, database: DatabaseSync) {
    this.startMs = file.startMs;
    this.path = file.path;
    this.mode = mode;
    this.#database = database;
    this.#ticks = database.prepare("SELECT ts, layout, samples FROM ticks WHERE ts > ? ORDER BY ts");
    this.#progress = database.prepare("SELECT first_ms, sealed_to_ms FROM progress");
    this.#layout = database.prepare("SELECT refs FROM layouts WHERE id = ?");
    // From the block in which the range begins: blocks of a bucket do not overlap, so it is the last one that begins before.
    this.#blocks = database.prepare(
      `SELECT id, t0, t1, members FROM blocks
       WHERE id >= coalesce((SELECT max(id) FROM blocks WHERE id BETWEEN ?1 AND ?2), ?1) AND id <= ?3 AND t1 > ?4 ORDER BY id`,
    );
    this.#data = database.prepare("SELECT data FROM blocks WHERE id = ?");
  }

  /** `null` where the file is not there (any more), or has no tables yet. */
  static open(file: PartitionFile, mode: ReadMode): PartitionReader | null {
    const database = openForReading(file.path, partitionSchema, mode);
    return database === null ? null : new PartitionReader(file, mode, database);
  }

  /** Time of the first tick ever, `null` in an empty partition. */
  firstMs(): number | null {
    return optionalIntegerOf(this.#progress.get(), "first_ms");
  }

  /** What the head holds after `afterMs`, in one state of the file. */
  head(afterMs: number): HeadState {
    const state = snapshot(this.#database, () => ({
      sealedToMs: optionalIntegerOf(this.#progress.get(), "sealed_to_ms"),
      ticks: this.#ticks.all(Math.max(afterMs, Number.MIN_SAFE_INTEGER)).map((row) => tickOf(row, (id) => this.#refsOf(id))),
    }));
    // The writer drops layouts at each sealing; what it drops is not asked for again.
    if (this.#layouts.size > maxLayouts) this.#layouts.clear();
    return state;
  }

  /** Blocks of one bucket that touch startMs < time ≤ endMs, in time order. */
  blocks(bucket: number, startMs: number, endMs: number): BlockRow[] {
    const idAt = (timeMs: number): number => {
      const offsetMs = Math.min(Math.max(timeMs - this.startMs, 0), maxPartitionMs - 1);
      return blockId(bucket, this.startMs, this.startMs + offsetMs);
    };
    return this.#blocks
      .all(idAt(-Infinity), idAt(startMs), idAt(endMs), Math.max(startMs, Number.MIN_SAFE_INTEGER))
      .map((row) => ({
        id: integerOf(row, "id"),
        startMs: integerOf(row, "t0"),
        endMs: integerOf(row, "t1"),
        members: blobOf(row, "members"),
      }));
  }

  blockData(id: number): Uint8Array {
    const row = this.#data.get(id);
    if (row === undefined) throw new DamagedFileError(`block ${id} is listed but not there`);
    return blobOf(row, "data");
  }

  close(): void {
    this.#database.close();
  }

  #refsOf(layout: number): Uint32Array {
    let refs = this.#layouts.get(layout);
    if (refs === undefined) {
      refs = wordsOf(blobOf(this.#layout.get(layout) ?? {}, "refs"));
      this.#layouts.set(layout, refs);
    }
    return refs;
  }
}
