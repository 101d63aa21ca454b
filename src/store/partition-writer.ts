/**
 * One partition as the writer sees it: ticks go in as rows, sealing turns them into blocks. A tick is one row in one commit; which
 * series its values belong to (the layout) is a row of its own that is written only when it changes.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { staleNaNBits } from "../core/storage.ts";
import { blobOf, openForWriting, optionalIntegerOf, transaction } from "./database.ts";
import { type HeadTick, tickOf, wordsOf } from "./head-tick.ts";
import type { PartitionFile } from "./partition-files.ts";
import { blockId, partitionSchema } from "./partition-schema.ts";

/** One block on its way into the file. */
export interface EncodedBlock {
  readonly bucket: number;
  readonly members: Uint8Array;
  readonly data: Uint8Array;
}

/** What is written to the log between two checkpoints; one then takes about 5 ms, where all of a sealing's 8 MB take 25 (measured). */
const checkpointBytes = 1024 * 1024;
/** How long closing waits for readers before it leaves the rest of the log to the next opening, ms. */
const closeTimeoutMs = 200;

/** The stale marker's two words. */
const staleLow = Number(staleNaNBits & 0xffff_ffffn);
const staleHigh = Number(staleNaNBits >> 32n);

export class PartitionWriter {
  readonly startMs: number;
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #insertTick: StatementSync;
  readonly #insertLayout: StatementSync;
  readonly #insertBlock: StatementSync;
  /** The refs of the layout that the last tick used, and its number; `null` where the next tick must write one. */
  #refs = new Uint32Array(0);
  #layout: number | null = null;
  #headTicks = 0;
  #headSamples = 0;
  /** Since the last checkpoint. */
  #loggedBytes = 0;
  #firstMs: number | null;
  #newestMs: number | null;
  #walFile: number | null = null;
  #syncing = false;

  constructor(file: PartitionFile) {
    this.startMs = file.startMs;
    this.path = file.path;
    const database = openForWriting(file.path, partitionSchema);
    this.#database = database;
    try {
      // The automatic checkpoint would run inside a tick's commit; `checkpoint` does it between ticks instead.
      database.exec("PRAGMA wal_autocheckpoint = 0");
      this.#insertTick = database.prepare("INSERT INTO ticks VALUES (?, ?, ?)");
      this.#insertLayout = database.prepare("INSERT INTO layouts (refs) VALUES (?)");
      this.#insertBlock = database.prepare("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)");
      const progress = database.prepare("SELECT * FROM progress").get();
      this.#firstMs = optionalIntegerOf(progress, "first_ms");
      this.#newestMs = this.#countHead() ?? optionalIntegerOf(progress, "sealed_to_ms");
    } catch (error) {
      database.close();
      throw error;
    }
  }

  get headTicks(): number {
    return this.#headTicks;
  }

  get headSamples(): number {
    return this.#headSamples;
  }

  get firstMs(): number | null {
    return this.#firstMs;
  }

  get newestMs(): number | null {
    return this.#newestMs;
  }

  /** Whether the last tick had exactly these series. */
  hasLayout(refs: Uint32Array, count: number): boolean {
    const current = this.#refs;
    if (current.length !== count) return false;
    for (let i = 0; i < count; i++) if (current[i] !== refs[i]) return false;
    return true;
  }

  /** The series of the ticks from now on; written with the next one. */
  setLayout(refs: Uint32Array, count: number): void {
    this.#refs = refs.slice(0, count);
    this.#layout = null;
  }

  /** Commits one tick; `samples` are the bytes of as many values as the layout has series. */
  append(timestampMs: number, samples: Uint8Array): void {
    if (this.#layout === null) this.#layout = this.#appendWithLayout(timestampMs, samples);
    else this.#insertTick.run(timestampMs, this.#layout, samples);
    this.#firstMs ??= timestampMs;
    this.#newestMs = timestampMs;
    this.#headTicks++;
    this.#headSamples += this.#refs.length;
    this.#loggedBytes += samples.byteLength;
  }

  /** The oldest ticks of the head, at most `limit`. */
  oldestTicks(limit: number): HeadTick[] {
    const layouts = new Map<number, Uint32Array>();
    const find = this.#database.prepare("SELECT refs FROM layouts WHERE id = ?");
    const refsOf = (id: number): Uint32Array => {
      const refs = layouts.get(id) ?? wordsOf(blobOf(find.get(id) ?? {}, "refs"));
      layouts.set(id, refs);
      return refs;
    };
    const rows = this.#database.prepare("SELECT ts, layout, samples FROM ticks ORDER BY ts LIMIT ?").all(limit);
    return rows.map((row) => tickOf(row, refsOf));
  }

  /** Series whose last sample after `sinceMs` is a value and no stale marker. Looks at the head only. */
  aliveSince(sinceMs: number): Uint32Array {
    const alive = new Set<number>();
    for (const { timestampMs, refs, words } of this.oldestTicks(this.#headTicks)) {
      if (timestampMs <= sinceMs) continue;
      for (const [position, ref] of refs.entries()) {
        const stale = words[2 * position] === staleLow && words[2 * position + 1] === staleHigh;
        if (stale) alive.delete(ref);
        else alive.add(ref);
      }
    }
    return Uint32Array.from(alive);
  }

  /** Puts the blocks of the ticks from `firstMs` to `lastMs` in and drops those ticks, all or nothing. */
  seal(firstMs: number, lastMs: number, blocks: readonly EncodedBlock[]): void {
    transaction(this.#database, () => {
      for (const { bucket, members, data } of blocks) {
        this.#insertBlock.run(blockId(bucket, this.startMs, firstMs), firstMs, lastMs, members, data);
        this.#loggedBytes += data.byteLength;
      }
      this.#database.prepare("DELETE FROM ticks WHERE ts <= ?").run(lastMs);
      this.#database.exec("DELETE FROM layouts WHERE id NOT IN (SELECT layout FROM ticks)");
      this.#database.prepare("UPDATE progress SET sealed_to_ms = ?").run(lastMs);
    });
    // The current layout may be among the dropped ones; it is written again with the next tick.
    this.#layout = null;
    this.#countHead();
  }

  /** Copies the log into the file once it is worth it, as far as readers allow; never waits for them. */
  checkpoint(): void {
    if (this.#loggedBytes < checkpointBytes) return;
    this.#loggedBytes = 0;
    this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  /** Gives up to `pages` free pages back to the file system; false when none is left. */
  shrink(pages: number): boolean {
    this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
    return (optionalIntegerOf(this.#database.prepare("PRAGMA freelist_count").get(), "freelist_count") ?? 0) > 0;
  }

  /** The log on the disk on return: every commit so far survives a power loss. */
  sync(): void {
    fdatasyncSync(this.#wal());
  }

  /** The same without waiting; `done` gets the error, if any. Free where the previous one is still under way. */
  syncSoon(done: (error: Error | null) => void): void {
    if (this.#syncing) return;
    const file = this.#wal();
    this.#syncing = true;
    fdatasync(file, (error) => {
      this.#syncing = false;
      // Closed meanwhile: the descriptor was left open for this call.
      if (this.#walFile === null) closeSync(file);
      done(error);
    });
  }

  /** Closes with everything in the one file. */
  close(): void {
    // Explicitly: with a reader still connected, closing alone would leave everything in the log.
    this.#database.exec(`PRAGMA busy_timeout = ${closeTimeoutMs}; PRAGMA wal_checkpoint(TRUNCATE)`);
    this.abandon();
  }

  /** Closes a file that is not worth another write. */
  abandon(): void {
    if (this.#walFile !== null && !this.#syncing) closeSync(this.#walFile);
    this.#walFile = null;
    this.#database.close();
  }

  #appendWithLayout(timestampMs: number, samples: Uint8Array): number {
    return transaction(this.#database, () => {
      if (this.#firstMs === null) this.#database.prepare("UPDATE progress SET first_ms = ?").run(timestampMs);
      const layout = Number(this.#insertLayout.run(bytesOf(this.#refs)).lastInsertRowid);
      this.#insertTick.run(timestampMs, layout, samples);
      return layout;
    });
  }

  /** Counts the head's rows; returns the newest one's time. */
  #countHead(): number | null {
    const head = this.#database
      .prepare("SELECT count(*) AS ticks, coalesce(sum(length(samples)), 0) AS bytes, max(ts) AS newest FROM ticks")
      .get();
    this.#headTicks = optionalIntegerOf(head, "ticks") ?? 0;
    this.#headSamples = (optionalIntegerOf(head, "bytes") ?? 0) / 8;
    return optionalIntegerOf(head, "newest");
  }

  #wal(): number {
    // SQLite keeps the same log file as long as this connection is open, so the descriptor stays good.
    this.#walFile ??= openSync(`${this.path}-wal`, "r+");
    return this.#walFile;
  }
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
