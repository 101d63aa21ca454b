/** Slides a range over each series and calls a function at every step. */
import type { QueryBudget } from "../limits.ts";
import { freshMemory, type ValueMemory } from "./value-memory.ts";
import type { RangeSeries, RangeVector, VectorSeries } from "./values.ts";
import { boundsFinder, type WindowBounds } from "./window-bounds.ts";

/** What a range function sees: `values[from … to)` with their times. One object is reused for all windows of a query. */
export interface RangeWindow {
  timestampsMs: Float64Array;
  values: Float64Array;
  from: number;
  to: number;
  /** Index of the step, also in the next two: what is set for each window are small integers, which make no garbage. */
  step: number;
  /** The times that are evaluated; they differ from the ranges' ends by offset and `@`. */
  readonly evalTimesMs: Float64Array;
  /** The function's scalar arguments, each at all steps. */
  readonly scalars: readonly Float64Array[];
}

/** A scalar argument at the window's step. */
export function scalarAt({ scalars, step }: RangeWindow, index: number): number {
  return scalars[index]?.[step] ?? Number.NaN;
}

/** A function of the samples in a range: of one window, or where that takes less, of all windows of a series. */
export type RangeFunction = {
  /** With fewer samples in the range there is no result. */
  readonly samplesMin: 1 | 2;
} & (
  | { readonly compute: (window: RangeWindow) => number; readonly sliding?: never }
  | { readonly sliding: MakeSliding; readonly compute?: never }
);

/** Called once for all series of a vector, which then come one after the other. */
export type MakeSliding = (range: Pick<RangeVector, "endsMs" | "rangeMs">, budget: QueryBudget) => SlidingFunction;

/** Fills in the steps that have enough samples; of `out` at the others nothing is read. */
export type SlidingFunction = (series: RangeSeries, bounds: WindowBounds, out: Float64Array) => void;

/** What a sliding function needs besides the samples. */
export interface SlideOptions {
  readonly evalTimesMs: Float64Array;
  readonly scalars: readonly Float64Array[];
  /** Functions that pick one of the samples keep the metric's name. */
  readonly keepName: boolean;
  readonly budget: QueryBudget;
}

/** The function's value at every step that has enough samples; series without any are left out. */
export function slide(range: RangeVector, compute: RangeFunction, options: SlideOptions): readonly VectorSeries[] {
  return [...slideEach(range, compute, options, freshMemory(range.endsMs.length))];
}

/** The same series by series, as they are asked for. */
export function* slideEach(
  range: RangeVector,
  compute: RangeFunction,
  options: SlideOptions,
  memory: ValueMemory,
): Generator<VectorSeries> {
  const { endsMs, rangeMs } = range;
  const { keepName, budget } = options;
  const boundsOf = boundsFinder(endsMs, rangeMs);
  const fill = compute.sliding === undefined ? windowByWindow(compute, options) : compute.sliding(range, budget);
  for (const series of range.series) {
    const { labels, dropName } = series;
    budget.take(endsMs.length);
    const bounds = boundsOf(series.timestampsMs);
    const present = compute.samplesMin === 1 ? bounds.withOne : bounds.withTwo;
    if (!present.includes(1)) continue;
    const values = memory();
    fill(series, bounds, values);
    yield { labels, dropName: keepName ? dropName : true, values, present, histograms: null };
  }
}

/** Samples that functions may visit between two looks at the clock: a few milliseconds' worth. */
export const visitsPerCheck = 1_000_000;

function windowByWindow(
  { samplesMin, compute }: Extract<RangeFunction, { readonly compute: unknown }>,
  { evalTimesMs, scalars, budget }: SlideOptions,
): SlidingFunction {
  const empty = new Float64Array();
  const window: RangeWindow = { timestampsMs: empty, values: empty, from: 0, to: 0, step: 0, evalTimesMs, scalars };
  let visited = 0;
  return ({ timestampsMs, values }, { from, to }, out) => {
    window.timestampsMs = timestampsMs;
    window.values = values;
    for (let i = 0; i < out.length; i++) {
      const first = from[i] ?? 0;
      const end = to[i] ?? 0;
      if (end - first < samplesMin) continue;
      visited += end - first;
      if (visited > visitsPerCheck) {
        budget.checkTime();
        visited = 0;
      }
      window.from = first;
      window.to = end;
      window.step = i;
      out[i] = compute(window);
    }
  };
}
