/**
 * The tables of one partition file, for its writer and its readers. SQLite does not notice when a bit on the disk flips, so every row
 * has a checksum of ours, and `progress` one over all blocks: a row that is gone is noticed too.
 */
import type { SQLOutputValue } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { Schema } from "../database.ts";
import { seriesPerBlock } from "../codec/block.ts";

export const partitionSchema: Schema = {
  version: 2,
  sql: `
    -- Which series the values of a tick belong to: refs u32[]. AUTOINCREMENT: readers keep layouts by number, none may be reused.
    CREATE TABLE layouts (id INTEGER PRIMARY KEY AUTOINCREMENT, refs BLOB NOT NULL, crc INTEGER);
    -- The head, and for a moment sealed ticks that are yet to be deleted: one row per tick, samples f64[], as many as the layout has refs. crc: see tickChecksum.
    CREATE TABLE ticks (ts INTEGER PRIMARY KEY, layout INTEGER NOT NULL, samples BLOB NOT NULL, crc INTEGER);
    -- Sealed ticks. id: see blockId. members: which series are in it, u8[8], then u32 blockChecksum. data: see block.ts.
    CREATE TABLE blocks (id INTEGER PRIMARY KEY, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, members BLOB NOT NULL, data BLOB NOT NULL);
    -- One row: every tick up to sealed_to_ms is in blocks, every later one in ticks; NULL before the first sealing. blocks: XOR of
    -- the blocks' checksums. crc: see progressChecksum.
    CREATE TABLE progress (first_ms INTEGER, sealed_to_ms INTEGER, blocks INTEGER, crc INTEGER);
    INSERT INTO progress VALUES (NULL, NULL, 0, NULL);
    -- Times of acknowledged ticks that were damaged before they were sealed.
    CREATE TABLE gaps (t0 INTEGER NOT NULL, t1 INTEGER NOT NULL);`,
  migrations: [
    // Rows of version 1 have no checksum: NULL is not verified.
    (database) =>
      database.exec(`
        ALTER TABLE layouts ADD COLUMN crc INTEGER;
        ALTER TABLE ticks ADD COLUMN crc INTEGER;
        ALTER TABLE progress ADD COLUMN blocks INTEGER;
        ALTER TABLE progress ADD COLUMN crc INTEGER;
        CREATE TABLE gaps (t0 INTEGER NOT NULL, t1 INTEGER NOT NULL);`),
  ],
};

/** SQL: the rows of `ticks` that are the head. */
export const isUnsealed = `ts > coalesce((SELECT sealed_to_ms FROM progress), ${Number.MIN_SAFE_INTEGER})`;

/** Checksum of a tick's row. */
export function tickChecksum(timestampMs: number, layout: number, samples: Uint8Array): number {
  return crc32(samples, numbersChecksum([timestampMs, layout]));
}

/** Checksum of a block's row, apart from its data, which has one inside. */
export function blockChecksum(id: number, firstMs: number, lastMs: number, members: Uint8Array): number {
  return crc32(members.subarray(0, seriesPerBlock / 8), numbersChecksum([id, firstMs, lastMs]));
}

/** What the row of a block has as `members`: them, and its checksum. */
export function membersWithChecksum(members: Uint8Array, checksum: number): Uint8Array {
  const all = new Uint8Array(members.byteLength + 4);
  all.set(members);
  new DataView(all.buffer).setUint32(members.byteLength, checksum, true);
  return all;
}

/** Checksum of the row of `progress`. -1 stands for NULL. */
export function progressChecksum(firstMs: number | null, sealedToMs: number | null, blocks: number): number {
  return numbersChecksum([firstMs ?? -1, sealedToMs ?? -1, blocks]);
}

export interface BlockRow {
  readonly id: number;
  /** Times of its first and its last row. */
  readonly startMs: number;
  readonly endMs: number;
  readonly members: Uint8Array;
  readonly checksum: number;
}

/** A row of `blocks`, without its data; `null` where it is damaged. Rows of version 1 have no checksum. */
export function blockRowOf(row: Row): BlockRow | null {
  const { id, t0, t1, members } = row;
  if (typeof id !== "number" || typeof t0 !== "number" || typeof t1 !== "number") return null;
  if (!(members instanceof Uint8Array) || (members.byteLength !== 8 && members.byteLength !== 12)) return null;
  const checksum = blockChecksum(id, t0, t1, members);
  if (members.byteLength === 12) {
    const stored = new DataView(members.buffer, members.byteOffset).getUint32(8, true);
    if (stored !== checksum) return null;
  }
  return { id, startMs: t0, endMs: t1, members: members.subarray(0, 8), checksum };
}

export interface Progress {
  readonly firstMs: number | null;
  readonly sealedToMs: number | null;
  /** XOR of the blocks' checksums; `null` in a file from before there were any. */
  readonly blocks: number | null;
}

/** The row of `progress`; `null` where it is missing or damaged. */
export function progressOf(row: Row | undefined): Progress | null {
  if (row === undefined) return null;
  const { first_ms: firstMs, sealed_to_ms: sealedToMs, blocks, crc } = row;
  if (!isOptionalNumber(firstMs) || !isOptionalNumber(sealedToMs) || !isOptionalNumber(blocks)) return null;
  // Before the first tick, and in a file of version 1, there is no checksum.
  if (crc !== null && crc !== progressChecksum(firstMs, sealedToMs, blocks ?? 0)) return null;
  return { firstMs, sealedToMs, blocks };
}

function isOptionalNumber(value: SQLOutputValue | undefined): value is number | null {
  return value === null || typeof value === "number";
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function numbersChecksum(numbers: readonly number[]): number {
  return crc32(new Uint8Array(Float64Array.from(numbers).buffer));
}

/** Longest time that one partition can span, ms: the low half of a block's number. */
export const maxPartitionMs = 2 ** 32;

/**
 * A block's row number: bucket of neighbouring series, then time since the partition's start. The table itself is so the index, and
 * a bucket's blocks lie next to each other in time order. Below 2^53 up to 2^21 buckets, which is 134 million series.
 */
export function blockId(bucket: number, startMs: number, timeMs: number): number {
  return bucket * maxPartitionMs + (timeMs - startMs);
}

/** The inverse of `blockId`, for the bucket. */
export function bucketOfBlock(id: number): number {
  return Math.floor(id / maxPartitionMs);
}

export function bucketOf(ref: number): number {
  return Math.floor(ref / seriesPerBlock);
}
