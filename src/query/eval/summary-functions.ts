/**
 * The functions of a range that summaries can answer, window by window, as `rate.ts` and `over-time.ts` answer them sample by
 * sample. That both give the same bits is proved by a test of every pair of function and summary.
 */
import { KahanSum } from "../../core/kahan-sum.ts";
import { type SummaryColumn, type SummaryColumns, summaryFlags } from "../../core/storage.ts";
import { extrapolate, type ExtrapolationKind, rateKinds } from "./rate.ts";

/** What a function sees: rows `from … to)`, at least one. One object is reused for all windows of a query. */
export interface SummaryWindow {
  columns: SummaryColumns;
  from: number;
  to: number;
  /** The range is `endMs − rangeMs < time ≤ endMs`. */
  endMs: number;
  rangeMs: number;
}

export interface SummaryFunction {
  /** The columns that the two functions below look at, beside the times. */
  readonly reads: readonly SummaryColumn[];
  /** With fewer samples in the range there is no result. */
  readonly samplesMin: 1 | 2;
  /** Whether the rows give what their samples would, to the bit. Where not, the samples must be read. */
  readonly isExact: (window: SummaryWindow) => boolean;
  readonly compute: (window: SummaryWindow) => number;
}

const always = (): boolean => true;

/** What `areSmallIntegers` looks at. */
const integerReads: readonly SummaryColumn[] = ["flags", "min", "max"];
const sumReads: readonly SummaryColumn[] = ["sum", ...integerReads];

/** Sums of integers have no rounding below 2^53, in whatever order they are added. */
function areSmallIntegers({ columns: { flags, count, min, max }, from, to }: SummaryWindow): boolean {
  let bound = 0;
  for (let row = from; row < to; row++) {
    if (((flags[row] ?? 0) & summaryFlags.integers) === 0) return false;
    const size = Math.max(Math.abs(min[row] ?? 0), Math.abs(max[row] ?? 0));
    // Two more, for the difference of last and first that a counter's increase begins with.
    bound += ((count[row] ?? 0) + 2) * size;
  }
  return bound <= 2 ** 53;
}

/** The values before resets are added one by one; a row has only their sum. */
function hasSingleDrops(window: SummaryWindow): boolean {
  const { drops } = window.columns;
  for (let row = window.from; row < window.to; row++) if ((drops[row] ?? 0) > 1) return areSmallIntegers(window);
  return true;
}

function samples({ columns: { count }, from, to }: SummaryWindow): number {
  let total = 0;
  for (let row = from; row < to; row++) total += count[row] ?? 0;
  return total;
}

function sum({ columns, from, to }: SummaryWindow): KahanSum {
  const total = new KahanSum();
  for (let row = from; row < to; row++) total.add(columns.sum[row] ?? 0);
  return total;
}

function mean(window: SummaryWindow): number {
  const { sum: total, compensation } = sum(window);
  const count = samples(window);
  return total / count + compensation / count;
}

function least({ columns: { min }, from, to }: SummaryWindow): number {
  let best = min[from] ?? Number.NaN;
  for (let row = from + 1; row < to; row++) {
    const value = min[row] ?? Number.NaN;
    if (value < best || Number.isNaN(best)) best = value;
  }
  return best;
}

function greatest({ columns: { max }, from, to }: SummaryWindow): number {
  let best = max[from] ?? Number.NaN;
  for (let row = from + 1; row < to; row++) {
    const value = max[row] ?? Number.NaN;
    if (value > best || Number.isNaN(best)) best = value;
  }
  return best;
}

function change(window: SummaryWindow, kind: ExtrapolationKind): number {
  const { columns, from, to, endMs, rangeMs } = window;
  const first = columns.first[from] ?? Number.NaN;
  const difference = (columns.last[to - 1] ?? Number.NaN) - first;
  const extent = {
    increase: kind.isCounter ? addDrops(window, difference) : difference,
    first,
    firstMs: columns.firstMs[from] ?? 0,
    lastMs: columns.lastMs[to - 1] ?? 0,
    samples: samples(window),
  };
  return extrapolate(extent, endMs, rangeMs, kind);
}

/** Adds what the counter had reached before each reset, in time order: those between rows, and those within. */
function addDrops({ columns: { first, last, drops, dropped }, from, to }: SummaryWindow, increase: number): number {
  let corrected = increase;
  for (let row = from; row < to; row++) {
    const before = last[row - 1] ?? 0;
    if (row > from && (first[row] ?? 0) < before) corrected += before;
    if ((drops[row] ?? 0) > 0) corrected += dropped[row] ?? 0;
  }
  return corrected;
}

function ofRate(kind: ExtrapolationKind): SummaryFunction {
  return {
    reads: kind.isCounter ? ["first", "last", "drops", "dropped", ...integerReads] : ["first", "last"],
    samplesMin: 2,
    isExact: kind.isCounter ? hasSingleDrops : always,
    compute: (window) => change(window, kind),
  };
}

/** By name. */
export const summaryFunctions: ReadonlyMap<string, SummaryFunction> = new Map(
  Object.entries({
    count_over_time: { reads: [], samplesMin: 1, isExact: always, compute: samples },
    present_over_time: { reads: [], samplesMin: 1, isExact: always, compute: () => 1 },
    sum_over_time: { reads: sumReads, samplesMin: 1, isExact: areSmallIntegers, compute: (window) => sum(window).total },
    avg_over_time: { reads: sumReads, samplesMin: 1, isExact: areSmallIntegers, compute: mean },
    min_over_time: { reads: ["min"], samplesMin: 1, isExact: always, compute: least },
    max_over_time: { reads: ["max"], samplesMin: 1, isExact: always, compute: greatest },
    first_over_time: {
      reads: ["first"],
      samplesMin: 1,
      isExact: always,
      compute: ({ columns, from }) => columns.first[from] ?? Number.NaN,
    },
    last_over_time: {
      reads: ["last"],
      samplesMin: 1,
      isExact: always,
      compute: ({ columns, to }) => columns.last[to - 1] ?? Number.NaN,
    },
    rate: ofRate(rateKinds.rate),
    increase: ofRate(rateKinds.increase),
    delta: ofRate(rateKinds.delta),
  } satisfies Record<string, SummaryFunction>),
);
