/**
 * Merging: the blocks of a few minutes that sealing makes, put together to blocks of an hour. Long blocks compress better and cost
 * a long query fewer reads; sealing cannot make them, because it must not let the head grow for an hour. A generator like sealing:
 * each bucket is replaced in one transaction, and readers see the same samples before and after.
 */
import type { Logger } from "../../core/logger.ts";
import {
  assembleBlock,
  type Block,
  type ColumnInput,
  decodeColumn,
  encodeBlockColumn,
  type EncodedColumn,
  membersOf,
  openBlock,
  seriesPerBlock,
} from "../codec/block.ts";
import { DamagedFileError } from "../database.ts";
import type { PartitionWriter } from "./partition-writer.ts";
import type { StoredBlock } from "./stored-blocks.ts";

export interface MergeOptions {
  /** Only blocks that begin before this. */
  readonly toMs: number;
  /** End of the window that a time lies in; blocks of one window are merged. */
  readonly windowEndMs: (timeMs: number) => number;
  readonly logger: Logger;
}

/** Rows that a merged block has at most: an hour at 2 Hz, and a bound on the memory that merging and reading it take. */
const maxMergedRows = 8192;

/** Columns of an hour that are encoded in one step: 2 ms. */
const columnsPerStep = 8;

/** Merges what belongs together, in steps of some milliseconds. */
export function* mergeBlocks(partition: PartitionWriter, { toMs, windowEndMs, logger }: MergeOptions): Generator<void> {
  for (let bucket = partition.nextBucket(0); bucket !== null; bucket = partition.nextBucket(bucket + 1)) {
    const stored = partition.blocksOf(bucket, partition.mergedToMs, toMs);
    for (const [, blocks] of Map.groupBy(stored, ({ firstMs }) => windowEndMs(firstMs))) {
      if (blocks.length === 1) continue;
      try {
        yield* mergeBucket(partition, blocks);
        // Now and then, or the log becomes as long as all that is merged.
        partition.checkpoint();
      } catch (error) {
        if (!(error instanceof DamagedFileError)) throw error;
        // Left as it is: reading names the damaged one and serves the rest.
        logger.error("blocks were not merged, because one is damaged", { path: partition.path, bucket, error });
      }
    }
    yield;
  }
}

function* mergeBucket(partition: PartitionWriter, stored: readonly StoredBlock[]): Generator<void> {
  let parts: { readonly stored: StoredBlock; readonly block: Block }[] = [];
  let rows = 0;
  for (const one of stored) {
    const block = openBlock(partition.blockData(one.id));
    if (rows + block.timestampsMs.length > maxMergedRows) {
      yield* replaceBy(partition, parts);
      parts = [];
      rows = 0;
    }
    parts.push({ stored: one, block });
    rows += block.timestampsMs.length;
    yield;
  }
  yield* replaceBy(partition, parts);
}

function* replaceBy(
  partition: PartitionWriter,
  parts: readonly { readonly stored: StoredBlock; readonly block: Block }[],
): Generator<void> {
  const bucket = parts[0]?.stored.bucket;
  if (bucket === undefined || parts.length === 1) return;
  const blocks = parts.map(({ block }) => block);
  const columns: EncodedColumn[] = [];
  for (let slot = 0; slot < seriesPerBlock; slot++) {
    const column = joinColumn(blocks, slot);
    if (column === null) continue;
    columns.push(encodeBlockColumn(column));
    if (columns.length % columnsPerStep === 0) yield;
  }
  yield;
  partition.replace(
    parts.map((part) => part.stored),
    { bucket, members: membersOf(columns), data: assembleBlock(joinTimes(blocks), columns) },
  );
}

function joinTimes(blocks: readonly Block[]): Float64Array {
  const times = new Float64Array(blocks.reduce((sum, block) => sum + block.timestampsMs.length, 0));
  let at = 0;
  for (const { timestampsMs } of blocks) {
    times.set(timestampsMs, at);
    at += timestampsMs.length;
  }
  return times;
}

/** The slot's samples in all the blocks; `null` where it has none. */
function joinColumn(blocks: readonly Block[], slot: number): ColumnInput | null {
  const rows = blocks.reduce((sum, block) => sum + block.timestampsMs.length, 0);
  const words = new Uint32Array(2 * rows);
  const present = new Uint8Array(Math.ceil(rows / 8));
  let count = 0;
  let row = 0;
  for (const block of blocks) {
    const column = decodeColumn(block, slot);
    const times = column?.timestampsMs;
    let found = 0;
    for (const timeMs of block.timestampsMs) {
      // A column's times are a subsequence of its block's.
      if (times !== undefined && times[found] === timeMs) {
        present[row >> 3] = (present[row >> 3] ?? 0) | (1 << (row & 7));
        found++;
      }
      row++;
    }
    if (column === null) continue;
    words.set(new Uint32Array(column.values.buffer, column.values.byteOffset, 2 * column.values.length), 2 * count);
    count += column.values.length;
  }
  if (count === 0) return null;
  return { slot, present: count === rows ? null : present, words: words.subarray(0, 2 * count) };
}
