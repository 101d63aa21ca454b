/**
 * The functions that compare samples of a range: rate and its family, deriv and predict_linear.
 * Source of all formulas: Prometheus 3.14, promql/functions.go (extrapolatedRate, instantValue, linearRegression).
 */
import { KahanSum } from "../../core/kahan-sum.ts";
import { type MakeSliding, type RangeFunction, type RangeWindow, scalarAt, visitsPerCheck } from "./range-window.ts";
import type { WindowBounds } from "./window-bounds.ts";

/** A gap at the range's edge counts as missing samples when it is longer than this many average intervals. */
export const extrapolationThreshold = 1.1;

/** How a function of the family extends an increase. */
export interface ExtrapolationKind {
  readonly isCounter: boolean;
  readonly perSecond: boolean;
}

/** By name. */
export const rateKinds = {
  rate: { isCounter: true, perSecond: true },
  increase: { isCounter: true, perSecond: false },
  delta: { isCounter: false, perSecond: false },
} as const satisfies Record<string, ExtrapolationKind>;

/** What an extension needs of the samples in a range; there are two at least. */
export interface Extent {
  /** Between first and last sample, resets added. */
  readonly increase: number;
  readonly first: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly samples: number;
}

/** The increase between first and last sample, extended to the range's edges. Unit: the value's, or the value's per second. */
export function extrapolate(extent: Extent, endMs: number, rangeMs: number, kind: ExtrapolationKind): number {
  return extent.increase * extrapolationFactor(extent, endMs, rangeMs, kind);
}

/**
 * By how much an increase grows when it is extended to the range's edges, where the samples come close to them; a counter is never
 * extended below zero.
 */
export function extrapolationFactor(
  extent: Extent,
  endMs: number,
  rangeMs: number,
  { isCounter, perSecond }: ExtrapolationKind,
): number {
  const { increase, first, firstMs, lastMs, samples } = extent;
  let toStart = gapToStart(extent, endMs - rangeMs);
  let toEnd = (endMs - lastMs) / 1000;
  const sampled = (lastMs - firstMs) / 1000;
  const interval = sampled / (samples - 1);
  if (isCounter && increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase));
  if (toEnd >= interval * extrapolationThreshold) toEnd = interval / 2;

  const factor = (sampled + toStart + toEnd) / sampled;
  return perSecond ? factor / (rangeMs / 1000) : factor;
}

/** Seconds between the range's start and where an increase is extended to, before a counter's zero is looked at. */
function gapToStart({ firstMs, lastMs, samples }: Omit<Extent, "increase" | "first">, startMs: number): number {
  const toStart = (firstMs - startMs) / 1000;
  const interval = (lastMs - firstMs) / 1000 / (samples - 1);
  return toStart >= interval * extrapolationThreshold ? interval / 2 : toStart;
}

/**
 * A function of the family at all steps of a series. Most of the formula depends on nothing but the times of the samples, and series
 * that share those share what comes of it: a series adds its first value, its last one and its resets.
 */
function slidingExtrapolation(kind: ExtrapolationKind): MakeSliding {
  return ({ endsMs, rangeMs }, budget) => {
    const toStart = new Float64Array(endsMs.length);
    const sampled = new Float64Array(endsMs.length);
    /** Where no counter was near zero. */
    const factor = new Float64Array(endsMs.length);
    let planned: WindowBounds | null = null;
    let visited = 0;

    const extentAt = (step: number, { timestampsMs, from, to }: WindowBounds, increase: number, first: number): Extent => {
      const [start = 0, end = 0] = [from[step], to[step]];
      return { increase, first, firstMs: timestampsMs[start] ?? 0, lastMs: timestampsMs[end - 1] ?? 0, samples: end - start };
    };
    const plan = (bounds: WindowBounds): void => {
      planned = bounds;
      for (let i = 0; i < endsMs.length; i++) {
        if (bounds.withTwo[i] === 0) continue;
        const endMs = endsMs[i] ?? 0;
        const extent = extentAt(i, bounds, 0, 0);
        toStart[i] = gapToStart(extent, endMs - rangeMs);
        sampled[i] = (extent.lastMs - extent.firstMs) / 1000;
        factor[i] = extrapolationFactor(extent, endMs, rangeMs, { ...kind, isCounter: false });
      }
    };

    return ({ values }, bounds, out) => {
      if (planned !== bounds) plan(bounds);
      const { from, to, withTwo } = bounds;
      const resets = kind.isCounter ? resetsOf(values) : noResets;
      let passed = 0;
      for (let i = 0; i < endsMs.length; i++) {
        if (withTwo[i] === 0) continue;
        const start = from[i] ?? 0;
        const end = to[i] ?? 0;
        const first = values[start] ?? Number.NaN;
        let increase = (values[end - 1] ?? Number.NaN) - first;
        while (passed < resets.length && (resets[passed] ?? 0) <= start) passed += 1;
        // A value that goes up and down is reset at every other sample.
        let next = passed;
        for (; next < resets.length && (resets[next] ?? 0) < end; next++) increase += values[(resets[next] ?? 0) - 1] ?? 0;
        visited += next - passed;
        if (visited > visitsPerCheck) {
          budget.checkTime();
          visited = 0;
        }
        const isNearZero =
          kind.isCounter && increase > 0 && first >= 0 && !((sampled[i] ?? 0) * (first / increase) >= (toStart[i] ?? 0));
        out[i] = isNearZero
          ? extrapolate(extentAt(i, bounds, increase, first), endsMs[i] ?? 0, rangeMs, kind)
          : increase * (factor[i] ?? Number.NaN);
      }
    };
  };
}

const noResets: readonly number[] = [];

/** Indexes at which a counter falls below its previous sample, ascending. */
function resetsOf(values: Float64Array): readonly number[] {
  const found: number[] = [];
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) < (values[i - 1] ?? 0)) found.push(i);
  return found;
}

/** The difference of the last two samples; after a reset of a counter, the last sample itself. */
function lastDifference({ timestampsMs, values, to }: RangeWindow, perSecond: boolean): number {
  const last = values[to - 1] ?? Number.NaN;
  const before = values[to - 2] ?? Number.NaN;
  if (!perSecond) return last - before;
  const increase = last < before ? last : last - before;
  return increase / (((timestampsMs[to - 1] ?? 0) - (timestampsMs[to - 2] ?? 0)) / 1000);
}

interface Line {
  /** Per second. */
  readonly slope: number;
  /** At the time asked for. */
  readonly intercept: number;
}

/** Least squares over the window, with compensated sums. */
function regression({ timestampsMs, values, from, to }: RangeWindow, interceptMs: number): Line {
  const first = values[from] ?? Number.NaN;
  const sumX = new KahanSum();
  const sumY = new KahanSum();
  const sumXY = new KahanSum();
  const sumX2 = new KahanSum();
  let isConstant = true;
  for (let i = from; i < to; i++) {
    const y = values[i] ?? Number.NaN;
    if (i > from && y !== first) isConstant = false;
    const x = ((timestampsMs[i] ?? 0) - interceptMs) / 1000;
    sumX.add(x);
    sumY.add(y);
    sumXY.add(x * y);
    sumX2.add(x * x);
  }
  if (isConstant) {
    const isInfinite = first === Number.POSITIVE_INFINITY || first === Number.NEGATIVE_INFINITY;
    return isInfinite ? { slope: Number.NaN, intercept: Number.NaN } : { slope: 0, intercept: first };
  }
  const n = to - from;
  const x = compensated(sumX);
  const y = compensated(sumY);
  const slope = (compensated(sumXY) - (x * y) / n) / (compensated(sumX2) - (x * x) / n);
  return { slope, intercept: y / n - (slope * x) / n };
}

/** Also where the sum is infinite, so that the line through an infinity is NaN. */
function compensated({ sum, compensation }: KahanSum): number {
  return sum + compensation;
}

/** By name. */
export const rateFunctions = {
  rate: { samplesMin: 2, sliding: slidingExtrapolation(rateKinds.rate) },
  increase: { samplesMin: 2, sliding: slidingExtrapolation(rateKinds.increase) },
  delta: { samplesMin: 2, sliding: slidingExtrapolation(rateKinds.delta) },
  irate: { samplesMin: 2, compute: (window) => lastDifference(window, true) },
  idelta: { samplesMin: 2, compute: (window) => lastDifference(window, false) },
  // A time within the range keeps the sums of squares small.
  deriv: { samplesMin: 2, compute: (window) => regression(window, window.timestampsMs[window.from] ?? 0).slope },
  predict_linear: {
    samplesMin: 2,
    compute(window) {
      const { slope, intercept } = regression(window, window.evalTimesMs[window.step] ?? Number.NaN);
      return slope * scalarAt(window, 0) + intercept;
    },
  },
} satisfies Record<string, RangeFunction>;
