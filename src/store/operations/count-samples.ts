/** How many raw samples there are: blocks keep no count outside, so each is opened. */
import { type Block, decodeColumn, openBlock, seriesPerBlock } from "../codec/block.ts";
import type { DatabaseSync } from "node:sqlite";
import {
  blobOf,
  DamagedFileError,
  integerOf,
  isDamage,
  openForReading,
  type Schema,
  snapshot,
  storeError,
} from "../database.ts";
import { bytesOnDisk, hasWal, listFiles, listPartitions, receivedDir } from "../partition/partition-files.ts";
import { unpackRun } from "../received/histogram-batch.ts";
import { receivedSchema } from "../received/received-schema.ts";
import { isUnsealed, partitionSchema } from "../partition/partition-schema.ts";

export interface SampleCount {
  readonly samples: number;
  /** Blocks and files that are damaged: their samples are not counted. */
  readonly unreadable: number;
}

/** `progress` is told how many bytes of how many are read. Throws `STORE_UNUSABLE`. */
export function countSamples(dataDir: string, progress: (done: number, total: number) => void): SampleCount {
  const collected = listPartitions(dataDir).map(({ path }) => ({ path, count: countPartition }));
  const received = listFiles(receivedDir(dataDir)).map(({ path, startMs }) => ({
    path,
    count: () => countReceived(path, startMs),
  }));
  const files = [...collected, ...received];
  const total = files.reduce((sum, { path }) => sum + bytesOnDisk(path), 0);
  let samples = 0;
  let unreadable = 0;
  let done = 0;
  for (const { path, count } of files) {
    const size = bytesOnDisk(path);
    try {
      const found = count(path);
      samples += found.samples;
      unreadable += found.unreadable;
    } catch (error) {
      if (!isDamage(error)) throw storeError(error, path, "read");
      unreadable++;
    }
    progress((done += size), total);
  }
  return { samples, unreadable };
}

function countPartition(path: string): SampleCount {
  return countIn(path, partitionSchema, (database) => {
    const head =
      database.prepare(`SELECT coalesce(sum(length(samples) / 8), 0) AS count FROM ticks WHERE ${isUnsealed}`).get() ?? {};
    const { samples, unreadable } = countBlocks(database);
    return { samples: samples + integerOf(head, "count"), unreadable };
  });
}

/** What was received twice, and is not merged yet, counts twice. */
function countReceived(path: string, startMs: number): SampleCount {
  return countIn(path, receivedSchema, (database) => {
    const head = database.prepare("SELECT coalesce(sum(samples), 0) AS count FROM batches").get() ?? {};
    const blocks = countBlocks(database);
    const runs = countRows(database, "SELECT data FROM histograms", (data) => unpackRun(startMs, data).length);
    return {
      samples: integerOf(head, "count") + blocks.samples + runs.samples,
      unreadable: blocks.unreadable + runs.unreadable,
    };
  });
}

function countIn(path: string, schema: Schema, count: (database: DatabaseSync) => SampleCount): SampleCount {
  const database = openForReading(path, schema, hasWal(path) ? "shared" : "immutable");
  if (database === null) return { samples: 0, unreadable: 0 };
  try {
    return snapshot(database, () => count(database));
  } finally {
    database.close();
  }
}

function countBlocks(database: DatabaseSync): SampleCount {
  return countRows(database, "SELECT data FROM blocks", (data) => samplesIn(openBlock(data)));
}

function countRows(database: DatabaseSync, sql: string, count: (data: Uint8Array) => number): SampleCount {
  let samples = 0;
  let unreadable = 0;
  for (const row of database.prepare(sql).iterate()) {
    try {
      samples += count(blobOf(row, "data"));
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      unreadable++;
    }
  }
  return { samples, unreadable };
}

/** From the block's directory, without decoding values; blocks of version 1 have none. Throws `DamagedFileError`. */
function samplesIn(block: Block): number {
  const counts =
    block.version === 2
      ? block.columns.map((column) => column?.timestampsMs.length ?? 0)
      : Array.from({ length: seriesPerBlock }, (_, slot) => decodeColumn(block, slot)?.values.length ?? 0);
  return counts.reduce((sum, count) => sum + count, 0);
}
