/** Arithmetic on one or two native histograms. Source: Prometheus model/histogram/float_histogram.go (Mul, Div, Add, Sub). */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { type AdditionOutcome, HistogramSum } from "./histogram-sum.ts";

/** Every count and the sum times `factor`; times less than 0 it is a gauge. */
export function multiplied(histogram: NativeHistogram, factor: number): NativeHistogram {
  return mapNumbers(histogram, factor < 0, (number) => number * factor);
}

/** Every count and the sum by `divisor`; by 0 no bucket is left, since nothing is known of how infinities are spread. */
export function divided(histogram: NativeHistogram, divisor: number): NativeHistogram {
  const quotient = mapNumbers(histogram, divisor < 0, (number) => number / divisor);
  if (divisor !== 0) return quotient;
  return { ...quotient, positiveSpans: [], positiveBuckets: [], negativeSpans: [], negativeBuckets: [] };
}

function mapNumbers(histogram: NativeHistogram, isGauge: boolean, map: (number: number) => number): NativeHistogram {
  return {
    ...histogram,
    counterReset: isGauge ? "gauge" : histogram.counterReset,
    zeroCount: map(histogram.zeroCount),
    count: map(histogram.count),
    sum: map(histogram.sum),
    positiveBuckets: histogram.positiveBuckets.map(map),
    negativeBuckets: histogram.negativeBuckets.map(map),
  };
}

/** The result means nothing where the outcome is not `compatible`. */
export type CombinedHistogram = AdditionOutcome & { readonly histogram: NativeHistogram };

export function added(left: NativeHistogram, right: NativeHistogram): CombinedHistogram {
  return combine(left, right, 1);
}

export function subtracted(left: NativeHistogram, right: NativeHistogram): CombinedHistogram {
  return combine(left, right, -1);
}

function combine(left: NativeHistogram, right: NativeHistogram, sign: 1 | -1): CombinedHistogram {
  const sum = new HistogramSum(left);
  const outcome = sum.add(right, sign);
  return { ...outcome, histogram: sum.total };
}
