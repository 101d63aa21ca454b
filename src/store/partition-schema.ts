/** The tables of one partition file, for its writer and its readers. */
import type { Schema } from "./database.ts";
import { seriesPerBlock } from "./block.ts";

export const partitionSchema: Schema = {
  version: 1,
  sql: `
    -- Which series the values of a tick belong to: refs u32[]. AUTOINCREMENT: readers keep layouts by number, none may be reused.
    CREATE TABLE layouts (id INTEGER PRIMARY KEY AUTOINCREMENT, refs BLOB NOT NULL);
    -- The head: one row per tick, samples f64[], as many as the layout has refs.
    CREATE TABLE ticks (ts INTEGER PRIMARY KEY, layout INTEGER NOT NULL, samples BLOB NOT NULL);
    -- Sealed ticks. id: see blockId. members: which series are in it, u8[8]. data: see block.ts.
    CREATE TABLE blocks (id INTEGER PRIMARY KEY, t0 INTEGER NOT NULL, t1 INTEGER NOT NULL, members BLOB NOT NULL, data BLOB NOT NULL);
    -- One row: every tick up to this time is in blocks, every later one in ticks; NULL before the first sealing.
    CREATE TABLE progress (first_ms INTEGER, sealed_to_ms INTEGER);
    INSERT INTO progress VALUES (NULL, NULL);`,
};

/** Longest time that one partition can span, ms: the low half of a block's number. */
export const maxPartitionMs = 2 ** 32;

/**
 * A block's row number: bucket of neighbouring series, then time since the partition's start. The table itself is so the index, and
 * a bucket's blocks lie next to each other in time order. Below 2^53 up to 2^21 buckets, which is 134 million series.
 */
export function blockId(bucket: number, startMs: number, timeMs: number): number {
  return bucket * maxPartitionMs + (timeMs - startMs);
}

export function bucketOf(ref: number): number {
  return Math.floor(ref / seriesPerBlock);
}
