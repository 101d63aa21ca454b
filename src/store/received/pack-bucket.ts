/**
 * The samples of a bucket's series as the rows that they are stored in: numbers as blocks of one hour each, native histograms as runs.
 * A block has one column of times for all its series. Received ones need not share any, so series are put together only while that
 * does not make many more rows than they have samples.
 */
import { countUpTo } from "../../core/count-up-to.ts";
import {
  assembleBlock,
  type ColumnInput,
  encodeBlockColumn,
  type EncodedColumn,
  membersOf,
  seriesPerBlock,
} from "../codec/block.ts";
import { packRun } from "./histogram-batch.ts";
import type { TimedHistogram } from "./histogram-run.ts";
import { picked, type ReceivedColumn } from "./received-column.ts";
import type { SealedPart } from "./received-file.ts";
import { hourOf, receivedHourMs } from "./received-schema.ts";

/** The samples of one series, in time order. */
export interface SlotColumn extends ReceivedColumn {
  readonly slot: number;
}

export interface PackOptions {
  readonly fileStartMs: number;
  readonly bucket: number;
  /** What is merged later is coded in haste. */
  readonly isFinal: boolean;
}

/** Rows that a block has at most: an hour at 2 Hz, and a bound on the memory that reading it takes. */
const maxRows = 8192;
/** Rows up to which series with different times share a block: its own row in the file costs as much as their patterns. */
const freeRows = 256;
/** Beyond that, how many rows there may be for each sample of the longest series. */
const rowsPerSample = 2;
/** Samples that are encoded in one step: 2 ms. */
const samplesPerStep = 24_000;
/** What a column costs beside its samples, as many of them. */
const columnCost = 500;

/** The rows of one bucket, in steps of some milliseconds. */
export function* packBucket(options: PackOptions, columns: readonly SlotColumn[]): Generator<void, SealedPart[]> {
  const parts: SealedPart[] = [];
  for (const [hour, ofHour] of byHour(options.fileStartMs, columns)) {
    const numbers = ofHour.map(numbersOf).filter(({ values }) => values.length > 0);
    if (numbers.length > 0) yield* packBlocks({ ...options, hour }, numbers, parts);
    for (const column of ofHour) {
      const part = histogramsOf({ ...options, hour }, column);
      if (part !== null) parts.push(part);
    }
  }
  return parts;
}

function byHour(fileStartMs: number, columns: readonly SlotColumn[]): ReadonlyMap<number, SlotColumn[]> {
  const hours = new Map<number, SlotColumn[]>();
  for (const column of columns) {
    const { timestampsMs, values, histograms, slot } = column;
    for (let from = 0; from < timestampsMs.length;) {
      const hour = hourOf(fileStartMs, timestampsMs[from] ?? 0);
      const to = countUpTo(timestampsMs, fileStartMs + (hour + 1) * receivedHourMs);
      const part =
        from === 0 && to === timestampsMs.length
          ? column
          : {
              slot,
              timestampsMs: timestampsMs.subarray(from, to),
              values: values.subarray(from, to),
              histograms: histograms?.slice(from, to) ?? null,
            };
      const found = hours.get(hour);
      if (found === undefined) hours.set(hour, [part]);
      else found.push(part);
      from = to;
    }
  }
  return hours;
}

/** The samples that are no histograms. */
function numbersOf(column: SlotColumn): SlotColumn {
  const { histograms, slot } = column;
  if (histograms === null) return column;
  const places = Uint32Array.from(column.values.keys()).filter((place) => histograms[place] === undefined);
  return { slot, ...picked(column, places), histograms: null };
}

type HourOptions = PackOptions & { readonly hour: number };

function histogramsOf(
  { fileStartMs, bucket, hour }: HourOptions,
  { slot, timestampsMs, histograms }: SlotColumn,
): SealedPart | null {
  if (histograms === null) return null;
  const samples: TimedHistogram[] = [];
  for (const [i, histogram] of histograms.entries())
    if (histogram !== undefined) samples.push({ timeMs: timestampsMs[i] ?? 0, histogram });
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return null;
  const ref = bucket * seriesPerBlock + slot;
  const data = packRun(fileStartMs, samples);
  return { kind: "histograms", ref, hour, firstMs: first.timeMs, lastMs: last.timeMs, data };
}

/** As one block where they go well together, else each half of them. */
function* packBlocks(options: HourOptions, columns: readonly SlotColumn[], parts: SealedPart[]): Generator<void> {
  const rows = unionOfTimes(columns);
  const longest = columns.reduce((length, { values }) => Math.max(length, values.length), 0);
  const isDense = rows.length <= Math.max(freeRows, rowsPerSample * longest);
  if (rows.length <= maxRows && (isDense || columns.length === 1)) {
    parts.push(yield* packBlock(options, rows, columns));
    return;
  }
  const halves = isDense || columns.length === 1 ? halvesInTime(rows, columns) : halvesOf(columns);
  for (const half of halves) yield* packBlocks(options, half, parts);
}

function halvesOf(columns: readonly SlotColumn[]): readonly (readonly SlotColumn[])[] {
  const middle = columns.length >> 1;
  return [columns.slice(0, middle), columns.slice(middle)];
}

function halvesInTime(rows: Float64Array, columns: readonly SlotColumn[]): readonly (readonly SlotColumn[])[] {
  const middleMs = rows[(rows.length >> 1) - 1] ?? 0;
  const cut = (from: number, toMs: number): readonly SlotColumn[] =>
    columns
      .map(({ slot, timestampsMs, values }): SlotColumn => {
        const [first, end] = [countUpTo(timestampsMs, from), countUpTo(timestampsMs, toMs)];
        return { slot, timestampsMs: timestampsMs.subarray(first, end), values: values.subarray(first, end), histograms: null };
      })
      .filter(({ values }) => values.length > 0);
  return [cut(-Infinity, middleMs), cut(middleMs, Infinity)];
}

function* packBlock(
  { bucket, hour, isFinal }: HourOptions,
  rows: Float64Array,
  columns: readonly SlotColumn[],
): Generator<void, SealedPart> {
  const effort = isFinal ? "best" : "quick";
  const encoded: EncodedColumn[] = [];
  let samples = 0;
  for (const column of columns) {
    encoded.push(encodeBlockColumn(inputOf(column, rows), effort));
    samples += column.values.length + columnCost;
    if (samples < samplesPerStep) continue;
    samples = 0;
    yield;
  }
  const data = assembleBlock(rows, encoded, effort);
  return { kind: "block", bucket, hour, firstMs: rows[0] ?? 0, lastMs: rows.at(-1) ?? 0, members: membersOf(encoded), data };
}

function inputOf({ slot, timestampsMs, values }: SlotColumn, rows: Float64Array): ColumnInput {
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  if (timestampsMs.length === rows.length) return { slot, present: null, words };
  const present = new Uint8Array(Math.ceil(rows.length / 8));
  let next = 0;
  for (let row = 0; row < rows.length && next < timestampsMs.length; row++) {
    if (rows[row] !== timestampsMs[next]) continue;
    present[row >> 3] = (present[row >> 3] ?? 0) | (1 << (row & 7));
    next++;
  }
  return { slot, present, words };
}

/** All times of the columns, ascending; that of a column where they are all the same. */
function unionOfTimes(columns: readonly SlotColumn[]): Float64Array {
  let union = columns[0]?.timestampsMs ?? new Float64Array();
  let known = union;
  for (const { timestampsMs } of columns) {
    // Mostly neighbours have the same times.
    if (isSame(timestampsMs, known) || isSame(timestampsMs, union)) continue;
    known = timestampsMs;
    union = mergeTimes(union, timestampsMs);
  }
  return union;
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function mergeTimes(a: Float64Array, b: Float64Array): Float64Array {
  const merged = new Float64Array(a.length + b.length);
  let count = 0;
  for (let i = 0, k = 0; i < a.length || k < b.length;) {
    const left = a[i] ?? Infinity;
    const right = b[k] ?? Infinity;
    if (left <= right) i++;
    if (right <= left) k++;
    merged[count++] = Math.min(left, right);
  }
  return merged.subarray(0, count);
}
