/** How many raw samples there are: blocks keep no count outside, so each is opened. */
import { type Block, decodeColumn, openBlock, seriesPerBlock } from "../codec/block.ts";
import { blobOf, DamagedFileError, integerOf, isDamage, openForReading, snapshot, storeError } from "../database.ts";
import { bytesOnDisk, hasWal, listPartitions } from "../partition/partition-files.ts";
import { isUnsealed, partitionSchema } from "../partition/partition-schema.ts";

export interface SampleCount {
  readonly samples: number;
  /** Blocks and files that are damaged: their samples are not counted. */
  readonly unreadable: number;
}

/** `progress` is told how many bytes of how many are read. Throws `STORE_UNUSABLE`. */
export function countSamples(dataDir: string, progress: (done: number, total: number) => void): SampleCount {
  const files = listPartitions(dataDir);
  const total = files.reduce((sum, { path }) => sum + bytesOnDisk(path), 0);
  let samples = 0;
  let unreadable = 0;
  let done = 0;
  for (const { path } of files) {
    const size = bytesOnDisk(path);
    try {
      const found = countFile(path);
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

function countFile(path: string): SampleCount {
  const database = openForReading(path, partitionSchema, hasWal(path) ? "shared" : "immutable");
  if (database === null) return { samples: 0, unreadable: 0 };
  try {
    return snapshot(database, () => {
      const head =
        database.prepare(`SELECT coalesce(sum(length(samples) / 8), 0) AS count FROM ticks WHERE ${isUnsealed}`).get() ?? {};
      let samples = integerOf(head, "count");
      let unreadable = 0;
      for (const row of database.prepare("SELECT data FROM blocks").iterate()) {
        try {
          samples += samplesIn(openBlock(blobOf(row, "data")));
        } catch (error) {
          if (!(error instanceof DamagedFileError)) throw error;
          unreadable++;
        }
      }
      return { samples, unreadable };
    });
  } finally {
    database.close();
  }
}

/** From the block's directory, without decoding values; blocks of version 1 have none. Throws `DamagedFileError`. */
function samplesIn(block: Block): number {
  const counts =
    block.version === 2
      ? block.columns.map((column) => column?.timestampsMs.length ?? 0)
      : Array.from({ length: seriesPerBlock }, (_, slot) => decodeColumn(block, slot)?.values.length ?? 0);
  return counts.reduce((sum, count) => sum + count, 0);
}
