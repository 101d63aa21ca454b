/**
 * Merging: what sealing has put into one hour of a file becomes one block per bucket, coded as it is to stay once the hour is over, and in
 * haste before: a reader must not look through an hour of slices. Also later, when late samples came. A generator; each bucket is
 * replaced in one transaction, and readers see the same samples before and after.
 */
import type { Logger } from "../../core/logger.ts";
import { type Block, decodeColumn, isHasty, openBlock, seriesPerBlock } from "../codec/block.ts";
import { DamagedFileError } from "../database.ts";
import type { BlockRow } from "../partition/partition-schema.ts";
import { unpackRun } from "./histogram-batch.ts";
import { columnOfRun } from "./histogram-column.ts";
import { packBucket, type SlotColumn } from "./pack-bucket.ts";
import { joinColumn, samplesIn } from "./join-column.ts";
import { combine, numbersOf, type ReceivedColumn } from "./received-column.ts";
import type { ReceivedFile, ReplacedRows, SealedPart } from "./received-file.ts";
import { partsOfBlockId, partsOfHistogramId } from "./received-schema.ts";
import type { HistogramRow } from "./sealed-rows.ts";

export interface MergeHourOptions {
  readonly hour: number;
  /** Only what writes from this number on have left. */
  readonly fromNumber: number;
  /** Whether the hour is over. */
  readonly isOver: boolean;
  readonly logger: Logger;
}

/** Samples that are merged at once, a bound on the memory that it takes; a bucket that has more in an hour stays as it is. */
const maxSamples = 4_000_000;
/** Samples that are put together in one step: 1 ms. */
const samplesPerStep = 50_000;
/** What a series of a block costs beside its samples, as many of them. */
const pieceCost = 50;
/** What is written in one transaction, some milliseconds' worth; with each row that goes for as much as writing so many bytes costs. */
const bytesPerWrite = 192 * 1024;
const rowBytes = 3072;

/** What takes the place of what in one bucket. */
interface Merged {
  readonly bucket: number;
  readonly rows: ReplacedRows;
  readonly parts: readonly SealedPart[];
  /** The file's next number when the rows were read: as long as it is that, nothing else has been written. */
  readonly readAt: number;
}

export function* mergeHour(file: ReceivedFile, options: MergeHourOptions): Generator<void> {
  let waiting: Merged[] = [];
  let work = 0;
  const write = (): void => {
    // What was sealed meanwhile is newer than what is merged here, and must keep the greater number.
    const sound = waiting.filter(
      ({ bucket, rows, readAt }) => readAt === file.nextNumber || sameRows(rows, rowsOf(file, bucket, options)),
    );
    const blocks = sound.flatMap(({ rows }) => rows.blocks);
    const histograms = sound.flatMap(({ rows }) => rows.histograms);
    if (sound.length > 0)
      file.replace(
        { blocks, histograms },
        sound.flatMap(({ parts }) => parts),
      );
    [waiting, work] = [[], 0];
  };
  for (let bucket = file.nextBucket(0); bucket !== null; bucket = file.nextBucket(bucket + 1)) {
    const merged = yield* soundly(file, bucket, options);
    yield;
    if (merged === null) continue;
    waiting.push(merged);
    const { blocks, histograms } = merged.rows;
    work += (blocks.length + histograms.length) * rowBytes;
    for (const { data } of merged.parts) work += data.byteLength;
    if (work < bytesPerWrite) continue;
    write();
    yield;
    // Now and then, or the log becomes as long as all that is merged.
    file.checkpoint();
    yield;
  }
  write();
}

/** `null` where there is nothing to merge, or a block is damaged: then all is left as it is, and reading names it and serves the rest. */
function* soundly(file: ReceivedFile, bucket: number, options: MergeHourOptions): Generator<void, Merged | null> {
  try {
    return yield* mergeBucket(file, bucket, options);
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    options.logger.error("received samples were not merged, because a block is damaged", { path: file.path, bucket, error });
    return null;
  }
}

function* mergeBucket(file: ReceivedFile, bucket: number, options: MergeHourOptions): Generator<void, Merged | null> {
  const rows = rowsOf(file, bucket, options);
  const readAt = file.nextNumber;
  if (rows.blocks.length === 0 && rows.histograms.length < 2) return null;
  const data = rows.blocks.map(({ id }) => file.blockData(id));
  const { isOver } = options;
  if (writesOf(rows).size < 2 && !(isOver && data.some(isHasty))) return null;
  const blocks = data.map(openBlock);
  if (blocks.reduce((sum, block) => sum + samplesIn(block), 0) > maxSamples) return null;
  yield;
  const columns: SlotColumn[] = [];
  let work = 0;
  for (let slot = 0; slot < seriesPerBlock; slot++) {
    const histograms = rows.histograms.filter(({ id }) => partsOfHistogramId(id).ref === bucket * seriesPerBlock + slot);
    const column =
      histograms.length === 0 ? joinColumn(blocks, slot) : withHistograms(file, slot, rows.blocks, blocks, histograms);
    if (column !== null) columns.push({ slot, ...column });
    work += (column?.values.length ?? 0) + pieceCost * blocks.length;
    if (work < samplesPerStep) continue;
    work = 0;
    yield;
  }
  const parts = yield* packBucket({ fileStartMs: file.startMs, bucket, isFinal: isOver }, columns);
  return { bucket, rows, parts, readAt };
}

/** The samples of one series that has histograms, in the order of the writes that left them. */
function withHistograms(
  file: ReceivedFile,
  slot: number,
  rows: readonly BlockRow[],
  blocks: readonly Block[],
  histograms: readonly HistogramRow[],
): ReceivedColumn {
  const pieces: { readonly number: number; readonly column: ReceivedColumn }[] = [];
  for (const [i, block] of blocks.entries()) {
    const column = decodeColumn(block, slot);
    if (column !== null) pieces.push({ number: partsOfBlockId(rows[i]?.id ?? 0).number, column: numbersOf(column) });
  }
  for (const { id, data } of histograms)
    pieces.push({ number: partsOfHistogramId(id).number, column: columnOfRun(unpackRun(file.startMs, data)) });
  return combine(pieces.sort((a, b) => a.number - b.number).map(({ column }) => column));
}

function rowsOf(file: ReceivedFile, bucket: number, { hour, fromNumber }: MergeHourOptions): ReplacedRows {
  const firstRef = bucket * seriesPerBlock;
  return {
    blocks: file.blocksOf(bucket, hour).filter(({ id }) => partsOfBlockId(id).number >= fromNumber),
    histograms: file
      .histogramSeries(firstRef, firstRef + seriesPerBlock - 1)
      .flatMap((ref) => file.histogramsOf(ref, hour))
      .filter(({ id }) => partsOfHistogramId(id).number >= fromNumber),
  };
}

function writesOf({ blocks, histograms }: ReplacedRows): ReadonlySet<number> {
  return new Set([
    ...blocks.map(({ id }) => partsOfBlockId(id).number),
    ...histograms.map(({ id }) => partsOfHistogramId(id).number),
  ]);
}

function sameRows(a: ReplacedRows, b: ReplacedRows): boolean {
  const ids = ({ blocks, histograms }: ReplacedRows): string => [...blocks, ...histograms].map(({ id }) => id).join();
  return ids(a) === ids(b);
}
