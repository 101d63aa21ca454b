/**
 * A batch: what was received together of one file's time, sorted by series and within a series as it came.
 *
 *      samples n u32 | series k u32 | flags u32 | 0 u32
 *      refs u32[k]      ascending
 *      ends u32[k]      where each one's samples end                         not there where each has one sample (flag 1)
 *      times u32[n]     ms since the file's start                            u32[1] where all are the same (flag 2)
 *      padding to 8 bytes
 *      values f64[n]
 *
 * Sorted before it is stored, because then sealing is a merge, and a reader finds a series by bisection. Sorting by digits takes about
 * as long as the database needs for its own checksum of the bytes.
 */
import { freeMemory } from "../../core/free-memory.ts";
import type { ReceivedSamples } from "../../core/storage.ts";
import { DamagedFileError } from "../database.ts";
import { receivedFileMs, receivedFileStart } from "./received-schema.ts";
import { orderByRef } from "./sort-by-ref.ts";

const headerWords = 4;
const oneEach = 1;
const oneTime = 2;

/** Samples of one file's time, ready to be stored. */
export interface EncodedBatch {
  readonly fileStartMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samples: number;
  readonly data: Uint8Array;
}

/** Without any samples: for histograms that come alone. */
export function emptyBatch(fileStartMs: number): EncodedBatch {
  const data = new Uint8Array(Uint32Array.of(0, 0, oneEach, 0).buffer);
  return { fileStartMs, firstMs: Infinity, lastMs: -Infinity, samples: 0, data };
}

/** A decoded batch; the arrays are views of its bytes. */
export interface Batch {
  readonly samples: number;
  readonly refs: Uint32Array;
  /** Per series where its samples end; `null`: each has one. */
  readonly ends: Uint32Array | null;
  /** Ms since the file's start; a single one where all are the same. */
  readonly offsetsMs: Uint32Array;
  /** The values' bits, two words each. */
  readonly words: Uint32Array;
}

/** Where the samples of the series at `index` end. */
export function endOf({ ends }: Pick<Batch, "ends">, index: number): number {
  return ends === null ? index + 1 : (ends[index] ?? 0);
}

/** Index of the first series from `ref` on. */
export function indexOfRef({ refs }: { readonly refs: ArrayLike<number> }, ref: number, from = 0): number {
  let low = from;
  let high = refs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((refs[middle] ?? 0) < ref) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Columns = Pick<ReceivedSamples, "count" | "refs" | "timesMs"> & { readonly words: Uint32Array };

/** The samples by the file that they belong to. Throws `RangeError` where a time is not whole ms. */
export function encodeBatches({ count, refs, timesMs, values }: ReceivedSamples): EncodedBatch[] {
  const columns = { count, refs, timesMs, words: new Uint32Array(values.buffer, values.byteOffset, 2 * count) };
  return splitByFile(columns).map(encodeBatch);
}

function splitByFile(columns: Columns): Columns[] {
  const { count, timesMs } = columns;
  if (count === 0) return [];
  const [firstMs, lastMs] = timeRange(timesMs, count);
  if (receivedFileStart(firstMs) === receivedFileStart(lastMs)) return [columns];
  const places = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const startMs = receivedFileStart(timesMs[i] ?? 0);
    const found = places.get(startMs);
    if (found === undefined) places.set(startMs, [i]);
    else found.push(i);
  }
  return Array.from(places.values(), (picked) => pick(columns, picked));
}

function pick({ refs, timesMs, words }: Columns, places: readonly number[]): Columns {
  const picked = new Uint32Array(2 * places.length);
  for (const [to, from] of places.entries()) {
    picked[2 * to] = words[2 * from] ?? 0;
    picked[2 * to + 1] = words[2 * from + 1] ?? 0;
  }
  return {
    count: places.length,
    refs: Uint32Array.from(places, (from) => refs[from] ?? 0),
    timesMs: Float64Array.from(places, (from) => timesMs[from] ?? 0),
    words: picked,
  };
}

function timeRange(timesMs: Float64Array, count: number): readonly [firstMs: number, lastMs: number] {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for (let i = 0; i < count; i++) {
    const timeMs = timesMs[i] ?? Number.NaN;
    if (!Number.isSafeInteger(timeMs)) throw new RangeError(`a sample's time must be whole ms, not ${timeMs}`);
    if (timeMs < firstMs) firstMs = timeMs;
    if (timeMs > lastMs) lastMs = timeMs;
  }
  return [firstMs, lastMs];
}

/** All times are of one file, and there is at least one sample. */
function encodeBatch({ count, refs, timesMs, words }: Columns): EncodedBatch {
  const [firstMs, lastMs] = timeRange(timesMs, count);
  const fileStartMs = receivedFileStart(firstMs);
  const order = orderByRef(refs, count);
  const distinct = distinctRefs(refs, count, order);
  const series = distinct.refs.length;
  const times = firstMs === lastMs ? 1 : count;
  const isOneEach = series === count;
  const offsetAt = headerWords + (isOneEach ? series : 2 * series);
  const wordsAt = offsetAt + times + ((offsetAt + times) & 1);
  const batch = new Uint32Array(wordsAt + 2 * count);
  batch[0] = count;
  batch[1] = series;
  batch[2] = (isOneEach ? oneEach : 0) | (times === 1 ? oneTime : 0);
  batch.set(distinct.refs, headerWords);
  if (!isOneEach) batch.set(distinct.ends, headerWords + series);
  if (times === 1) batch[offsetAt] = firstMs - fileStartMs;
  else copyTimes(timesMs, order, fileStartMs, batch.subarray(offsetAt, offsetAt + count));
  copyWords(words, order, batch.subarray(wordsAt));
  freeMemory(distinct.refs, ...(order === null ? [] : [order]));
  return { fileStartMs, firstMs, lastMs, samples: count, data: new Uint8Array(batch.buffer) };
}

/** Both in the same memory. */
function distinctRefs(
  refs: Uint32Array,
  count: number,
  order: Uint32Array | null,
): { readonly refs: Uint32Array; readonly ends: Uint32Array } {
  const found = new Uint32Array(2 * count);
  const ends = found.subarray(count);
  let series = 0;
  for (let i = 0; i < count; i++) {
    const ref = refs[order === null ? i : (order[i] ?? 0)] ?? 0;
    if (series === 0 || found[series - 1] !== ref) found[series++] = ref;
    ends[series - 1] = i + 1;
  }
  return { refs: found.subarray(0, series), ends: ends.subarray(0, series) };
}

function copyTimes(timesMs: Float64Array, order: Uint32Array | null, startMs: number, offsets: Uint32Array): void {
  for (let i = 0; i < offsets.length; i++) offsets[i] = (timesMs[order === null ? i : (order[i] ?? 0)] ?? 0) - startMs;
}

/** As words: a NaN's payload may not survive the way through a number. */
function copyWords(words: Uint32Array, order: Uint32Array | null, target: Uint32Array): void {
  if (order === null) {
    target.set(words);
    return;
  }
  for (let i = 0; i < order.length; i++) {
    const from = 2 * (order[i] ?? 0);
    target[2 * i] = words[from] ?? 0;
    target[2 * i + 1] = words[from + 1] ?? 0;
  }
}

/** Throws `DamagedFileError` where the bytes are not a batch. */
export function openBatch(data: Uint8Array): Batch {
  const aligned = data.byteOffset % 4 === 0 ? data : new Uint8Array(data);
  const all = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
  const [samples = 0, series = 0, flags = 0] = all;
  const endsAt = headerWords + series;
  const offsetAt = (flags & oneEach) === 0 ? endsAt + series : endsAt;
  const times = (flags & oneTime) === 0 ? samples : 1;
  const wordsAt = offsetAt + times + ((offsetAt + times) & 1);
  const batch = {
    samples,
    refs: all.subarray(headerWords, endsAt),
    ends: (flags & oneEach) === 0 ? all.subarray(endsAt, offsetAt) : null,
    offsetsMs: all.subarray(offsetAt, offsetAt + times),
    words: all.subarray(wordsAt),
  };
  if (all.length !== wordsAt + 2 * samples || !isConsistent(batch)) throw new DamagedFileError("a batch contradicts itself");
  return batch;
}

function isConsistent({ samples, refs, ends, offsetsMs }: Batch): boolean {
  for (let i = 1; i < refs.length; i++) if ((refs[i] ?? 0) <= (refs[i - 1] ?? 0)) return false;
  if (ends === null) return refs.length === samples;
  for (let i = 0; i < ends.length; i++) if ((ends[i] ?? 0) <= (i === 0 ? 0 : (ends[i - 1] ?? 0))) return false;
  return (ends.at(-1) ?? 0) === samples && offsetsMs.every((offset) => offset <= receivedFileMs);
}
