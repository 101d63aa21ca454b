/** Which parts of batches belong to which hour and bucket: of batches that are sorted by series, runs of them. */
import { seriesPerBlock } from "../codec/block.ts";
import type { BatchRange, SlicedBatch } from "../codec/slices.ts";
import { bucketOf } from "../partition/partition-schema.ts";
import type { BatchRow } from "./batch-row.ts";
import { type Batch, endOf } from "./batch.ts";
import { hourOf, receivedHourMs } from "./received-schema.ts";

/** Samples of one batch, all of one hour. */
export interface BatchOfHour {
  readonly hour: number;
  readonly batch: SlicedBatch;
}

/** Samples of one block of slices, but for a single series: a megabyte, so that writing it is a short step. */
const maxSamples = 65_536;

/** The batches cut into hours, in the order in which they came. A step for each one that is cut. */
export function* byHour(fileStartMs: number, rows: readonly BatchRow[]): Generator<void, BatchOfHour[]> {
  const batches: BatchOfHour[] = [];
  for (const { batch, firstMs, lastMs } of rows) {
    const [first, last] = [hourOf(fileStartMs, firstMs), hourOf(fileStartMs, lastMs)];
    if (first === last) {
      batches.push({ hour: first, batch });
      continue;
    }
    for (let hour = first; hour <= last; hour++) {
      const part = hourIn(batch, hour);
      if (part.refs.length > 0) batches.push({ hour, batch: part });
      yield;
    }
  }
  return batches;
}

/** The samples of one hour. */
function hourIn(batch: Batch, hour: number): SlicedBatch {
  const { refs, offsetsMs, words, samples } = batch;
  const [after, to] = [hour * receivedHourMs, (hour + 1) * receivedHourMs];
  const picked = { refs: new Uint32Array(refs.length), ends: new Uint32Array(refs.length) };
  const times = new Uint32Array(samples);
  const bits = new Uint32Array(2 * samples);
  let [series, count] = [0, 0];
  for (let i = 0, sample = 0; i < refs.length; i++) {
    const before = count;
    for (const end = endOf(batch, i); sample < end; sample++) {
      const offsetMs = offsetsMs[offsetsMs.length === 1 ? 0 : sample] ?? 0;
      if (offsetMs <= after || offsetMs > to) continue;
      times[count] = offsetMs;
      bits[2 * count] = words[2 * sample] ?? 0;
      bits[2 * count + 1] = words[2 * sample + 1] ?? 0;
      count++;
    }
    if (count === before) continue;
    picked.refs[series] = refs[i] ?? 0;
    picked.ends[series++] = count;
  }
  return {
    refs: picked.refs.subarray(0, series),
    ends: picked.ends.subarray(0, series),
    offsetsMs: times.subarray(0, count),
    words: bits.subarray(0, 2 * count),
  };
}

/** The least bucket of which something is left; `null` at the end. `cursors`: per batch its next series. */
export function nextBucketOf(batches: readonly BatchOfHour[], cursors: Uint32Array): number | null {
  let least = Infinity;
  for (let b = 0; b < batches.length; b++) {
    const ref = batches[b]?.batch.refs[cursors[b] ?? 0];
    if (ref !== undefined && ref < least) least = ref;
  }
  return least === Infinity ? null : bucketOf(least);
}

/** What the batches have of the bucket, in portions of one hour each; `cursors` move to the next bucket. */
export function rangesOf(
  batches: readonly BatchOfHour[],
  cursors: Uint32Array,
  bucket: number,
): { readonly hour: number; readonly ranges: BatchRange[] }[] {
  const portions: { readonly hour: number; readonly ranges: BatchRange[] }[] = [];
  const open = new Map<number, { ranges: BatchRange[]; samples: number }>();
  const nextRef = (bucket + 1) * seriesPerBlock;
  for (const [b, { hour, batch }] of batches.entries()) {
    let from = cursors[b] ?? 0;
    for (let to = from; from < batch.refs.length && (batch.refs[from] ?? 0) < nextRef; from = to) {
      const begin = from === 0 ? 0 : endOf(batch, from - 1);
      do to++;
      while ((batch.refs[to] ?? nextRef) < nextRef && endOf(batch, to) - begin <= maxSamples);
      const samples = endOf(batch, to - 1) - begin;
      let portion = open.get(hour);
      if (portion === undefined || portion.samples + samples > maxSamples) {
        portion = { ranges: [], samples: 0 };
        open.set(hour, portion);
        portions.push({ hour, ranges: portion.ranges });
      }
      portion.ranges.push({ batch, from, to });
      portion.samples += samples;
    }
    cursors[b] = from;
  }
  return portions;
}
