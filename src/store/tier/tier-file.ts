/** One file of a tier, open for writing. What is in it is derived from raw samples: what a crash undoes is derived again. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SeriesRef, SummaryColumns } from "../../core/storage.ts";
import { blobOf, checkPages, integerOf, openForWriting, transaction } from "../database.ts";
import { LogSync } from "../partition/log-sync.ts";
import type { PartitionFile } from "../partition/partition-files.ts";
import { encodeSummaries, encodeTimes, sameBits, type SummaryTimes } from "./summary-row.ts";
import { type Chunk, isMember, membersOf, packMembers, readChunks, rowId, tierSchema, writeChunk } from "./tier-schema.ts";

/** What is written to the log between two checkpoints: all of a chunk at once would take tens of milliseconds. */
const checkpointBytes = 1024 * 1024;
/** How long closing waits for readers before it leaves the rest of the log to the next opening, ms. */
const closeTimeoutMs = 200;

export class TierFile {
  readonly startMs: number;
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #insertTimes: StatementSync;
  readonly #insert: StatementSync;
  /** Times of the chunk that is being written → their row. */
  readonly #times = new Map<string, number>();
  /** The newest of them: neighbouring series mostly share them, and encoding costs more than comparing. */
  #lastTimes: { readonly times: SummaryTimes; readonly row: number } | null = null;
  /** Since the last checkpoint. */
  #loggedBytes = 0;
  /** Series of that chunk. */
  readonly #members = new Set<SeriesRef>();

  constructor(file: PartitionFile) {
    this.startMs = file.startMs;
    this.path = file.path;
    this.#database = openForWriting(file.path, tierSchema);
    try {
      this.#database.exec("PRAGMA wal_autocheckpoint = 0");
      this.#insertTimes = this.#database.prepare("INSERT INTO times (data) VALUES (?)");
      this.#insert = this.#database.prepare("INSERT OR REPLACE INTO summaries VALUES (?, ?, ?)");
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** The chunks that are complete, in time order. */
  get chunks(): readonly Chunk[] {
    return readChunks(this.#database, this.startMs).chunks;
  }

  /** Puts the summaries of some series in one chunk in; replaces what an earlier attempt has put there. */
  write(chunkStartMs: number, series: readonly (readonly [SeriesRef, SummaryColumns])[]): void {
    if (series.length === 0) return;
    for (const [ref] of series) this.#members.add(ref);
    transaction(this.#database, () => {
      for (const [ref, columns] of series) {
        const id = rowId(ref, this.startMs, chunkStartMs);
        const data = encodeSummaries(columns, id);
        this.#insert.run(id, this.#timesRow(columns), data);
        this.#loggedBytes += data.byteLength;
      }
    });
    if (this.#loggedBytes >= checkpointBytes) this.#checkpoint();
  }

  /** What is written next adds to a chunk that is built. Returns whether no acknowledged sample was missing in it. */
  continue(startMs: number): boolean {
    const chunk = this.chunks.find((one) => one.startMs === startMs);
    if (chunk !== undefined) for (const ref of refsOf(membersOf(chunk))) this.#members.add(ref);
    for (const row of this.#database.prepare("SELECT id, data FROM times").iterate())
      this.#times.set(textKey(blobOf(row, "data")), integerOf(row, "id"));
    return chunk?.isComplete === true;
  }

  /** Whether the chunk that is being written has the series. */
  has(ref: SeriesRef): boolean {
    return this.#members.has(ref);
  }

  /**
   * The chunk is built. `previousMs`: start of the one before, in whichever file. `isComplete`: whether no acknowledged sample was
   * missing. Returns which series have a row.
   */
  finish(startMs: number, previousMs: number | null, isComplete: boolean): Uint8Array {
    const members = new Uint8Array(Math.ceil((greatest(this.#members) + 1) / 8));
    for (const ref of this.#members) members[ref >> 3] = (members[ref >> 3] ?? 0) | (1 << (ref & 7));
    const next = this.chunks.find((chunk) => chunk.startMs > startMs);
    transaction(this.#database, () => {
      writeChunk(this.#database, { startMs, previousMs, packedMembers: packMembers(members), isComplete });
      // Between two that were there: late samples may be of a time that had none.
      if (next !== undefined && next.previousMs !== startMs) writeChunk(this.#database, { ...next, previousMs: startMs });
    });
    this.#times.clear();
    this.#lastTimes = null;
    this.#members.clear();
    this.#checkpoint();
    return members;
  }

  /** All of it on the disk on return. */
  sync(): void {
    const log = new LogSync(`${this.path}-wal`);
    try {
      log.sync();
    } finally {
      log.close();
    }
  }

  /** Throws `DamagedFileError` where the file's pages contradict each other. */
  check(): true {
    checkPages(this.#database);
    return true;
  }

  /** Takes back what is in here from a chunk on. */
  truncate(chunkStartMs: number): void {
    const fromId = rowId(0, this.startMs, chunkStartMs);
    transaction(this.#database, () => {
      this.#database.prepare("DELETE FROM summaries WHERE id % ? >= ?").run(rowId(1, 0, 0), fromId);
      this.#database.prepare("DELETE FROM chunks WHERE start_ms >= ?").run(chunkStartMs);
    });
  }

  close(): void {
    try {
      // Explicitly: with a reader still connected, closing alone would leave everything in the log.
      this.#database.exec(`PRAGMA busy_timeout = ${closeTimeoutMs}; PRAGMA wal_checkpoint(TRUNCATE)`);
    } finally {
      this.#database.close();
    }
  }

  #checkpoint(): void {
    this.#loggedBytes = 0;
    this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  #timesRow(times: SummaryTimes): number {
    if (this.#lastTimes !== null && sameTimes(this.#lastTimes.times, times)) return this.#lastTimes.row;
    const data = encodeTimes(times);
    const key = textKey(data);
    let row = this.#times.get(key);
    if (row === undefined) {
      row = Number(this.#insertTimes.run(data).lastInsertRowid);
      this.#times.set(key, row);
    }
    this.#lastTimes = { times, row };
    return row;
  }
}

function textKey(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("latin1");
}

function* refsOf(members: Uint8Array): Generator<SeriesRef> {
  for (let ref = 0; ref < 8 * members.length; ref++) if (isMember(members, ref)) yield ref;
}

/** -1 where there is none. */
function greatest(refs: Iterable<SeriesRef>): number {
  let found = -1;
  for (const ref of refs) if (ref > found) found = ref;
  return found;
}

function sameTimes(a: SummaryTimes, b: SummaryTimes): boolean {
  return (
    sameBits(a.endsMs, b.endsMs) && sameBits(a.count, b.count) && sameBits(a.firstMs, b.firstMs) && sameBits(a.lastMs, b.lastMs)
  );
}
