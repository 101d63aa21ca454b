/**
 * Slices: what some batches of received samples have of 64 neighbouring series, one after the other and as they came. Sealing only copies
 * them out of the batches, which takes a tenth of the time of making columns of a few values each; merging makes one column of all of an
 * hour. Later slices count more, and within one a later sample of the same time does.
 *
 *      0        1         2         3         4            8 bytes
 *      +--------+---------+---------+---------+------------+
 *   0  | kind 2 | ver. 1  | 0       | 0       | crc32 u32  |     crc of all other bytes
 *      +--------+---------+---------+---------+------------+
 *   8  | members: bit i = a sample for slot i, u8[8]       |
 *      +---------------------------------------------------+
 *  16  | start f64, ms since the epoch                     |
 *      +-------------------------+-------------------------+
 *  24  | first time u32          | last time u32           |     all times are ms since the start
 *      +-------------------------+-------------------------+
 *  32  | per slice:                                        |
 *      |   samples n u32 | flags u32                       |
 *      |   members u8[8]                                   |
 *      |   ends u32[k]     where each member's samples end |     not there where each has one (flag 1)
 *      |   times u32[n]                                    |     u32[1] where all are the same (flag 2)
 *      |   padding to 8 bytes                              |
 *      |   values f64[n]                                   |
 *      +---------------------------------------------------+
 */
import { crc32 } from "node:zlib";
import { DamagedFileError } from "../database.ts";
import { timeOrder } from "./time-order.ts";

const kindSlices = 2;
const formatVersion = 1;
const crcAt = 4;
const membersAt = 8;
const headerBytes = 32;
const headerWords = headerBytes / 4;
const sliceHeaderWords = 4;
const oneEach = 1;
const oneTime = 2;
/** Of each slot, so that slot i's is at i. */
const slotBits = Uint32Array.from({ length: 32 }, (_, i) => 1 << i);

/** Samples of a batch, as its decoder gives them; see `received/batch.ts`, where flags and order are the same. */
export interface SlicedBatch {
  readonly refs: Uint32Array;
  readonly ends: Uint32Array | null;
  readonly offsetsMs: Uint32Array;
  readonly words: Uint32Array;
}

/** A run of a batch's series, all of one bucket: from this one on, up to but not with that one. At least one. */
export interface BatchRange {
  readonly batch: SlicedBatch;
  readonly from: number;
  readonly to: number;
}

export interface EncodedSlices {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly members: Uint8Array;
  readonly data: Uint8Array;
}

/** `ranges` in the order in which they came, all of one bucket; at least one. */
export function encodeSlices(startMs: number, ranges: readonly BatchRange[]): EncodedSlices {
  const bytes = Buffer.allocUnsafeSlow(4 * ranges.reduce((words, range) => words + wordsOf(range), headerWords));
  const all = new Uint32Array(bytes.buffer);
  new Float64Array(bytes.buffer, 16, 1)[0] = startMs;
  let at = headerWords;
  let [low, high] = [0, 0];
  let [first, last] = [Infinity, 0];
  for (const range of ranges) {
    const end = writeSlice(range, all, at);
    low |= all[at + 2] ?? 0;
    high |= all[at + 3] ?? 0;
    const { batch, from, to } = range;
    const times =
      batch.offsetsMs.length === 1 ? batch.offsetsMs : batch.offsetsMs.subarray(beginOf(batch, from), beginOf(batch, to));
    for (let i = 0; i < times.length; i++) {
      const time = times[i] ?? 0;
      if (time < first) first = time;
      if (time > last) last = time;
    }
    at = end;
  }
  all.set([kindSlices | (formatVersion << 8), 0, low, high], 0);
  all.set([first, last], 6);
  all[crcAt / 4] = checksum(bytes);
  const members = new Uint8Array(bytes.buffer, membersAt, 8).slice();
  return { firstMs: startMs + first, lastMs: startMs + last, members, data: bytes };
}

/** Where the samples of the series at `index` begin. */
function beginOf({ ends }: SlicedBatch, index: number): number {
  return ends === null ? index : index === 0 ? 0 : (ends[index - 1] ?? 0);
}

function wordsOf({ batch, from, to }: BatchRange): number {
  const samples = beginOf(batch, to) - beginOf(batch, from);
  return layoutOf(to - from, samples, flagsOf(batch, to - from, samples)).words;
}

function flagsOf({ offsetsMs }: SlicedBatch, series: number, samples: number): number {
  return (samples === series ? oneEach : 0) | (offsetsMs.length === 1 ? oneTime : 0);
}

/** In words from the slice's begin. */
function layoutOf(series: number, samples: number, flags: number): { timesAt: number; valuesAt: number; words: number } {
  const timesAt = sliceHeaderWords + ((flags & oneEach) === 0 ? series : 0);
  const times = (flags & oneTime) === 0 ? samples : 1;
  const valuesAt = timesAt + times + ((timesAt + times) & 1);
  return { timesAt, valuesAt, words: valuesAt + 2 * samples };
}

/** Returns where the slice ends. */
function writeSlice({ batch, from, to }: BatchRange, all: Uint32Array, at: number): number {
  const { refs, ends, offsetsMs, words } = batch;
  const [begin, end] = [beginOf(batch, from), beginOf(batch, to)];
  const flags = flagsOf(batch, to - from, end - begin);
  const { timesAt, valuesAt, words: length } = layoutOf(to - from, end - begin, flags);
  let [low, high] = [0, 0];
  for (let i = from; i < to; i++) {
    const slot = (refs[i] ?? 0) & 63;
    if (slot < 32) low |= slotBits[slot] ?? 0;
    else high |= slotBits[slot - 32] ?? 0;
  }
  all[at] = end - begin;
  all[at + 1] = flags;
  all[at + 2] = low;
  all[at + 3] = high;
  if ((flags & oneEach) === 0)
    for (let i = from; i < to; i++) all[at + sliceHeaderWords + i - from] = (ends?.[i] ?? i + 1) - begin;
  // The padding, if there is any; the times are written over the rest.
  all[at + valuesAt - 1] = 0;
  if (offsetsMs.length === 1) all[at + timesAt] = offsetsMs[0] ?? 0;
  else all.set(offsetsMs.subarray(begin, end), at + timesAt);
  // As words: a NaN's payload may not survive the way through a number.
  all.set(words.subarray(2 * begin, 2 * end), at + valuesAt);
  return at + length;
}

/** Opened slices, from which single columns are decoded. */
export interface BlockOfSlices {
  readonly version: "slices";
  readonly members: Uint8Array;
  /** The first time and the last one. */
  readonly timestampsMs: Float64Array;
  readonly startMs: number;
  readonly slices: readonly Slice[];
}

interface Slice {
  readonly samples: number;
  /** Its members, slots 0 … 31 and 32 … 63. */
  readonly low: number;
  readonly high: number;
  readonly ends: Uint32Array | null;
  readonly offsetsMs: Uint32Array;
  readonly words: Uint32Array;
}

/** Whether these bytes begin as slices do. */
export function areSlices(bytes: Uint8Array): boolean {
  return bytes[0] === kindSlices;
}

/** Throws `DamagedFileError`. */
export function openSlices(bytes: Uint8Array): BlockOfSlices {
  if (bytes.byteLength < headerBytes || bytes.byteLength % 8 !== 0 || bytes[1] !== formatVersion)
    throw new DamagedFileError("slices have a wrong header");
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const all = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  if (all[crcAt / 4] !== checksum(aligned)) throw new DamagedFileError("slices have a wrong checksum");
  const startMs = new Float64Array(aligned.buffer, aligned.byteOffset + 16, 1)[0] ?? 0;
  const slices: Slice[] = [];
  for (let at = headerWords; at < all.length;) {
    const [samples = 0, flags = 0, low = 0, high = 0] = all.subarray(at, at + sliceHeaderWords);
    const series = countBits(low) + countBits(high);
    const { timesAt, valuesAt, words } = layoutOf(series, samples, flags);
    const slice = {
      samples,
      low,
      high,
      ends: (flags & oneEach) === 0 ? all.subarray(at + sliceHeaderWords, at + timesAt) : null,
      offsetsMs: all.subarray(at + timesAt, at + timesAt + ((flags & oneTime) === 0 ? samples : 1)),
      words: all.subarray(at + valuesAt, at + words),
    };
    at += words;
    if (at > all.length || !isConsistent(slice, series)) throw new DamagedFileError("a slice contradicts itself");
    slices.push(slice);
  }
  const members = aligned.slice(membersAt, membersAt + 8);
  return {
    version: "slices",
    members,
    timestampsMs: Float64Array.of(startMs + (all[6] ?? 0), startMs + (all[7] ?? 0)),
    startMs,
    slices,
  };
}

function isConsistent({ samples, ends }: Slice, series: number): boolean {
  if (ends === null) return samples === series;
  let before = 0;
  for (const end of ends) {
    if (end <= before) return false;
    before = end;
  }
  return before === samples;
}

interface Column {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

/** The samples of one slot in time order, one of each time; `null` where it has none. */
export function decodeSlices(block: BlockOfSlices, slot: number, allocate: (length: number) => Float64Array): Column | null {
  const count = countIn(block, slot);
  if (count === 0) return null;
  const timestampsMs = new Float64Array(count);
  const words = new Uint32Array(2 * count);
  copySlices(block, slot, timestampsMs, words, 0);
  const order = timeOrder(timestampsMs);
  const values = allocate(order === null ? count : order.length);
  const out = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  if (order === null) out.set(words);
  else {
    for (let i = 0; i < order.length; i++) {
      out[2 * i] = words[2 * (order[i] ?? 0)] ?? 0;
      out[2 * i + 1] = words[2 * (order[i] ?? 0) + 1] ?? 0;
    }
  }
  return {
    timestampsMs: order === null ? timestampsMs : Float64Array.from(order, (place) => timestampsMs[place] ?? 0),
    values,
  };
}

/** Samples of one slot, as often as they came. */
export function countIn({ slices }: BlockOfSlices, slot: number): number {
  let count = 0;
  for (const slice of slices) {
    const rank = rankOf(slice, slot);
    if (rank >= 0) count += slice.ends === null ? 1 : endAt(slice.ends, rank) - endAt(slice.ends, rank - 1);
  }
  return count;
}

/** Copies the samples of one slot as they came, from the place `at` on. Returns the place after them. */
export function copySlices(
  { startMs, slices }: BlockOfSlices,
  slot: number,
  timestampsMs: Float64Array,
  words: Uint32Array,
  at: number,
): number {
  let to = at;
  for (const slice of slices) {
    const rank = rankOf(slice, slot);
    if (rank < 0) continue;
    const { ends, offsetsMs } = slice;
    const end = ends === null ? rank + 1 : endAt(ends, rank);
    for (let from = ends === null ? rank : endAt(ends, rank - 1); from < end; from++, to++) {
      timestampsMs[to] = startMs + (offsetsMs[offsetsMs.length === 1 ? 0 : from] ?? 0);
      words[2 * to] = slice.words[2 * from] ?? 0;
      words[2 * to + 1] = slice.words[2 * from + 1] ?? 0;
    }
  }
  return to;
}

function endAt(ends: Uint32Array, index: number): number {
  return index < 0 ? 0 : (ends[index] ?? 0);
}

/** The how manieth member a slot is, from 0; −1 where it is none. */
function rankOf({ low, high }: Slice, slot: number): number {
  const bit = slotBits[slot & 31] ?? 0;
  if (slot < 32) return (low & bit) === 0 ? -1 : countBits(low & (bit - 1));
  return (high & bit) === 0 ? -1 : countBits(low) + countBits(high & (bit - 1));
}

/** Of 32. After Warren, "Hacker's Delight", 2nd edition, figure 5–2. */
function countBits(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

function checksum(bytes: Uint8Array): number {
  return crc32(bytes.subarray(membersAt), crc32(bytes.subarray(0, crcAt)));
}
