/**
 * Which parts of a query raw samples answer, and which a tier: steps that look at times whose raw samples are gone are evaluated
 * apart, with windows as long as the tier needs them. All others keep their windows, and know nothing of it.
 */
import type { SampleReader, TierStepMs } from "../../core/storage.ts";
import type { RangeSelector, VectorSelector } from "../ast.ts";
import { duplicateLabels, type EvalContext, leastWindowMs } from "./context.ts";
import { lookTimesMs } from "./look-times.ts";
import { mergeSameLabels, newSeries, stepTimeMs, type VectorSeries } from "./values.ts";

/** 0: raw samples. */
export type Resolution = 0 | TierStepMs;

/** Evaluates some of the steps: those of its context, all at one resolution. */
export type EvaluatePart = (part: EvalContext, resolution: Resolution) => Iterable<VectorSeries>;

/** `windowMs`: how far back each step looks from the selector's times. Where one resolution answers, its series are passed on as they come. */
export function evaluateByResolution(
  selector: VectorSelector,
  windowMs: number,
  context: EvalContext,
  evaluate: EvaluatePart,
): Iterable<VectorSeries> {
  const { steps } = context;
  const parts = partsOf(lookTimesMs(selector, context), windowMs, context.reader);
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return evaluate(context, only.resolution);
  const found = parts.flatMap(({ from, count, resolution }) => {
    const part = { ...context, steps: { ...steps, startMs: stepTimeMs(steps, from), count } };
    return Array.from(evaluate(part, resolution), (series) => spread(series, from, steps.count));
  });
  context.budget.take(found.length * steps.count);
  return mergeSameLabels(found, duplicateLabels);
}

/** As long as it was written, or as the resolution needs it, ms. */
export function windowAt(resolution: Resolution, windowMs: number): number {
  return resolution === 0 ? windowMs : Math.max(windowMs, leastWindowMs(resolution));
}

/** The range of a selector that is evaluated at one time, or in one part. */
export function rangeMsIn({ selector, rangeMs }: RangeSelector, context: EvalContext): number {
  const [firstMs = 0] = lookTimesMs(selector, context);
  return windowAt(resolutionOf(firstMs, rangeMs, context.reader), rangeMs);
}

interface Part {
  readonly from: number;
  count: number;
  readonly resolution: Resolution;
}

function partsOf(timesMs: Float64Array, windowMs: number, reader: SampleReader): readonly Part[] {
  const parts: Part[] = [];
  const oldestMs = reader.oldestMs();
  const [firstMs = 0] = timesMs;
  if (oldestMs !== null && firstMs - windowMs >= oldestMs) return [{ from: 0, count: timesMs.length, resolution: 0 }];
  for (const [index, timeMs] of timesMs.entries()) {
    const resolution = resolutionOf(timeMs, windowMs, reader);
    const last = parts.at(-1);
    if (last?.resolution === resolution) last.count += 1;
    else parts.push({ from: index, count: 1, resolution });
  }
  return parts;
}

/** The coarser one of both ends of the window. */
function resolutionOf(timeMs: number, windowMs: number, reader: SampleReader): Resolution {
  const atStart = reader.stepAtMs(timeMs - windowMs + 1);
  const atEnd = reader.stepAtMs(timeMs);
  return atEnd > atStart ? atEnd : atStart;
}

function spread(series: VectorSeries, from: number, count: number): VectorSeries {
  const { values, present } = newSeries(series.labels, series.dropName, count);
  values.set(series.values, from);
  present.set(series.present, from);
  const histograms = series.histograms && Array.from({ length: count }, (_, step) => series.histograms?.[step - from]);
  return { ...series, values, present, histograms };
}
