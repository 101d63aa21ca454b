/**
 * One partition as the writer sees it: ticks go in as rows, sealing turns them into blocks. A tick is one row in one commit; which
 * series its values belong to (the layout) is a row of its own that is written only when it changes.
 */
import { existsSync, statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { staleNaNBits } from "../../core/storage.ts";
import { blobOf, checkPages, createDatabase, integerOf, openForWriting, optionalIntegerOf, transaction } from "../database.ts";
import { type Prepared, preparedOnce } from "../prepared-once.ts";
import { type HeadTicks, refsOfLayout, ticksOf, type TimeSpan } from "./head-tick.ts";
import type { OnSyncFailure } from "./log-sync.ts";
import type { PartitionFile } from "./partition-files.ts";
import {
  blockChecksum,
  blockId,
  membersWithChecksum,
  partitionSchema,
  type Progress,
  progressChecksum,
  progressOf,
  tickChecksum,
} from "./partition-schema.ts";
import { blocksOf, checksumOfBlocks, nextBucket, type StoredBlock } from "./stored-blocks.ts";
import { scanWal, type WalFault } from "./wal-scan.ts";
import { WriteLog } from "./write-log.ts";

/** One block on its way into the file. */
export interface EncodedBlock {
  readonly bucket: number;
  readonly members: Uint8Array;
  readonly data: Uint8Array;
}

/** The stale marker's two words. */
const staleLow = Number(staleNaNBits & 0xffff_ffffn);
const staleHigh = Number(staleNaNBits >> 32n);

export class PartitionWriter {
  readonly startMs: number;
  readonly path: string;
  /** Where the log was found damaged at opening, so that ticks may be missing; `null` where it was not. It is in the file by then. */
  readonly lostInLog: TimeSpan | null;
  /** Blocks that begin before this are as large as they get. Not kept: looking anew is cheap. */
  mergedToMs = -Infinity;
  readonly #database: DatabaseSync;
  readonly #prepared: Prepared;
  readonly #log: WriteLog;
  readonly #insertTick: StatementSync;
  readonly #insertLayout: StatementSync;
  readonly #insertBlock: StatementSync;
  /** The refs of the layout that the last tick used, and its number; `null` where the next tick must write one. */
  #refs = new Uint32Array(0);
  #layout: number | null = null;
  #headTicks = 0;
  #headSamples = 0;
  #headFirstMs: number | null = null;
  #firstMs: number | null;
  #newestMs: number | null;
  #sealedToMs: number | null;
  /** XOR of the blocks' checksums; `null` in a file from before there were any. */
  #blocksChecksum: number | null;

  constructor(file: PartitionFile) {
    this.startMs = file.startMs;
    this.path = file.path;
    // Before SQLite opens the log, which makes it look whole.
    const fault = scanWal(file.path);
    if (!existsSync(file.path)) createDatabase(file.path, partitionSchema);
    const database = openForWriting(file.path, partitionSchema);
    this.#database = database;
    this.#prepared = preparedOnce(database);
    try {
      this.#log = new WriteLog(database, this.#prepared, file.path);
      this.#insertTick = database.prepare("INSERT INTO ticks VALUES (?, ?, ?, ?)");
      this.#insertLayout = database.prepare("INSERT INTO layouts (refs, crc) VALUES (?, ?)");
      this.#insertBlock = database.prepare("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)");
      const progress = this.#readProgress();
      this.#firstMs = progress.firstMs;
      this.#sealedToMs = progress.sealedToMs;
      this.#blocksChecksum = progress.blocks;
      this.#newestMs = this.dropDamaged() ?? progress.sealedToMs;
      this.lostInLog = fault === null ? null : this.#repairLog(fault);
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

  /** Time of the oldest tick that is not sealed; `null` where all are. */
  get headFirstMs(): number | null {
    return this.#headFirstMs;
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
    else {
      const crc = tickChecksum(timestampMs, this.#layout, samples);
      this.#insertTick.run(timestampMs, this.#layout, samples, crc);
    }
    this.#log.committed(samples.byteLength);
    this.#firstMs ??= timestampMs;
    this.#newestMs = timestampMs;
    this.#headFirstMs ??= timestampMs;
    this.#headTicks++;
    this.#headSamples += this.#refs.length;
  }

  /** The oldest ticks of the head before `beforeMs`, at most `limit`. */
  oldestTicks(limit: number, beforeMs: number): HeadTicks {
    const layouts = new Map<number, Uint32Array | null>();
    const find = this.#prepared("SELECT refs, crc FROM layouts WHERE id = ?");
    const refsOf = (id: number): Uint32Array | null => {
      const known = layouts.get(id);
      const refs = known === undefined ? refsOfLayout(find.get(id)) : known;
      layouts.set(id, refs);
      return refs;
    };
    const select = this.#prepared("SELECT ts, layout, samples, crc FROM ticks WHERE ts > ? AND ts < ? ORDER BY ts LIMIT ?");
    return ticksOf(select.all(this.#sealedTo, Math.min(beforeMs, Number.MAX_SAFE_INTEGER), limit), refsOf);
  }

  get #sealedTo(): number {
    return this.#sealedToMs ?? Number.MIN_SAFE_INTEGER;
  }

  /** Series that have a sample in the head. */
  headRefs(): Uint32Array {
    const refs = new Set<number>();
    const rows = this.#prepared("SELECT refs, crc FROM layouts WHERE id IN (SELECT layout FROM ticks)").all();
    for (const row of rows) for (const ref of refsOfLayout(row) ?? []) refs.add(ref);
    return Uint32Array.from(refs);
  }

  /** Series whose last sample after `sinceMs` is a value and no stale marker. Looks at the head only. */
  aliveSince(sinceMs: number): Uint32Array {
    const alive = new Set<number>();
    for (const { timestampMs, refs, words } of this.oldestTicks(this.#headTicks, Infinity).ticks) {
      if (timestampMs <= sinceMs) continue;
      for (const [position, ref] of refs.entries()) {
        const stale = words[2 * position] === staleLow && words[2 * position + 1] === staleHigh;
        if (stale) alive.delete(ref);
        else alive.add(ref);
      }
    }
    return Uint32Array.from(alive);
  }

  /**
   * Puts the blocks of the ticks from `firstMs` to `lastMs` in, and with them the head begins after those, all or nothing.
   * `dropSealed` then deletes the rows. `damaged`: where ticks were left out.
   */
  seal(firstMs: number, lastMs: number, blocks: readonly EncodedBlock[], damaged: TimeSpan | null): void {
    let checksum = this.#blocksChecksum;
    transaction(this.#database, () => {
      for (const { bucket, members, data } of blocks) {
        const row = this.#insert({ id: blockId(bucket, this.startMs, firstMs), firstMs, lastMs }, members, data);
        if (checksum !== null) checksum ^= row;
      }
      if (damaged !== null) this.#noteGap(damaged);
      this.#writeProgress(this.#firstMs, lastMs, checksum);
    });
    this.#sealedToMs = lastMs;
    this.#blocksChecksum = checksum;
    // The current layout may be among the dropped ones; it is written again with the next tick.
    this.#layout = null;
    this.#countHead();
  }

  /** Deletes some of the ticks that are sealed; false when none is left. Many at once would keep the next tick waiting. */
  dropSealed(limit: number): boolean {
    const find = "SELECT ts FROM ticks WHERE ts <= ? ORDER BY ts LIMIT ?";
    const { changes } = this.#prepared(`DELETE FROM ticks WHERE ts IN (${find})`).run(this.#sealedTo, limit);
    if (Number(changes) > 0) return true;
    this.#database.exec("DELETE FROM layouts WHERE id NOT IN (SELECT layout FROM ticks)");
    return false;
  }

  /** Puts blocks of samples that were never ticks in: an import. The file has no head then. */
  load(blocks: readonly (EncodedBlock & Pick<StoredBlock, "firstMs" | "lastMs">)[]): void {
    transaction(this.#database, () => {
      for (const { bucket, firstMs, lastMs, members, data } of blocks) {
        const row = this.#insert({ id: blockId(bucket, this.startMs, firstMs), firstMs, lastMs }, members, data);
        if (this.#blocksChecksum !== null) this.#blocksChecksum ^= row;
        this.#firstMs = Math.min(this.#firstMs ?? firstMs, firstMs);
        this.#sealedToMs = Math.max(this.#sealedToMs ?? lastMs, lastMs);
      }
      this.#writeProgress(this.#firstMs, this.#sealedToMs, this.#blocksChecksum);
    });
    this.#newestMs = this.#sealedToMs;
  }

  /** Drops damaged ticks of the head, which would otherwise be in the way of new ones; returns the newest sound one's time. */
  dropDamaged(): number | null {
    const { ticks, damaged } = this.oldestTicks(Number.MAX_SAFE_INTEGER, Infinity);
    if (damaged !== null) {
      const sound = new Set(ticks.map(({ timestampMs }) => timestampMs));
      transaction(this.#database, () => {
        const remove = this.#prepared("DELETE FROM ticks WHERE ts = ?");
        for (const row of this.#prepared("SELECT ts FROM ticks WHERE ts > ?").all(this.#sealedTo)) {
          const ts = integerOf(row, "ts");
          if (!sound.has(ts)) remove.run(ts);
        }
        this.#noteGap(damaged);
      });
    }
    return this.#countHead();
  }

  /** The first bucket from `fromBucket` on that has blocks. */
  nextBucket(fromBucket: number): number | null {
    return nextBucket(this.#prepared, fromBucket);
  }

  /** The blocks of a bucket that begin at fromMs ≤ time < toMs, in time order. */
  blocksOf(bucket: number, fromMs: number, toMs: number): StoredBlock[] {
    return blocksOf(this.#prepared, { bucket, fromMs, toMs });
  }

  blockData(id: number): Uint8Array {
    return blobOf(this.#prepared("SELECT data FROM blocks WHERE id = ?").get(id) ?? {}, "data");
  }

  /** Puts one block in the place of those that it was merged from, all or nothing. `merged` are of one bucket, in time order. */
  replace(merged: readonly StoredBlock[], block: EncodedBlock): void {
    const [first] = merged;
    const last = merged.at(-1);
    if (first === undefined || last === undefined) return;
    let checksum = this.#blocksChecksum;
    transaction(this.#database, () => {
      const remove = this.#prepared("DELETE FROM blocks WHERE id = ?");
      for (const one of merged) {
        remove.run(one.id);
        if (checksum !== null) checksum ^= one.checksum;
      }
      const row = this.#insert({ id: first.id, firstMs: first.firstMs, lastMs: last.lastMs }, block.members, block.data);
      if (checksum !== null) checksum ^= row;
      this.#writeProgress(this.#firstMs, this.#sealedToMs, checksum);
    });
    this.#blocksChecksum = checksum;
  }

  /** See `WriteLog`, also below. */
  checkpoint(): void {
    this.#log.checkpoint();
  }

  /** Gives up to `pages` free pages back to the file system; false when none is left. */
  shrink(pages: number): boolean {
    this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
    return (optionalIntegerOf(this.#prepared("PRAGMA freelist_count").get(), "freelist_count") ?? 0) > 0;
  }

  sync(): void {
    this.#log.sync();
  }

  synced(onFailure: OnSyncFailure): Promise<void> {
    return this.#log.synced(onFailure);
  }

  syncSoon(onFailure: OnSyncFailure): void {
    this.#log.syncSoon(onFailure);
  }

  close(): void {
    this.#log.close();
  }

  abandon(): void {
    this.#log.abandon();
  }

  #appendWithLayout(timestampMs: number, samples: Uint8Array): number {
    return transaction(this.#database, () => {
      if (this.#firstMs === null) this.#writeProgress(timestampMs, null, this.#blocksChecksum);
      const refs = bytesOf(this.#refs);
      const layout = Number(this.#insertLayout.run(refs, crc32(refs)).lastInsertRowid);
      this.#insertTick.run(timestampMs, layout, samples, tickChecksum(timestampMs, layout, samples));
      return layout;
    });
  }

  /** Inserts a block's row; returns its checksum. */
  #insert(
    { id, firstMs, lastMs }: Pick<StoredBlock, "id" | "firstMs" | "lastMs">,
    members: Uint8Array,
    data: Uint8Array,
  ): number {
    const checksum = blockChecksum(id, firstMs, lastMs, members);
    this.#insertBlock.run(id, firstMs, lastMs, membersWithChecksum(members, checksum), data);
    this.#log.wrote(data.byteLength);
    return checksum;
  }

  #noteGap({ fromMs, toMs }: TimeSpan): void {
    const startMs = Math.max(this.startMs, (this.#sealedToMs ?? -Infinity) + 1);
    // Without an end: what is damaged was written before the file was written to last.
    const endMs = toMs === Infinity ? Math.max(startMs, Math.ceil(statSync(this.path).mtimeMs)) : toMs;
    this.#prepared("INSERT INTO gaps VALUES (?, ?)").run(Math.max(fromMs, startMs), endMs);
  }

  #writeProgress(firstMs: number | null, sealedToMs: number | null, blocks: number | null): void {
    const crc = blocks === null ? null : progressChecksum(firstMs, sealedToMs, blocks);
    const update = this.#prepared("UPDATE progress SET first_ms = ?, sealed_to_ms = ?, blocks = ?, crc = ?");
    update.run(firstMs, sealedToMs, blocks, crc);
  }

  /** A damaged row is made anew from the blocks. */
  #readProgress(): Progress {
    const progress = progressOf(this.#prepared("SELECT * FROM progress").get());
    if (progress !== null) return progress;
    const found = this.#prepared("SELECT min(t0) AS first, max(t1) AS last FROM blocks").get();
    const firstTick = this.#prepared("SELECT min(ts) AS first FROM ticks").get();
    const firstMs = optionalIntegerOf(found, "first") ?? optionalIntegerOf(firstTick, "first");
    const sealedToMs = optionalIntegerOf(found, "last");
    const checksum = checksumOfBlocks(this.#database);
    transaction(this.#database, () => this.#writeProgress(firstMs, sealedToMs, checksum));
    return { firstMs, sealedToMs, blocks: checksum };
  }

  /** Notes what a damaged log may have lost, and begins a new one: or what is left of this one would look damaged again. */
  #repairLog({ kind, writtenMs }: WalFault): TimeSpan | null {
    // A checkpoint may have copied frames that are lost now, and pages of two times do not make one file.
    if (kind === "hole") checkPages(this.#database);
    const newestMs = this.#newestMs ?? this.startMs - 1;
    const fromMs = (kind === "hole" ? (this.#headFirstMs ?? newestMs) : newestMs) + 1;
    const lost = kind === "open" ? null : { fromMs, toMs: Math.max(fromMs, writtenMs) };
    if (lost !== null) this.#noteGap(lost);
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return lost;
  }

  /** Counts the head's rows; returns the newest one's time. */
  #countHead(): number | null {
    const columns = "count(*) AS ticks, coalesce(sum(length(samples)), 0) AS bytes, min(ts) AS first, max(ts) AS newest";
    const head = this.#prepared(`SELECT ${columns} FROM ticks WHERE ts > ?`).get(this.#sealedTo);
    this.#headTicks = optionalIntegerOf(head, "ticks") ?? 0;
    this.#headFirstMs = optionalIntegerOf(head, "first");
    this.#headSamples = (optionalIntegerOf(head, "bytes") ?? 0) / 8;
    return optionalIntegerOf(head, "newest");
  }
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
