/**
 * One file of received samples as the writer sees it: batches go in as rows, sealing and merging exchange rows for blocks. Nothing is
 * kept in memory but counts; opening the file is its recovery.
 */
import { existsSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { blobOf, checkPages, createDatabase, integerOf, openForWriting, optionalIntegerOf, transaction } from "../database.ts";
import type { TimeSpan } from "../partition/head-tick.ts";
import type { OnSyncFailure } from "../partition/log-sync.ts";
import type { PartitionFile } from "../partition/partition-files.ts";
import { seriesPerBlock } from "../codec/block.ts";
import { blockChecksum, type BlockRow, blockRowOf, bucketOf, membersWithChecksum } from "../partition/partition-schema.ts";
import { scanWal, type WalFault } from "../partition/wal-scan.ts";
import { WriteLog } from "../partition/write-log.ts";
import { type Prepared, preparedOnce } from "../prepared-once.ts";
import type { StorableBatch } from "./storable-batches.ts";
import { type BatchRow, batchRowOf } from "./batch-row.ts";
import {
  batchChecksum,
  blockIdRange,
  histogramRowChecksum,
  histogramRowId,
  maxBlocksPerWrite,
  maxNumbers,
  partsOfBlockId,
  partsOfHistogramId,
  receivedBlockId,
  receivedFileMs,
  type ReceivedProgress,
  receivedProgressChecksum,
  receivedProgressOf,
  receivedSchema,
} from "./received-schema.ts";
import { type HistogramRow, histogramRowOf, surveyRows } from "./sealed-rows.ts";

/** A block on its way into the file. */
export interface ReceivedBlock {
  readonly kind: "block";
  readonly bucket: number;
  readonly hour: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly members: Uint8Array;
  readonly data: Uint8Array;
}

/** Native histograms of one series on their way into the file. */
export interface ReceivedHistograms {
  readonly kind: "histograms";
  readonly ref: number;
  readonly hour: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly data: Uint8Array;
}

export type SealedPart = ReceivedBlock | ReceivedHistograms;

/** Rows that a write takes the place of. */
export interface ReplacedRows {
  readonly blocks: readonly BlockRow[];
  readonly histograms: readonly HistogramRow[];
}

/** SQLite's, where a schema says nothing else. */
const pageBytes = 4096;
const nothing: ReplacedRows = { blocks: [], histograms: [] };

export class ReceivedFile {
  readonly startMs: number;
  readonly path: string;
  /** Where the log was found damaged at opening, so that samples may be missing; it is in the file by then. */
  readonly lostInLog: TimeSpan | null;
  readonly #database: DatabaseSync;
  readonly #prepared: Prepared;
  readonly #log: WriteLog;
  readonly #insertBatch: StatementSync;
  readonly #insertBlock: StatementSync;
  readonly #insertHistograms: StatementSync;
  readonly #batchAfter: StatementSync;
  readonly #blocksOf: StatementSync;
  #progress: ReceivedProgress;
  #unsealedSamples = 0;
  #unsealedBatches = 0;

  /** `isInTiers`: asked of a new file, whether the tiers have its time already. */
  constructor(file: PartitionFile, isInTiers: () => boolean) {
    this.startMs = file.startMs;
    this.path = file.path;
    // Before SQLite opens the log, which makes it look whole.
    const fault = scanWal(file.path);
    const isNew = !existsSync(file.path);
    if (isNew) createDatabase(file.path, receivedSchema);
    const database = openForWriting(file.path, receivedSchema);
    this.#database = database;
    this.#prepared = preparedOnce(database);
    try {
      this.#log = new WriteLog(database, this.#prepared, file.path);
      this.#insertBatch = database.prepare(
        "INSERT INTO batches (t0, t1, samples, data, histograms, crc) VALUES (?, ?, ?, ?, ?, ?)",
      );
      this.#insertBlock = database.prepare("INSERT INTO blocks VALUES (?, ?, ?, ?, ?)");
      this.#insertHistograms = database.prepare("INSERT INTO histograms VALUES (?, ?, ?, ?, ?)");
      this.#batchAfter = database.prepare("SELECT * FROM batches WHERE seq > ? ORDER BY seq LIMIT 1");
      this.#blocksOf = database.prepare("SELECT id, t0, t1, members FROM blocks WHERE id BETWEEN ? AND ? ORDER BY id");
      this.#progress = this.#readProgress();
      if (isNew && isInTiers()) this.setTiered();
      const unsealed = database.prepare("SELECT count(*) AS batches, coalesce(sum(samples), 0) AS samples FROM batches").get();
      this.#unsealedBatches = integerOf(unsealed ?? {}, "batches");
      this.#unsealedSamples = integerOf(unsealed ?? {}, "samples");
      this.lostInLog = fault === null ? null : this.#repairLog(fault);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Time that the file holds at most: startMs < time ≤ endMs. */
  get endMs(): number {
    return this.startMs + receivedFileMs;
  }

  get unsealedSamples(): number {
    return this.#unsealedSamples;
  }

  /** Whether the tiers have the time of this file; what is sealed from then on is late. */
  get isTiered(): boolean {
    return this.#progress.isTiered;
  }

  /** Whether there is nothing to merge. */
  get isMerged(): boolean {
    return this.#progress.isMerged;
  }

  /** Number of the next write. */
  get nextNumber(): number {
    return this.#progress.next;
  }

  /** Batches that are not sealed. */
  get unsealedBatches(): number {
    return this.#unsealedBatches;
  }

  /** Commits one batch. */
  append({ firstMs, lastMs, samples, data, histograms }: StorableBatch): void {
    const crc = batchChecksum(firstMs, lastMs, samples, data, histograms);
    this.#insertBatch.run(firstMs, lastMs, samples, data, histograms, crc);
    this.#log.committed(data.byteLength + histograms.byteLength);
    this.#unsealedSamples += samples;
    this.#unsealedBatches++;
  }

  /** The oldest batch after `seq`; its row is `null` where it is damaged. */
  batchAfter(seq: number): { readonly seq: number; readonly batch: BatchRow | null } | null {
    const row = this.#batchAfter.get(seq);
    return row === undefined ? null : { seq: integerOf(row, "seq"), batch: batchRowOf(row) };
  }

  /** Puts sealed samples in, all or nothing. `late`: their buckets are to be summarised anew. The batches they come from stay. */
  write(parts: readonly SealedPart[], late: ReadonlySet<number>): void {
    this.#progress = transaction(this.#database, () => {
      const insert = this.#prepared("INSERT OR IGNORE INTO late VALUES (?)");
      for (const bucket of late) insert.run(bucket);
      return this.#writeProgress({ ...this.#put(parts, nothing), isMerged: false });
    });
  }

  /** Deletes a batch whose samples are all in blocks; oldest first, or an older value would come up again. */
  dropBatch(seq: number): void {
    const row = this.#prepared("DELETE FROM batches WHERE seq = ? RETURNING samples").get(seq);
    if (row === undefined) return;
    this.#unsealedSamples -= Number(row["samples"]);
    this.#unsealedBatches--;
  }

  /** The same of one that is damaged: its time goes down as a gap. */
  dropDamaged(seq: number): void {
    transaction(this.#database, () => {
      const row = this.#prepared("SELECT t0, t1 FROM batches WHERE seq = ?").get(seq) ?? {};
      const clamp = (time: unknown, fallback: number): number =>
        typeof time === "number" && time > this.startMs && time <= this.endMs ? time : fallback;
      this.#noteGap({ fromMs: clamp(row["t0"], this.startMs + 1), toMs: clamp(row["t1"], this.endMs) });
      this.dropBatch(seq);
    });
  }

  /** The first bucket from `fromBucket` on that has blocks or histograms. */
  nextBucket(fromBucket: number): number | null {
    const find = (table: string, fromId: number): number =>
      optionalIntegerOf(this.#prepared(`SELECT min(id) AS id FROM ${table} WHERE id >= ?`).get(fromId), "id") ?? Infinity;
    const block = partsOfBlockId(find("blocks", blockIdRange(fromBucket, 0, 0)[0])).bucket;
    const { ref } = partsOfHistogramId(find("histograms", histogramRowId(fromBucket * seriesPerBlock, 0, 0)));
    const bucket = Math.min(block, bucketOf(ref));
    return bucket === Infinity ? null : bucket;
  }

  /** The sound rows of a bucket's hour, those written first first. */
  blocksOf(bucket: number, hour: number): BlockRow[] {
    return this.#blocksOf.all(...blockIdRange(bucket, hour, hour)).flatMap((row) => blockRowOf(row) ?? []);
  }

  blockData(id: number): Uint8Array {
    return blobOf(this.#prepared("SELECT data FROM blocks WHERE id = ?").get(id) ?? {}, "data");
  }

  /** The sound rows of a series' hour, those written first first. */
  histogramsOf(ref: number, hour: number): HistogramRow[] {
    return this.#prepared("SELECT * FROM histograms WHERE id BETWEEN ? AND ? ORDER BY id")
      .all(histogramRowId(ref, hour, 0), histogramRowId(ref, hour + 1, 0) - 1)
      .flatMap((row) => histogramRowOf(row) ?? []);
  }

  /** Series from `fromRef` to `toRef` that have histograms in the file. */
  histogramSeries(fromRef: number, toRef: number): number[] {
    const refs: number[] = [];
    const next = this.#prepared("SELECT min(id) AS id FROM histograms WHERE id >= ? AND id < ?");
    const endId = histogramRowId(toRef + 1, 0, 0);
    for (let fromId = histogramRowId(fromRef, 0, 0); ;) {
      const id = optionalIntegerOf(next.get(fromId, endId), "id");
      if (id === null) return refs;
      const { ref } = partsOfHistogramId(id);
      refs.push(ref);
      fromId = histogramRowId(ref + 1, 0, 0);
    }
  }

  /** Puts parts in the place of the rows that they were merged from, all or nothing. */
  replace(replaced: ReplacedRows, parts: readonly SealedPart[]): void {
    this.#progress = transaction(this.#database, () => this.#writeProgress(this.#put(parts, replaced)));
  }

  /** Buckets that were sealed after the tiers were built. */
  lateBuckets(): number[] {
    const rows = this.#prepared("SELECT bucket FROM late ORDER BY bucket").all();
    return rows.map((row) => integerOf(row, "bucket"));
  }

  /** The tiers have the file's time, also what was late in these buckets, and that is on the disk. */
  setTiered(buckets: readonly number[] = []): void {
    const remove = this.#prepared("DELETE FROM late WHERE bucket = ?");
    this.#progress = transaction(this.#database, () => {
      for (const bucket of buckets) remove.run(bucket);
      return this.#writeProgress({ ...this.#progress, isTiered: true });
    });
  }

  /** Nothing is left to be merged, until something is sealed again. */
  setMerged(): void {
    this.#progress = transaction(this.#database, () => this.#writeProgress({ ...this.#progress, isMerged: true }));
  }

  /** See `WriteLog`, also below. */
  checkpoint(): void {
    this.#log.checkpoint();
  }

  /** Gives up to `pages` free pages back to the file system; false when none is left. */
  shrink(pages: number): boolean {
    this.#database.exec(`PRAGMA incremental_vacuum(${pages})`);
    // Each one's place is taken by a page from the end.
    this.#log.wrote(pages * pageBytes);
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

  /** Within a transaction; returns the progress to be written. */
  #put(parts: readonly SealedPart[], replaced: ReplacedRows): ReceivedProgress {
    let { next, blocks } = this.#progress;
    for (const [table, rows] of [
      ["blocks", replaced.blocks],
      ["histograms", replaced.histograms],
    ] as const) {
      const remove = this.#prepared(`DELETE FROM ${table} WHERE id = ?`);
      for (const { id, checksum } of rows) {
        remove.run(id);
        blocks ^= checksum;
      }
    }
    /** Rows that this number has in a window. */
    const used = new Map<string, number>();
    for (const part of parts) {
      const isBlock = part.kind === "block";
      const window = isBlock ? `${part.bucket}/${part.hour}` : `${part.ref}/${part.hour}/histograms`;
      if ((used.get(window) ?? 0) >= (isBlock ? maxBlocksPerWrite : 1)) {
        next++;
        used.clear();
      }
      const place = used.get(window) ?? 0;
      used.set(window, place + 1);
      if (next >= maxNumbers) throw new Error(`${this.path} was written to more often than its numbers allow`);
      if (isBlock) blocks ^= this.#insertBlockRow(receivedBlockId(part.bucket, part.hour, next, place), part);
      else blocks ^= this.#insertHistogramRow(histogramRowId(part.ref, part.hour, next), part);
      this.#log.wrote(part.data.byteLength);
    }
    const firstMs = parts.reduce((least, part) => Math.min(least, part.firstMs), this.#progress.firstMs ?? Infinity);
    const lastMs = parts.reduce((greatest, part) => Math.max(greatest, part.lastMs), this.#progress.lastMs ?? -Infinity);
    return { ...this.#progress, next: next + 1, blocks, firstMs, lastMs };
  }

  #insertBlockRow(id: number, { firstMs, lastMs, members, data }: ReceivedBlock): number {
    const checksum = blockChecksum(id, firstMs, lastMs, members);
    this.#insertBlock.run(id, firstMs, lastMs, membersWithChecksum(members, checksum), data);
    return checksum;
  }

  #insertHistogramRow(id: number, { firstMs, lastMs, data }: ReceivedHistograms): number {
    const checksum = histogramRowChecksum(id, firstMs, lastMs, data);
    this.#insertHistograms.run(id, firstMs, lastMs, data, checksum);
    return checksum;
  }

  #noteGap({ fromMs, toMs }: TimeSpan): void {
    this.#prepared("INSERT INTO gaps VALUES (?, ?)").run(fromMs, toMs);
  }

  /** Within a transaction; returns what holds when that has succeeded. */
  #writeProgress(progress: ReceivedProgress): ReceivedProgress {
    const { next, blocks, firstMs, lastMs, isMerged, isTiered } = progress;
    const columns = "next = ?, blocks = ?, first_ms = ?, last_ms = ?, merged = ?, tiered = ?, crc = ?";
    const crc = receivedProgressChecksum(progress);
    this.#prepared(`UPDATE progress SET ${columns}`).run(
      next,
      blocks,
      firstMs,
      lastMs,
      isMerged ? 1 : 0,
      isTiered ? 1 : 0,
      crc,
    );
    return progress;
  }

  /** A damaged row is made anew from the others; the tiers are then built anew. */
  #readProgress(): ReceivedProgress {
    const progress = receivedProgressOf(this.#prepared("SELECT * FROM progress").get());
    if (progress !== null) return progress;
    const { greatest, ...survey } = surveyRows(this.#database);
    const restored = { ...survey, next: greatest + 1, isMerged: false, isTiered: false };
    return transaction(this.#database, () => this.#writeProgress(restored));
  }

  /** Notes what a damaged log may have lost, and begins a new one. */
  #repairLog({ kind }: WalFault): TimeSpan | null {
    // A checkpoint may have copied frames that are lost now, and pages of two times do not make one file.
    if (kind === "hole") checkPages(this.#database);
    // Samples come in any order: any time of the file may have been in there.
    const lost = kind === "open" ? null : { fromMs: this.startMs + 1, toMs: this.endMs };
    if (lost !== null) this.#noteGap(lost);
    this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return lost;
  }
}
