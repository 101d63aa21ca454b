/** The sealed blocks of a partition file as a test looks at them, and damages them. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { blobOf, integerOf } from "../database.ts";
import { listPartitions } from "./partition-files.ts";
import { bucketOfBlock } from "./partition-schema.ts";

export interface BlockOnDisk {
  readonly id: number;
  readonly bucket: number;
  /** Times of its first and its last row. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Path of the oldest partition. */
export function firstPartition(dataDir: string): string {
  return listPartitions(dataDir)[0]?.path ?? assert.fail(`${dataDir} has no partition`);
}

/** Bucket by bucket, in time order. */
export function blocksIn(path: string): BlockOnDisk[] {
  using database = new DatabaseSync(path, { readOnly: true });
  return database
    .prepare("SELECT id, t0, t1 FROM blocks ORDER BY id")
    .all()
    .map((row) => {
      const id = integerOf(row, "id");
      return { id, bucket: bucketOfBlock(id), firstMs: integerOf(row, "t0"), lastMs: integerOf(row, "t1") };
    });
}

/** Flips one bit in the content of the `index`-th block; returns which one that is. */
export function damageBlock(path: string, index: number): BlockOnDisk {
  const block = blocksIn(path)[index] ?? assert.fail(`${path} has no block ${index}`);
  using database = new DatabaseSync(path);
  const data = blobOf(database.prepare("SELECT data FROM blocks WHERE id = ?").get(block.id) ?? {}, "data");
  data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
  database.prepare("UPDATE blocks SET data = ? WHERE id = ?").run(data, block.id);
  return block;
}
