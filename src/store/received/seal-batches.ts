/**
 * Sealing: the oldest batches of a file become slices, bucket by bucket. Each batch is sorted by series, so that this is a merge of
 * them. A generator, and what it writes on the way does no harm if it goes no further: the batches are still there, and count more.
 */
import { freeMemory } from "../../core/free-memory.ts";
import { seriesPerBlock } from "../codec/block.ts";
import { areSlices, type BatchRange, encodeSlices } from "../codec/slices.ts";
import { bucketOf } from "../partition/partition-schema.ts";
import type { SeriesRef } from "../../core/storage.ts";
import type { BatchRow } from "./batch-row.ts";
import { piecesOfBatch } from "./batch-columns.ts";
import { type BatchOfHour, byHour, nextBucketOf, rangesOf } from "./batch-ranges.ts";
import { runsOfBatch } from "./histogram-batch.ts";
import { packBucket } from "./pack-bucket.ts";
import { combine } from "./received-column.ts";
import type { ReceivedFile, SealedPart } from "./received-file.ts";

export interface SealOptions {
  /** Samples that are sealed together at most, but for a single batch. */
  readonly maxSamples: number;
  /** Called with the series that are about to be written. */
  readonly beforeWrite: (refs: Uint32Array) => void;
  /** Whether the tiers have read, or are reading, what was in the file before. */
  readonly isLate: () => boolean;
  /** Called with the hours and the buckets that something was written to. */
  readonly afterWrite: (hours: ReadonlySet<number>, buckets: ReadonlySet<number>) => void;
}

const none: ReadonlySet<number> = new Set();
/** What is written in one transaction, some milliseconds' worth. */
const bytesPerWrite = 256 * 1024;

/** Seals the oldest batches, in steps of some milliseconds; false where there is none. */
export function* sealBatches(file: ReceivedFile, options: SealOptions): Generator<void, boolean> {
  const taken = yield* takeOldest(file, options.maxSamples);
  if (taken.length === 0) return false;
  yield* writeAll(file, options, sliced(file.startMs, yield* byHour(file.startMs, taken)));
  // After the numbers, because these have been compared with them.
  yield* writeAll(file, options, mixed(file.startMs, taken));
  for (const { seq, batch } of taken) {
    yield;
    file.dropBatch(seq);
    freeMemory(batch.words);
  }
  return true;
}

interface TakenBatch extends BatchRow {
  readonly seq: number;
}

/** At least one, where there is a sound one. Damaged ones go, and leave a gap. */
function* takeOldest(file: ReceivedFile, maxSamples: number): Generator<void, TakenBatch[]> {
  const taken: TakenBatch[] = [];
  let samples = 0;
  for (let next = file.batchAfter(0); next !== null; next = file.batchAfter(next.seq)) {
    if (next.batch === null) file.dropDamaged(next.seq);
    else {
      samples += next.batch.batch.samples;
      if (taken.length > 0 && samples > maxSamples) break;
      taken.push({ seq: next.seq, ...next.batch });
    }
    yield;
  }
  return taken;
}

/** What is to be written of a bucket: parts of these series. */
interface Sealed {
  readonly bucket: number;
  readonly refs: readonly SeriesRef[];
  readonly parts: readonly SealedPart[];
}

/** Writes what comes, some buckets at a time. */
function* writeAll(file: ReceivedFile, options: SealOptions, all: Generator<Sealed | null>): Generator<void> {
  let waiting: Sealed[] = [];
  let bytes = 0;
  const write = (): void => {
    if (waiting.length === 0) return;
    const parts = waiting.flatMap((sealed) => sealed.parts);
    const buckets = new Set(waiting.map(({ bucket }) => bucket));
    options.beforeWrite(Uint32Array.from(waiting.flatMap(({ refs }) => refs)));
    file.write(parts, options.isLate() ? buckets : none);
    for (const { data } of parts) if (areSlices(data)) freeMemory(data);
    options.afterWrite(new Set(parts.map(({ hour }) => hour)), buckets);
    [waiting, bytes] = [[], 0];
  };
  for (const sealed of all) {
    if (sealed !== null) {
      waiting.push(sealed);
      for (const { data } of sealed.parts) bytes += data.byteLength;
    }
    yield;
    if (bytes < bytesPerWrite) continue;
    write();
    yield;
    // Now and then, or the log becomes as long as all that is sealed.
    file.checkpoint();
    yield;
  }
  write();
}

/** The numbers of all batches, cut into slices and nothing more. */
function* sliced(fileStartMs: number, batches: readonly BatchOfHour[]): Generator<Sealed> {
  const cursors = new Uint32Array(batches.length);
  for (let bucket = nextBucketOf(batches, cursors); bucket !== null; bucket = nextBucketOf(batches, cursors)) {
    const parts: SealedPart[] = [];
    const refs = new Set<SeriesRef>();
    for (const { hour, ranges } of rangesOf(batches, cursors, bucket)) {
      const { members, ...slices } = encodeSlices(fileStartMs, ranges);
      parts.push({ kind: "block", bucket, hour, members, ...slices });
      for (const range of ranges) addRefs(range, refs);
    }
    yield { bucket, refs: [...refs], parts };
  }
}

function addRefs({ batch, from, to }: BatchRange, refs: Set<SeriesRef>): void {
  for (let i = from; i < to; i++) refs.add(batch.refs[i] ?? 0);
}

/** Series with native histograms, all that the batches have of them: of one time, what came last counts, be it a number or a histogram. */
function* mixed(fileStartMs: number, rows: readonly BatchRow[]): Generator<Sealed | null> {
  const batches = rows.map(({ batch, histograms }) => ({ batch, runs: runsOfBatch(histograms) }));
  const refs = new Set(batches.flatMap(({ runs }) => [...runs.keys()]));
  for (const [bucket, ofBucket] of Map.groupBy(
    [...refs].sort((a, b) => a - b),
    bucketOf,
  )) {
    const columns = ofBucket.map((ref) => {
      const pieces = batches.flatMap(({ batch, runs }) => piecesOfBatch(fileStartMs, batch, runs, ref));
      return { slot: ref % seriesPerBlock, ...combine(pieces) };
    });
    const steps = packBucket({ fileStartMs, bucket, isFinal: false }, columns);
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) yield null;
    yield { bucket, refs: ofBucket, parts: step.value };
  }
}
