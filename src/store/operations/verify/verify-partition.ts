/** The check of a file with raw samples: every row's checksum, every block's content, order, and what is missing. */
import type { DatabaseSync } from "node:sqlite";
import { type Block, decodeColumn, hasMember, openBlock, seriesPerBlock } from "../../codec/block.ts";
import { blobOf, DamagedFileError, integerOf, openForReading, snapshot } from "../../database.ts";
import { refsOfLayout, ticksOf } from "../../partition/head-tick.ts";
import { hasWal } from "../../partition/partition-files.ts";
import {
  blockId,
  type BlockRow,
  blockRowOf,
  bucketOfBlock,
  isUnsealed,
  partitionSchema,
  progressOf,
} from "../../partition/partition-schema.ts";
import type { StoreFile } from "../store-files.ts";
import type { Findings } from "./findings.ts";

/** Adds the numbers of the series that have samples in the file to `refs`. `quick`: columns are not decoded. */
export function verifyPartition(file: StoreFile, quick: boolean, findings: Findings, refs: Set<number>): void {
  const database = openForReading(file.path, partitionSchema, hasWal(file.path) ? "shared" : "immutable");
  // Not there any more, or begun and not filled, or of an older format, which the next start brings up to date.
  if (database === null) return;
  try {
    snapshot(database, () => {
      verifyBlocks(database, file, quick, findings, refs);
      verifyHead(database, file, findings, refs);
      for (const row of database.prepare("SELECT t0, t1 FROM gaps").all()) {
        findings.add(file.path, "ticks were damaged before they were sealed", integerOf(row, "t0"), integerOf(row, "t1"));
      }
    });
  } finally {
    database.close();
  }
}

function verifyBlocks(database: DatabaseSync, file: StoreFile, quick: boolean, findings: Findings, refs: Set<number>): void {
  const dataOf = database.prepare("SELECT data FROM blocks WHERE id = ?");
  const progress = progressOf(database.prepare("SELECT * FROM progress").get());
  if (progress === null) findings.add(file.path, "the record of what is in the file is damaged");
  let checksum = 0;
  let previous: BlockRow | null = null;
  for (const row of database.prepare("SELECT id, t0, t1, members FROM blocks ORDER BY id").iterate()) {
    const block = blockRowOf(row);
    if (block === null) {
      findings.add(file.path, `the row of block ${String(row["id"])} is damaged`);
      continue;
    }
    findings.blocks++;
    checksum ^= block.checksum;
    const disorder = disorderOf(block, previous, file.startMs ?? 0, progress?.sealedToMs ?? Infinity);
    if (disorder !== null) findings.add(file.path, `block ${block.id}: ${disorder}`, block.startMs, block.endMs);
    verifyBlock(file.path, block, () => blobOf(dataOf.get(block.id) ?? {}, "data"), quick, findings);
    addRefs(bucketOfBlock(block.id), block.members, refs);
    previous = block;
  }
  if (progress !== null && progress.blocks !== null && progress.blocks !== checksum) {
    findings.add(file.path, "blocks are missing, or there are some that do not belong here");
  }
}

/** What is wrong with a block's place among the others, `null` where nothing is. */
function disorderOf(block: BlockRow, previous: BlockRow | null, startMs: number, sealedToMs: number): string | null {
  const bucket = bucketOfBlock(block.id);
  if (block.id !== blockId(bucket, startMs, block.startMs)) return "its number does not fit its time";
  if (block.endMs < block.startMs) return "it ends before it begins";
  if (block.endMs > sealedToMs) return "it holds samples that should not be sealed yet";
  const overlaps = previous !== null && bucketOfBlock(previous.id) === bucket && previous.endMs >= block.startMs;
  return overlaps ? `it overlaps with block ${previous.id}` : null;
}

/** Checks a block's content against its row. */
export function verifyBlock(path: string, row: BlockRow, data: () => Uint8Array, quick: boolean, findings: Findings): void {
  try {
    const block = openBlock(data());
    checkTimes(block.timestampsMs, row);
    if (Buffer.compare(block.members, row.members) !== 0) throw new DamagedFileError("its members are not those of its row");
    if (!quick) findings.samples += decodeAll(block);
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    findings.add(path, `block ${row.id}: ${error.message}`, row.startMs, row.endMs);
  }
}

function checkTimes(timestampsMs: Float64Array, { startMs, endMs }: BlockRow): void {
  let last = -Infinity;
  for (const timeMs of timestampsMs) {
    if (!(timeMs > last)) throw new DamagedFileError("its times do not ascend");
    last = timeMs;
  }
  if ((timestampsMs[0] ?? -Infinity) < startMs || last > endMs)
    throw new DamagedFileError("its times are not those of its row");
}

/** Decodes every column and returns how many samples there are. Throws `DamagedFileError`. */
function decodeAll(block: Block): number {
  let samples = 0;
  for (let slot = 0; slot < seriesPerBlock; slot++) {
    const column = decodeColumn(block, slot);
    if (column === null) continue;
    if (column.values.length !== column.timestampsMs.length) throw new DamagedFileError("a column has more values than times");
    samples += column.values.length;
  }
  return samples;
}

/** Adds the series of a block. */
export function addRefs(bucket: number, members: Uint8Array, refs: Set<number>): void {
  const first = bucket * seriesPerBlock;
  for (let slot = 0; slot < seriesPerBlock; slot++) if (hasMember(members, slot)) refs.add(first + slot);
}

function verifyHead(database: DatabaseSync, file: StoreFile, findings: Findings, refs: Set<number>): void {
  const layoutOf = database.prepare("SELECT refs, crc FROM layouts WHERE id = ?");
  const layouts = new Map<number, Uint32Array | null>();
  const refsOf = (layout: number): Uint32Array | null => {
    let found = layouts.get(layout);
    if (found === undefined) layouts.set(layout, (found = refsOfLayout(layoutOf.get(layout))));
    return found;
  };
  for (const row of database.prepare(`SELECT ts, layout, samples, crc FROM ticks WHERE ${isUnsealed} ORDER BY ts`).iterate()) {
    const [tick] = ticksOf([row], refsOf).ticks;
    if (tick === undefined) findings.add(file.path, `the tick at row ${String(row["ts"])} is damaged`);
    else findings.samples += tick.refs.length;
  }
  for (const layout of layouts.values()) for (const ref of layout ?? []) refs.add(ref);
}
