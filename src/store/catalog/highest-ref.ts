/** The greatest series number that stored samples may have: what a catalogue that has lost something must not give out anew. */
import type { DatabaseSync } from "node:sqlite";
import type { SeriesRef } from "../../core/storage.ts";
import { seriesPerBlock } from "../codec/block.ts";
import { isUnreadable } from "./catalog-files.ts";
import { blobOf, openForReading, optionalIntegerOf, type Schema } from "../database.ts";
import { wordsOf } from "../partition/head-tick.ts";
import { hasWal, listFiles, listPartitions, type PartitionFile, receivedDir, tierDir } from "../partition/partition-files.ts";
import { bucketOfBlock, partitionSchema } from "../partition/partition-schema.ts";
import { batchRowOf, refsOfBatch } from "../received/batch-row.ts";
import { partsOfBlockId, partsOfHistogramId, receivedSchema } from "../received/received-schema.ts";
import { rowId, tierSchema } from "../tier/tier-schema.ts";
import { tiers } from "../tier/tiers.ts";

/** -1 where there are no samples; up to a block's width too high. Damaged files are left out: nothing of them is served. */
export function highestRefInUse(dataDir: string): SeriesRef {
  const tierFiles = tiers.flatMap(({ name }) => listFiles(tierDir(dataDir, name)));
  return Math.max(
    -1,
    ...listPartitions(dataDir).map((file) => highestIn(file, partitionSchema, highestOfPartition)),
    ...listFiles(receivedDir(dataDir)).map((file) => highestIn(file, receivedSchema, highestOfReceived)),
    ...tierFiles.map((file) => highestIn(file, tierSchema, highestOfTier)),
  );
}

function highestIn({ path }: PartitionFile, schema: Schema, read: (database: DatabaseSync) => SeriesRef): SeriesRef {
  let database: DatabaseSync | null = null;
  try {
    database = openForReading(path, schema, hasWal(path) ? "shared" : "immutable");
    return database === null ? -1 : read(database);
  } catch (error) {
    if (isUnreadable(error)) return -1;
    throw error;
  } finally {
    database?.close();
  }
}

function highestOfPartition(database: DatabaseSync): SeriesRef {
  const newest = optionalIntegerOf(database.prepare("SELECT max(id) AS id FROM blocks").get(), "id");
  let highest = newest === null ? -1 : (bucketOfBlock(newest) + 1) * seriesPerBlock - 1;
  for (const row of database.prepare("SELECT refs FROM layouts").iterate()) {
    for (const ref of wordsOf(blobOf(row, "refs"))) highest = Math.max(highest, ref);
  }
  return highest;
}

function highestOfReceived(database: DatabaseSync): SeriesRef {
  const lastId = (table: string): number =>
    optionalIntegerOf(database.prepare(`SELECT max(id) AS id FROM ${table}`).get(), "id") ?? -1;
  const block = lastId("blocks");
  let highest = block < 0 ? -1 : (partsOfBlockId(block).bucket + 1) * seriesPerBlock - 1;
  highest = Math.max(highest, partsOfHistogramId(lastId("histograms")).ref);
  for (const row of database.prepare("SELECT * FROM batches").iterate()) {
    const batch = batchRowOf(row);
    if (batch !== null) for (const ref of refsOfBatch(batch)) highest = Math.max(highest, ref);
  }
  return highest;
}

function highestOfTier(database: DatabaseSync): SeriesRef {
  const id = optionalIntegerOf(database.prepare("SELECT max(id) AS id FROM summaries").get(), "id");
  return id === null ? -1 : Math.floor(id / rowId(1, 0, 0));
}
