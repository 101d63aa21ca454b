/**
 * The functions that reduce the samples of a range to one number: `*_over_time`, changes, resets, smoothing.
 * Source: Prometheus 3.14, promql/functions.go.
 */
import { KahanSum } from "../../core/kahan-sum.ts";
import { queryFailed } from "./context.ts";
import { KahanMean } from "./kahan-mean.ts";
import { quantile } from "./quantile.ts";
import { type RangeFunction, type RangeWindow, scalarAt } from "./range-window.ts";

type Compute = (window: RangeWindow) => number;

const sum: Compute = ({ values, from, to }) => {
  const total = new KahanSum();
  for (let i = from; i < to; i++) total.add(values[i] ?? 0);
  return total.total;
};

const average: Compute = ({ values, from, to }) => {
  const mean = new KahanMean();
  for (let i = from; i < to; i++) mean.add(values[i] ?? 0);
  return mean.mean;
};

/** Index of the sample that wins against all others; NaN loses against every number. */
function extremeIndex({ values, from, to }: RangeWindow, wins: (value: number, best: number) => boolean): number {
  let best = from;
  for (let i = from; i < to; i++) {
    const bestValue = values[best] ?? Number.NaN;
    if (wins(values[i] ?? Number.NaN, bestValue) || Number.isNaN(bestValue)) best = i;
  }
  return best;
}

const greater = (value: number, best: number): boolean => value > best;
const less = (value: number, best: number): boolean => value < best;
/** The time functions name the last of several equal extremes. */
const greaterOrEqual = (value: number, best: number): boolean => value >= best;
const lessOrEqual = (value: number, best: number): boolean => value <= best;

function valueAt({ values }: RangeWindow, index: number): number {
  return values[index] ?? Number.NaN;
}

function secondsAt({ timestampsMs }: RangeWindow, index: number): number {
  return (timestampsMs[index] ?? Number.NaN) / 1000;
}

/** Population variance by Welford's method, both accumulators compensated. */
const variance: Compute = ({ values, from, to }) => {
  const mean = new KahanSum();
  const squares = new KahanSum();
  for (let i = from; i < to; i++) {
    const value = values[i] ?? 0;
    const difference = value - (mean.sum + mean.compensation);
    mean.add(difference / (i - from + 1));
    squares.add(difference * (value - (mean.sum + mean.compensation)));
  }
  return (squares.sum + squares.compensation) / (to - from);
};

/** Median of the distances from the median; NaN when any sample is. */
const medianDeviation: Compute = ({ values, from, to }) => {
  const window = values.slice(from, to);
  if (window.some(Number.isNaN)) return Number.NaN;
  const median = quantile(0.5, window);
  return quantile(
    0.5,
    window.map((value) => Math.abs(value - median)),
  );
};

const changes: Compute = ({ values, from, to }) => {
  let count = 0;
  for (let i = from + 1; i < to; i++) {
    const value = values[i] ?? 0;
    const before = values[i - 1] ?? 0;
    if (value !== before && !(Number.isNaN(value) && Number.isNaN(before))) count += 1;
  }
  return count;
};

const resets: Compute = ({ values, from, to }) => {
  let count = 0;
  for (let i = from + 1; i < to; i++) if ((values[i] ?? 0) < (values[i - 1] ?? 0)) count += 1;
  return count;
};

/** Holt's linear method: a smoothed value and a smoothed trend. */
const smoothed: Compute = (window) => {
  const { values, from, to } = window;
  const [smoothing, trending] = [scalarAt(window, 0), scalarAt(window, 1)];
  if (!(smoothing > 0 && smoothing < 1)) {
    throw queryFailed(`invalid smoothing factor. Expected: 0 < sf < 1, got: ${smoothing}`);
  }
  if (!(trending > 0 && trending < 1)) throw queryFailed(`invalid trend factor. Expected: 0 < tf < 1, got: ${trending}`);
  let before = 0;
  let current = values[from] ?? 0;
  let trend = (values[from + 1] ?? 0) - current;
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) trend = trending * (current - before) + (1 - trending) * trend;
    const next = smoothing * (values[i] ?? 0) + (1 - smoothing) * (current + trend);
    before = current;
    current = next;
  }
  return current;
};

function atLeastOne(compute: Compute): RangeFunction {
  return { samplesMin: 1, compute };
}

/** By name. */
export const overTimeFunctions = {
  sum_over_time: atLeastOne(sum),
  avg_over_time: atLeastOne(average),
  count_over_time: atLeastOne(({ from, to }) => to - from),
  min_over_time: atLeastOne((window) => valueAt(window, extremeIndex(window, less))),
  max_over_time: atLeastOne((window) => valueAt(window, extremeIndex(window, greater))),
  first_over_time: atLeastOne((window) => valueAt(window, window.from)),
  last_over_time: atLeastOne((window) => valueAt(window, window.to - 1)),
  present_over_time: atLeastOne(() => 1),
  stdvar_over_time: atLeastOne(variance),
  stddev_over_time: atLeastOne((window) => Math.sqrt(variance(window))),
  mad_over_time: atLeastOne(medianDeviation),
  quantile_over_time: atLeastOne((window) => quantile(scalarAt(window, 0), window.values, window.from, window.to)),
  ts_of_first_over_time: atLeastOne((window) => secondsAt(window, window.from)),
  ts_of_last_over_time: atLeastOne((window) => secondsAt(window, window.to - 1)),
  ts_of_max_over_time: atLeastOne((window) => secondsAt(window, extremeIndex(window, greaterOrEqual))),
  ts_of_min_over_time: atLeastOne((window) => secondsAt(window, extremeIndex(window, lessOrEqual))),
  changes: atLeastOne(changes),
  resets: atLeastOne(resets),
  double_exponential_smoothing: { samplesMin: 2, compute: smoothed },
} satisfies Record<string, RangeFunction>;
