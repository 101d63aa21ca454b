/** One partition as a reader sees it: new ticks of the head, and sealed blocks of some buckets and times. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
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
import { type HeadTicks, refsOfLayout, ticksOf, type TimeSpan } from "./head-tick.ts";
import type { PartitionFile } from "./partition-files.ts";
import {
  blockId,
  type BlockRow,
  blockRowOf,
  bucketOfBlock,
  maxPartitionMs,
  partitionSchema,
  type Progress,
  progressOf,
} from "./partition-schema.ts";

export interface HeadState {
  /** Every tick up to this time is in blocks; `null` before the first sealing. */
  readonly sealedToMs: number | null;
  /** Ticks after the asked-for time that are not sealed. */
  readonly head: HeadTicks;
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
  readonly #gaps: StatementSync;
  /** Whether the blocks are all there and sound; looked at once, `null` before. */
  #complete: boolean | null = null;
  /** Series of the layouts that were read lately: consecutive ticks share one array. */
  readonly #layouts = new Map<number, Uint32Array | null>();

  private constructor(file: PartitionFile, mode: ReadMode, database: DatabaseSync) {
    this.startMs = file.startMs;
    this.path = file.path;
    this.mode = mode;
    this.#database = database;
    this.#ticks = database.prepare("SELECT ts, layout, samples, crc FROM ticks WHERE ts > ? ORDER BY ts");
    this.#progress = database.prepare("SELECT * FROM progress");
    this.#layout = database.prepare("SELECT refs, crc FROM layouts WHERE id = ?");
    // From the block in which the range begins: blocks of a bucket do not overlap, so it is the last one that begins before.
    this.#blocks = database.prepare(
      `SELECT id, t0, t1, members FROM blocks
       WHERE id >= coalesce((SELECT max(id) FROM blocks WHERE id BETWEEN ?1 AND ?2), ?1) AND id <= ?3 AND t1 > ?4 ORDER BY id`,
    );
    this.#data = database.prepare("SELECT data FROM blocks WHERE id = ?");
    this.#gaps = database.prepare("SELECT t0, t1 FROM gaps");
  }

  /** `null` where the file is not there (any more), or has no tables yet. */
  static open(file: PartitionFile, mode: ReadMode): PartitionReader | null {
    const database = openForReading(file.path, partitionSchema, mode);
    if (database === null) return null;
    try {
      return new PartitionReader(file, mode, database);
    } catch (error) {
      database.close();
      // Without one of its tables, or a column.
      throw isSchemaError(error) ? new DamagedFileError(error.message) : error;
    }
  }

  /** Time of the first tick ever, `null` in an empty partition. */
  firstMs(): number | null {
    return this.#progressNow().firstMs;
  }

  /** What the head holds after `afterMs`, in one state of the file. */
  head(afterMs: number): HeadState {
    const state = snapshot(this.#database, () => {
      const { sealedToMs } = this.#progressNow();
      // Sealed ticks are not there any more, unless the file is damaged; then they must not be seen twice.
      const fromMs = Math.max(afterMs, sealedToMs ?? -Infinity, Number.MIN_SAFE_INTEGER);
      return { sealedToMs, head: ticksOf(this.#ticks.all(fromMs), (id) => this.#refsOf(id)) };
    });
    // The writer drops layouts at each sealing; what it drops is not asked for again.
    if (this.#layouts.size > maxLayouts) this.#layouts.clear();
    return state;
  }

  /** Where acknowledged samples are missing. `Infinity` and its opposite where that cannot be told better than: in this file. */
  missing(): readonly TimeSpan[] {
    const gaps = this.#gaps.all().map((row) => ({ fromMs: integerOf(row, "t0"), toMs: integerOf(row, "t1") }));
    this.#complete ??= this.#hasAllBlocks();
    return this.#complete ? gaps : [...gaps, { fromMs: -Infinity, toMs: Infinity }];
  }

  /** Runs `work` on one state of the file. */
  inSnapshot<T>(work: () => T): T {
    return snapshot(this.#database, work);
  }

  /** Buckets that have blocks. */
  buckets(): readonly number[] {
    const buckets = new Set<number>();
    for (const row of this.#database.prepare("SELECT id FROM blocks").iterate())
      buckets.add(bucketOfBlock(integerOf(row, "id")));
    return [...buckets];
  }

  /** Blocks of one bucket that touch startMs < time ≤ endMs, in time order. */
  blocks(bucket: number, startMs: number, endMs: number): BlockRow[] {
    const idAt = (timeMs: number): number => {
      const offsetMs = Math.min(Math.max(timeMs - this.startMs, 0), maxPartitionMs - 1);
      return blockId(bucket, this.startMs, this.startMs + offsetMs);
    };
    return this.#blocks
      .all(idAt(-Infinity), idAt(startMs), idAt(endMs), Math.max(startMs, Number.MIN_SAFE_INTEGER))
      .map(blockRowOf)
      .filter((row) => row !== null);
  }

  blockData(id: number): Uint8Array {
    const row = this.#data.get(id);
    if (row === undefined) throw new DamagedFileError(`block ${id} is listed but not there`);
    return blobOf(row, "data");
  }

  close(): void {
    this.#database.close();
  }

  #refsOf(layout: number): Uint32Array | null {
    let refs = this.#layouts.get(layout);
    if (refs === undefined) {
      refs = refsOfLayout(this.#layout.get(layout));
      this.#layouts.set(layout, refs);
    }
    return refs;
  }

  /** Where its row is damaged, what the blocks and ticks say. */
  #progressNow(): Progress {
    const progress = progressOf(this.#progress.get());
    if (progress !== null) return progress;
    const sealed = this.#database.prepare("SELECT min(t0) AS first, max(t1) AS last FROM blocks").get();
    const head = this.#database.prepare("SELECT min(ts) AS first FROM ticks").get();
    const firstMs = optionalIntegerOf(sealed, "first") ?? optionalIntegerOf(head, "first");
    return { firstMs, sealedToMs: optionalIntegerOf(sealed, "last"), blocks: null };
  }

  #hasAllBlocks(): boolean {
    const progress = progressOf(this.#progress.get());
    if (progress === null) return false;
    let checksum = 0;
    for (const row of this.#database.prepare("SELECT id, t0, t1, members FROM blocks").iterate()) {
      const block = blockRowOf(row);
      if (block === null) return false;
      checksum ^= block.checksum;
    }
    return progress.blocks === null || progress.blocks === checksum;
  }
}
