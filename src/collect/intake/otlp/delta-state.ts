/**
 * What streams of delta temporality have summed up to: a data point says what has happened since the one before, the store wants what has
 * happened since the beginning. A state is never changed, so that the one before can be put back when samples have not been stored.
 *
 * A gap between two points adds nothing and resets nothing: what was counted in it is lost, as it is for the sender. A point that is not
 * newer than the last one is a repetition, or too late. Where nothing is known yet the sum begins with 0 at the point's start.
 * Source: OpenTelemetry specification, metrics/data-model.md, "Sums: Delta-to-Cumulative"; gaps as the OpenTelemetry Collector's
 * deltatocumulative processor (and with it Prometheus) has them, because a reset at each of them can go unnoticed.
 */
import type { Exponential } from "./exponential.ts";

interface Summed {
  /** Of the newest point, ms. */
  readonly timeMs: number;
}

export interface NumberDelta extends Summed {
  readonly kind: "number";
  readonly total: number;
}

export interface HistogramDelta extends Summed {
  readonly kind: "histogram";
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly count: number;
  /** `null` where a point did not say it. */
  readonly sum: number | null;
}

export interface ExponentialDelta extends Summed {
  readonly kind: "exponential";
  readonly total: Exponential;
}

export type DeltaState = NumberDelta | HistogramDelta | ExponentialDelta;
