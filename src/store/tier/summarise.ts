/**
 * Samples → what the windows of a tier say of them, and finer windows → coarser ones. Pure functions: the tier builder, the reader
 * and the tests of queries compute the same numbers with them.
 */
import { countUpTo } from "../../core/count-up-to.ts";
import type { SampleHistograms } from "../../core/native-histogram.ts";
import { KahanSum } from "../../core/kahan-sum.ts";
import { type SeriesSamples, staleNaNBits, type SummaryColumn, type SummaryColumns, summaryFlags } from "../../core/storage.ts";

/** A row for each window of `stepMs` that has samples and ends at startMs < end ≤ endMs. All three are ms; see `SummaryColumns`. */
export function summarise(
  samples: Pick<SeriesSamples, "timestampsMs" | "values" | "histograms">,
  stepMs: number,
  startMs: number,
  endMs: number,
): SummaryColumns {
  const { timestampsMs, values } = samples;
  const source = { timestampsMs, values, bits: new BigUint64Array(values.buffer, values.byteOffset, values.length) };
  let from = countUpTo(timestampsMs, startMs);
  const to = countUpTo(timestampsMs, endMs);
  if (from >= to) return newColumns(0);
  const firstEndMs = windowEndMs(timestampsMs[from] ?? 0, stepMs);
  const windows = (windowEndMs(timestampsMs[to - 1] ?? 0, stepMs) - firstEndMs) / stepMs + 1;
  const rows = newColumns(Math.min(windows, to - from));
  let row = 0;
  let usual = 1;
  while (from < to) {
    const windowMs = windowEndMs(timestampsMs[from] ?? 0, stepMs);
    // Most windows have as many samples as the one before: then none of their times but the last is looked at.
    let next = from + 1;
    if (from + usual <= to && (timestampsMs[from + usual - 1] ?? 0) <= windowMs) next = from + usual;
    while (next < to && (timestampsMs[next] ?? 0) <= windowMs) next += 1;
    if (summariseWindow(source, from, next, rows, row)) {
      rows.endsMs[row] = windowMs;
      row += 1;
    }
    usual = next - from;
    from = next;
  }
  if (samples.histograms !== undefined) flagHistograms(samples.histograms, timestampsMs, rows, row, stepMs);
  return trimmed(rows, row);
}

/** Tells of windows that have native histograms, which their columns do not describe. */
function flagHistograms(
  histograms: SampleHistograms,
  timestampsMs: Float64Array,
  rows: SummaryColumns,
  count: number,
  stepMs: number,
): void {
  const ends = new Set<number>();
  for (const [i, histogram] of (histograms ?? []).entries())
    if (histogram !== undefined) ends.add(windowEndMs(timestampsMs[i] ?? 0, stepMs));
  for (let row = 0; row < count; row++)
    if (ends.has(rows.endsMs[row] ?? 0)) rows.flags[row] = (rows.flags[row] ?? 0) | summaryFlags.histograms;
}

/**
 * The same samples in wider windows; `stepMs` is a multiple of what it was. `sum` and `dropped` differ from those of the samples by
 * rounding, where that is possible at all. A stale marker alone in a window has left no row: it does not set `ended` here.
 */
export function coarsen(columns: SummaryColumns, stepMs: number): SummaryColumns {
  return combine(columns, stepMs);
}

/**
 * Rows of pieces in time order, one after the other. Pieces that share a window at their seam have one row for it together. Columns
 * that are not `wanted` may be all 0, but for those that say which samples a row is of.
 */
export function joinSummaries(
  pieces: readonly SummaryColumns[],
  wanted: readonly SummaryColumn[] = summaryColumns,
): SummaryColumns {
  const filled = pieces.filter(({ endsMs }) => endsMs.length > 0);
  const [first] = filled;
  if (first !== undefined && filled.length === 1) return first;
  const length = filled.reduce((sum, { endsMs }) => sum + endsMs.length, 0);
  const needed = new Set<SummaryColumn>([...timeColumns, ...wanted]);
  const zeros = needed.size === summaryColumns.length ? new Float64Array(0) : new Float64Array(length);
  const joined = mapColumns((name) => {
    if (!needed.has(name)) return zeros;
    const column = new Float64Array(length);
    let at = 0;
    for (const piece of filled) {
      column.set(piece[name], at);
      at += piece.endsMs.length;
    }
    return column;
  });
  const sharesWindow = filled.some(({ endsMs }, i) => (endsMs[0] ?? 0) <= (filled[i - 1]?.endsMs.at(-1) ?? -Infinity));
  return sharesWindow ? combine(joined, 1) : joined;
}

const timeColumns = ["endsMs", "count", "firstMs", "lastMs"] as const satisfies readonly SummaryColumn[];
const summaryColumns = [
  ...timeColumns,
  "sum",
  "min",
  "max",
  "first",
  "last",
  "drops",
  "dropped",
  "flags",
] as const satisfies readonly SummaryColumn[];

/** Columns made one by one: to copy, cut or read them. */
export function mapColumns(make: (name: keyof SummaryColumns) => Float64Array): SummaryColumns {
  return {
    endsMs: make("endsMs"),
    count: make("count"),
    sum: make("sum"),
    min: make("min"),
    max: make("max"),
    first: make("first"),
    firstMs: make("firstMs"),
    last: make("last"),
    lastMs: make("lastMs"),
    drops: make("drops"),
    dropped: make("dropped"),
    flags: make("flags"),
  };
}

function newColumns(length: number): SummaryColumns {
  return mapColumns(() => new Float64Array(length));
}

function trimmed(columns: SummaryColumns, rows: number): SummaryColumns {
  return columns.endsMs.length === rows ? columns : mapColumns((name) => columns[name].slice(0, rows));
}

function windowEndMs(timeMs: number, stepMs: number): number {
  return Math.ceil(timeMs / stepMs) * stepMs;
}

interface Source {
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** The memory of `values`: what tells the stale marker from other NaNs. */
  readonly bits: BigUint64Array;
}

/** Above it, not every integer is a float64. Source: ECMAScript, Number.MAX_SAFE_INTEGER + 1. */
const largestExact = 2 ** 53;

/** Fills one row from the samples `from … to)`, but for its end. False where they are nothing but stale markers. */
function summariseWindow(source: Source, from: number, to: number, rows: SummaryColumns, row: number): boolean {
  const { timestampsMs, values, bits } = source;
  let first = from;
  while (first < to && bits[first] === staleNaNBits) first += 1;
  if (first === to) return false;
  // As KahanSum adds; its fields in memory would halve the speed (measured: 50 instead of 100 M samples per CPU-second).
  let sum = 0;
  let compensation = 0;
  let last = first;
  let stale = 0;
  let min = values[first] ?? 0;
  let max = min;
  let before = min;
  let drops = 0;
  let dropped = 0;
  let allIntegers = true;
  let hasNaN = false;
  for (let i = first; i < to; i++) {
    const value = values[i] ?? 0;
    if (Number.isNaN(value)) {
      if (bits[i] === staleNaNBits) {
        stale += 1;
        continue;
      }
      hasNaN = true;
    }
    last = i;
    const total = sum + value;
    if (!Number.isFinite(total)) compensation = 0;
    else if (Math.abs(sum) >= Math.abs(value)) compensation += sum - total + value;
    else compensation += value - total + sum;
    sum = total;
    if (value < min || Number.isNaN(min)) min = value;
    if (value > max || Number.isNaN(max)) max = value;
    if (value < before) {
      // The first one as it is: 0 + −0 would lose its sign.
      dropped = drops === 0 ? before : dropped + before;
      drops += 1;
    }
    before = value;
    // Much cheaper than Number.isInteger. Infinities pass, and show in the extremes.
    if (Math.trunc(value) !== value) allIntegers = false;
  }
  const areIntegers = allIntegers && min >= -largestExact && max <= largestExact;
  const { integers, nan, ended } = summaryFlags;
  rows.count[row] = to - first - stale;
  rows.sum[row] = Number.isFinite(sum) ? sum + compensation : sum;
  rows.min[row] = min;
  rows.max[row] = max;
  rows.first[row] = values[first] ?? 0;
  rows.firstMs[row] = timestampsMs[first] ?? 0;
  rows.last[row] = values[last] ?? 0;
  rows.lastMs[row] = timestampsMs[last] ?? 0;
  rows.drops[row] = drops;
  rows.dropped[row] = dropped;
  rows.flags[row] = (areIntegers ? integers : 0) | (hasNaN ? nan : 0) | (last < to - 1 ? ended : 0);
  return true;
}

/** Rows whose ends come to the same multiple of `stepMs` become one. */
function combine(columns: SummaryColumns, stepMs: number): SummaryColumns {
  const { endsMs } = columns;
  const rows = newColumns(endsMs.length);
  let row = 0;
  let from = 0;
  while (from < endsMs.length) {
    const endMs = windowEndMs(endsMs[from] ?? 0, stepMs);
    let next = from + 1;
    while (next < endsMs.length && (endsMs[next] ?? 0) <= endMs) next += 1;
    combineRows(columns, from, next, rows, row);
    rows.endsMs[row] = endMs;
    row += 1;
    from = next;
  }
  return trimmed(rows, row);
}

function combineRows(columns: SummaryColumns, from: number, to: number, rows: SummaryColumns, row: number): void {
  const { integers, nan, ended, histograms } = summaryFlags;
  const sum = new KahanSum();
  let count = 0;
  let min = Number.NaN;
  let max = Number.NaN;
  let drops = 0;
  let dropped = 0;
  let flags: number = integers;
  const drop = (value: number, times: number): void => {
    dropped = drops === 0 ? value : dropped + value;
    drops += times;
  };
  for (let i = from; i < to; i++) {
    count += columns.count[i] ?? 0;
    sum.add(columns.sum[i] ?? 0);
    const [low, high] = [columns.min[i] ?? 0, columns.max[i] ?? 0];
    if (low < min || Number.isNaN(min)) min = low;
    if (high > max || Number.isNaN(max)) max = high;
    const before = columns.last[i - 1] ?? 0;
    if (i > from && (columns.first[i] ?? 0) < before) drop(before, 1);
    const inside = columns.drops[i] ?? 0;
    if (inside > 0) drop(columns.dropped[i] ?? 0, inside);
    const own = columns.flags[i] ?? 0;
    flags = (flags & own & integers) | ((flags | own) & (nan | histograms)) | (own & ended);
  }
  rows.count[row] = count;
  rows.sum[row] = sum.total;
  rows.min[row] = min;
  rows.max[row] = max;
  rows.first[row] = columns.first[from] ?? 0;
  rows.firstMs[row] = columns.firstMs[from] ?? 0;
  rows.last[row] = columns.last[to - 1] ?? 0;
  rows.lastMs[row] = columns.lastMs[to - 1] ?? 0;
  rows.drops[row] = drops;
  rows.dropped[row] = dropped;
  rows.flags[row] = flags;
}
