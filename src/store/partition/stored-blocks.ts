/** What blocks a partition has, without reading them. */
import type { DatabaseSync } from "node:sqlite";
import { optionalIntegerOf } from "../database.ts";
import type { Prepared } from "../prepared-once.ts";
import { blockId, blockRowOf, bucketOfBlock } from "./partition-schema.ts";

/** Where a block is in the file, and which ticks it holds. */
export interface StoredBlock {
  readonly id: number;
  readonly bucket: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly checksum: number;
}

/** The first bucket from `fromBucket` on that has blocks. */
export function nextBucket(prepared: Prepared, fromBucket: number): number | null {
  const row = prepared("SELECT min(id) AS id FROM blocks WHERE id >= ?").get(blockId(fromBucket, 0, 0));
  const id = optionalIntegerOf(row, "id");
  return id === null ? null : bucketOfBlock(id);
}

/** The blocks of a bucket that begin at fromMs ≤ time < toMs, in time order; damaged rows are left out. */
export function blocksOf(
  prepared: Prepared,
  { bucket, fromMs, toMs }: { readonly bucket: number; readonly fromMs: number; readonly toMs: number },
): StoredBlock[] {
  const rows = prepared(
    "SELECT id, t0, t1, members FROM blocks WHERE id BETWEEN ? AND ? AND t0 >= ? AND t0 < ? ORDER BY id",
  ).all(
    blockId(bucket, 0, 0),
    blockId(bucket + 1, 0, 0) - 1,
    Math.max(fromMs, Number.MIN_SAFE_INTEGER),
    Math.min(toMs, Number.MAX_SAFE_INTEGER),
  );
  return rows.flatMap((row): StoredBlock[] => {
    const block = blockRowOf(row);
    return block === null ? [] : [{ ...block, bucket, firstMs: block.startMs, lastMs: block.endMs }];
  });
}

/** XOR of the checksums of all sound rows. */
export function checksumOfBlocks(database: DatabaseSync): number {
  let checksum = 0;
  for (const row of database.prepare("SELECT id, t0, t1, members FROM blocks").iterate())
    checksum ^= blockRowOf(row)?.checksum ?? 0;
  return checksum;
}
