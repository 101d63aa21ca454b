/**
 * The tables of one file of received samples, for its writer and its readers. They are beside the ticks because nothing is known of
 * their order: a sample may come late, twice, or anew with another value. A row of `batches` is what was received together, as it came;
 * sealing turns the oldest of them into blocks, and blocks of one bucket and hour may overlap. What holds at all times: of a series'
 * samples at one time the one in the newest batch counts, and without one the one in the block or histogram of the greatest number. So
 * it does no harm where something is for a moment in both.
 */
import type { SQLOutputValue } from "node:sqlite";
import { crc32 } from "node:zlib";
import type { Schema } from "../database.ts";
import { chunkMs } from "../tier/tiers.ts";

export const receivedSchema: Schema = {
  version: 1,
  sql: `
    -- Samples that are not sealed yet, in the order in which they came: see batch.ts. AUTOINCREMENT: readers keep batches by number, none
    -- may be reused. crc: see batchChecksum.
    CREATE TABLE batches (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, samples INTEGER NOT NULL,
      data BLOB NOT NULL, histograms BLOB NOT NULL, crc INTEGER NOT NULL);
    -- Sealed samples of 64 neighbouring series in one hour. id: see receivedBlockId. The rest as in partition-schema.ts.
    CREATE TABLE blocks (id INTEGER PRIMARY KEY, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, members BLOB NOT NULL, data BLOB NOT NULL);
    -- Sealed native histograms of one series in one hour. id: see histogramRowId. data: see histogram-run.ts.
    CREATE TABLE histograms (id INTEGER PRIMARY KEY, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, data BLOB NOT NULL, crc INTEGER NOT NULL);
    -- One row. next: the next write's number. blocks: XOR of the checksums of all rows of blocks and histograms. first_ms, last_ms: what
    -- they reach from and to. merged: 0 where there may be something to merge. tiered: 1 once the tiers have this file's time. crc: see
    -- receivedProgressChecksum.
    CREATE TABLE progress (
      next INTEGER NOT NULL, blocks INTEGER NOT NULL, first_ms INTEGER, last_ms INTEGER, merged INTEGER NOT NULL,
      tiered INTEGER NOT NULL, crc INTEGER);
    INSERT INTO progress VALUES (1, 0, NULL, NULL, 1, 0, NULL);
    -- Buckets that were sealed after the tiers were built: to be summarised anew.
    CREATE TABLE late (bucket INTEGER PRIMARY KEY);
    -- Times of acknowledged batches that were damaged before they were sealed.
    CREATE TABLE gaps (t0 INTEGER NOT NULL, t1 INTEGER NOT NULL);`,
};

/**
 * Time of one file, ms: what the tiers summarise at once, so that a file is what makes a chunk late. It holds start < time ≤ start + this,
 * as the windows of the tiers do.
 */
export const receivedFileMs = chunkMs;
/** Time of one block at most, ms. None reaches over a whole multiple of it, from which on (not including it) it holds samples. */
export const receivedHourMs = 3_600_000;

/** Start of the file that a sample of this time belongs to. */
export function receivedFileStart(timeMs: number): number {
  return (Math.ceil(timeMs / receivedFileMs) - 1) * receivedFileMs;
}

/** The oldest time whose file begins at `startMs` or later. */
export function oldestOfFiles(startMs: number): number {
  return Math.ceil(startMs / receivedFileMs) * receivedFileMs + 1;
}

/** Which of the file's hours the time lies in, from 0. */
export function hourOf(fileStartMs: number, timeMs: number): number {
  return Math.min(Math.max(Math.ceil((timeMs - fileStartMs) / receivedHourMs) - 1, 0), receivedFileMs / receivedHourMs - 1);
}

const hourSlots = 8;
/** Writes that a file can have: more than one for each block that a million series make in it. */
export const maxNumbers = 2 ** 23;
/** Blocks of one bucket and hour that one write has at most. */
export const maxBlocksPerWrite = 64;
const perHour = maxNumbers * maxBlocksPerWrite;

/**
 * A block's row number: bucket, hour, number of the write, place among what it wrote of the bucket and hour. The table is so the
 * index, as in partitions. 2^21 buckets, 2^3 hours, 2^23 writes, 2^6 blocks: below 2^53.
 */
export function receivedBlockId(bucket: number, hour: number, number: number, place: number): number {
  return (bucket * hourSlots + hour) * perHour + number * maxBlocksPerWrite + place;
}

/** The parts of a block's row number. */
export function partsOfBlockId(id: number): { readonly bucket: number; readonly hour: number; readonly number: number } {
  const window = Math.floor(id / perHour);
  return {
    bucket: Math.floor(window / hourSlots),
    hour: window % hourSlots,
    number: Math.floor((id % perHour) / maxBlocksPerWrite),
  };
}

/** The row number of a series' histograms: series, hour, number of the write. 2^27 series: as many as blocks have. */
export function histogramRowId(ref: number, hour: number, number: number): number {
  return (ref * hourSlots + hour) * maxNumbers + number;
}

export function partsOfHistogramId(id: number): { readonly ref: number; readonly hour: number; readonly number: number } {
  const window = Math.floor(id / maxNumbers);
  return { ref: Math.floor(window / hourSlots), hour: window % hourSlots, number: id % maxNumbers };
}

/** Checksum of a row of `batches`. */
export function batchChecksum(t0: number, t1: number, samples: number, data: Uint8Array, histograms: Uint8Array): number {
  return crc32(histograms, crc32(data, numbersChecksum([t0, t1, samples, data.length])));
}

/** Checksum of a row of `histograms`. */
export function histogramRowChecksum(id: number, t0: number, t1: number, data: Uint8Array): number {
  return crc32(data, numbersChecksum([id, t0, t1]));
}

export interface ReceivedProgress {
  readonly next: number;
  readonly blocks: number;
  /** Of sealed samples; `null` before the first one. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  readonly isMerged: boolean;
  readonly isTiered: boolean;
}

/** NaN stands for NULL. */
export function receivedProgressChecksum({ next, blocks, firstMs, lastMs, isMerged, isTiered }: ReceivedProgress): number {
  return numbersChecksum([next, blocks, firstMs ?? Number.NaN, lastMs ?? Number.NaN, isMerged ? 1 : 0, isTiered ? 1 : 0]);
}

/** The row of `progress`; `null` where it is missing or damaged. */
export function receivedProgressOf(row: Readonly<Record<string, SQLOutputValue>> | undefined): ReceivedProgress | null {
  if (row === undefined) return null;
  const { next, blocks, first_ms: firstMs, last_ms: lastMs, merged, tiered, crc } = row;
  if (typeof next !== "number" || typeof blocks !== "number") return null;
  if (!isOptionalNumber(firstMs) || !isOptionalNumber(lastMs)) return null;
  const progress = { next, blocks, firstMs, lastMs, isMerged: merged === 1, isTiered: tiered === 1 };
  // Before the first write there is no checksum.
  return crc === (next === 1 && tiered === 0 ? null : receivedProgressChecksum(progress)) ? progress : null;
}

function isOptionalNumber(value: SQLOutputValue | undefined): value is number | null {
  return value === null || typeof value === "number";
}

/** The ids of all blocks of a bucket in hours firstHour … lastHour. */
export function blockIdRange(bucket: number, firstHour: number, lastHour: number): readonly [from: number, to: number] {
  return [receivedBlockId(bucket, firstHour, 0, 0), receivedBlockId(bucket, lastHour + 1, 0, 0) - 1];
}

function numbersChecksum(numbers: readonly number[]): number {
  return crc32(new Uint8Array(Float64Array.from(numbers).buffer));
}
