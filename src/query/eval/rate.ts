/**
 * The functions that compare samples of a range: rate and its family, deriv and predict_linear.
 * Source of all formulas: Prometheus 3.14, promql/functions.go (extrapolatedRate, instantValue, linearRegression).
 */
import { KahanSum } from "../../core/kahan-sum.ts";
import type { RangeFunction, RangeWindow } from "./range-window.ts";

/** A gap at the range's edge counts as missing samples when it is longer than this many average intervals. */
const extrapolationThreshold = 1.1;

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

/**
 * The increase between first and last sample, extended to the range's edges where the samples come close to them; a counter is
 * never extended below zero. Unit: the value's, or the value's per second.
 */
export function extrapolate(
  extent: Extent,
  endMs: number,
  rangeMs: number,
  { isCounter, perSecond }: ExtrapolationKind,
): number {
  const { increase, first, firstMs, lastMs, samples } = extent;
  let toStart = (firstMs - (endMs - rangeMs)) / 1000;
  let toEnd = (endMs - lastMs) / 1000;
  const sampled = (lastMs - firstMs) / 1000;
  const interval = sampled / (samples - 1);
  if (toStart >= interval * extrapolationThreshold) toStart = interval / 2;
  if (isCounter && increase > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / increase));
  if (toEnd >= interval * extrapolationThreshold) toEnd = interval / 2;

  const factor = (sampled + toStart + toEnd) / sampled;
  return increase * (perSecond ? factor / (rangeMs / 1000) : factor);
}

function extrapolated(window: RangeWindow, kind: ExtrapolationKind): number {
  const { timestampsMs, values, from, to, endMs, rangeMs } = window;
  const first = values[from] ?? Number.NaN;
  const difference = (values[to - 1] ?? Number.NaN) - first;
  const extent = {
    increase: kind.isCounter ? addResets(window, difference) : difference,
    first,
    firstMs: timestampsMs[from] ?? 0,
    lastMs: timestampsMs[to - 1] ?? 0,
    samples: to - from,
  };
  return extrapolate(extent, endMs, rangeMs, kind);
}

/** Adds what the counter had reached before each reset within the window. */
function addResets({ values, from, to, resets }: RangeWindow, increase: number): number {
  const indexes = resets();
  if (indexes.length === 0) return increase;
  let corrected = increase;
  for (let k = firstAfter(indexes, from); k < indexes.length; k++) {
    const index = indexes[k] ?? 0;
    if (index >= to) break;
    corrected += values[index - 1] ?? 0;
  }
  return corrected;
}

/** Position of the first index greater than `bound`, by bisection. */
function firstAfter(indexes: Int32Array, bound: number): number {
  let low = 0;
  let high = indexes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((indexes[middle] ?? 0) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
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
  rate: { samplesMin: 2, compute: (window) => extrapolated(window, rateKinds.rate) },
  increase: { samplesMin: 2, compute: (window) => extrapolated(window, rateKinds.increase) },
  delta: { samplesMin: 2, compute: (window) => extrapolated(window, rateKinds.delta) },
  irate: { samplesMin: 2, compute: (window) => lastDifference(window, true) },
  idelta: { samplesMin: 2, compute: (window) => lastDifference(window, false) },
  // A time within the range keeps the sums of squares small.
  deriv: { samplesMin: 2, compute: (window) => regression(window, window.timestampsMs[window.from] ?? 0).slope },
  predict_linear: {
    samplesMin: 2,
    compute(window) {
      const { slope, intercept } = regression(window, window.evalMs);
      return slope * (window.args[0] ?? Number.NaN) + intercept;
    },
  },
} satisfies Record<string, RangeFunction>;
