/** Which windows of a tier make up the windows of a query. */
import { type SeriesSummaries, summaryFlags, type TierStepMs, tierStepsMs } from "../../core/storage.ts";
import { type Resolution, windowAt } from "./resolution.ts";

/** Ranges and steps of fewer than so many of the finest tier's windows are read sample by sample, unless many hours are asked for. */
const leastWindows = 5;
const manyMs = 12 * tierStepsMs[1];

/** Whether there is so much to read that summaries save something. `strideMs`: how far apart or how long the windows are. */
export function paysOff(timesMs: Float64Array, strideMs: number): boolean {
  const [firstMs = 0] = timesMs;
  return strideMs >= leastWindows * tierStepsMs[0] || (timesMs[timesMs.length - 1] ?? firstMs) - firstMs >= manyMs;
}

/** Windows endsMs[i] − rangeMs < time ≤ endsMs[i], each a whole number of windows of `stepMs`. */
export interface SummaryWindows {
  readonly stepMs: TierStepMs;
  readonly endsMs: Float64Array;
  readonly rangeMs: number;
}

/**
 * The coarsest windows that are exactly those of the query, `null` where there are none; beyond raw samples the windows of the tier
 * that hold them, up to the newest one that has ended.
 */
export function summaryWindows(endsMs: Float64Array, rangeMs: number, resolution: Resolution): SummaryWindows | null {
  if (resolution !== 0) {
    return {
      stepMs: resolution,
      endsMs: endsMs.map((endMs) => Math.floor(endMs / resolution) * resolution),
      rangeMs: Math.ceil(windowAt(resolution, rangeMs) / resolution) * resolution,
    };
  }
  const stepMs = paysOff(endsMs, rangeMs) ? alignedStepMs(endsMs, rangeMs) : null;
  return stepMs === null ? null : { stepMs, endsMs, rangeMs };
}

/** The coarsest tier's step that divides all times and the range. */
export function alignedStepMs(timesMs: Float64Array, rangeMs: number): TierStepMs | null {
  const divides = (stepMs: number): boolean => rangeMs % stepMs === 0 && timesMs.every((timeMs) => timeMs % stepMs === 0);
  return tierStepsMs.findLast(divides) ?? null;
}

/** Whether only the samples themselves tell all: there are native histograms among them, or start times. */
export function saysTooLittle({ flags }: SeriesSummaries): boolean {
  return flags.some((bits) => (bits & (summaryFlags.histograms | summaryFlags.starts)) !== 0);
}
