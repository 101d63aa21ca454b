/** Slides a range over each series and calls a function at every step. */
import type { QueryBudget } from "../limits.ts";
import { newSeries, type RangeVector, type VectorSeries } from "./values.ts";

/** What a range function sees: `values[from … to)` with their times. One object is reused for all windows of a query. */
export interface RangeWindow {
  timestampsMs: Float64Array;
  values: Float64Array;
  from: number;
  to: number;
  /** The range is `endMs − rangeMs < time ≤ endMs`. */
  endMs: number;
  rangeMs: number;
  /** The time that is evaluated; differs from `endMs` by offset and `@`. */
  evalMs: number;
  /** The function's scalar arguments at this step. */
  args: readonly number[];
  /** Indexes at which the series falls below its previous sample: the counter resets, ascending. */
  resets: () => Int32Array;
}

/** A function of the samples in a range. */
export interface RangeFunction {
  /** With fewer samples in the range there is no result. */
  readonly samplesMin: 1 | 2;
  readonly compute: (window: RangeWindow) => number;
}

/** What a sliding function needs besides the samples. */
export interface SlideOptions {
  readonly evalTimesMs: Float64Array;
  readonly scalars: readonly Float64Array[];
  /** Functions that pick one of the samples keep the metric's name. */
  readonly keepName: boolean;
  readonly budget: QueryBudget;
}

/** The function's value at every step that has enough samples; series without any are left out. */
export function slide(
  range: RangeVector,
  { samplesMin, compute }: RangeFunction,
  options: SlideOptions,
): readonly VectorSeries[] {
  const { evalTimesMs, scalars, keepName, budget } = options;
  const { endsMs, rangeMs } = range;
  const window = newWindow(rangeMs);
  const result: VectorSeries[] = [];
  for (const { labels, dropName, timestampsMs, values } of range.series) {
    budget.take(endsMs.length);
    const series = newSeries(labels, keepName ? dropName : true, endsMs.length);
    window.timestampsMs = timestampsMs;
    window.values = values;
    window.resets = cachedResets(values);
    let from = 0;
    let to = 0;
    let any = false;
    let visited = 0;
    for (let i = 0; i < endsMs.length; i++) {
      const endMs = endsMs[i] ?? 0;
      while (to < timestampsMs.length && (timestampsMs[to] ?? 0) <= endMs) to += 1;
      while (from < to && (timestampsMs[from] ?? 0) <= endMs - rangeMs) from += 1;
      if (to - from < samplesMin) continue;
      visited += to - from;
      if (visited > visitsPerCheck) {
        budget.checkTime();
        visited = 0;
      }
      window.from = from;
      window.to = to;
      window.endMs = endMs;
      window.evalMs = evalTimesMs[i] ?? 0;
      if (scalars.length > 0) window.args = scalars.map((scalar) => scalar[i] ?? Number.NaN);
      series.values[i] = compute(window);
      series.present[i] = 1;
      any = true;
    }
    if (any) result.push(series);
  }
  return result;
}

/** Samples that functions may visit between two looks at the clock: a few milliseconds' worth. */
export const visitsPerCheck = 1_000_000;

function newWindow(rangeMs: number): RangeWindow {
  const empty = new Float64Array();
  const resets = cachedResets(empty);
  return { timestampsMs: empty, values: empty, from: 0, to: 0, endMs: 0, rangeMs, evalMs: 0, args: [], resets };
}

/** Found on first use and kept for all windows of the series, so that a window's cost does not grow with its length. */
function cachedResets(values: Float64Array): () => Int32Array {
  let cached: Int32Array | null = null;
  return () => (cached ??= findResets(values));
}

function findResets(values: Float64Array): Int32Array {
  const found: number[] = [];
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) < (values[i - 1] ?? 0)) found.push(i);
  return Int32Array.from(found);
}
