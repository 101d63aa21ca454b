/**
 * An instant vector of a `smoothed` selector: between two samples the value on the line between them. Source: Prometheus 3.14,
 * promql/engine.go (smoothSeries); proposal PROM-52.
 */
import { countUpTo } from "../../core/count-up-to.ts";
import { labelValue, metricNameLabel } from "../../core/labels.ts";
import type { VectorSelector } from "../ast.ts";
import { hasCustomBuckets } from "../histogram/buckets.ts";
import { allMatchers } from "../parser/selector.ts";
import type { EvalContext } from "./context.ts";
import { type HistogramReport, histogramAt, histogramBetween } from "./extended-histograms.ts";
import { valueBetween } from "./extended-numbers.ts";
import { histogramWarnings } from "./histogram-messages.ts";
import { lookTimesMs } from "./look-times.ts";
import { type Element, newMixedSeries, setElement, settled } from "./mixed-values.ts";
import { readSamples, withoutStale } from "./read-samples.ts";
import { isEmpty, type RangeSeries, type VectorSeries } from "./values.ts";

/**
 * At each step the sample at that time; else between the newest one of the look-back window and the next one, as far ahead; without a
 * next one the newest. Where numbers and native histograms meet, or histograms that do not fit together, there is a warning instead.
 */
export function evaluateSmoothed(selector: VectorSelector, context: EvalContext): readonly VectorSeries[] {
  const { lookbackMs, budget, notes } = context;
  const timesMs = lookTimesMs(selector, context);
  const [firstMs = 0, lastMs = firstMs] = [timesMs[0], timesMs[timesMs.length - 1]];
  const result: VectorSeries[] = [];
  for (const samples of readSamples(allMatchers(selector), firstMs - lookbackMs, lastMs + lookbackMs, context)) {
    budget.take(timesMs.length);
    const report: HistogramReport = {
      metric: labelValue(samples.labels, metricNameLabel),
      warn: (message) => notes.warn(message, selector.span),
      inform: (message) => notes.inform(message, selector.span),
    };
    const range = withoutStale(samples);
    const series = newMixedSeries(samples.labels, false, timesMs.length);
    for (const [step, timeMs] of timesMs.entries()) {
      const element = smoothedAt(range, timeMs, lookbackMs, report);
      if (element !== undefined) setElement(series, step, element);
    }
    if (!isEmpty(series)) result.push(settled(series));
  }
  return result;
}

function smoothedAt(range: RangeSeries, timeMs: number, lookbackMs: number, report: HistogramReport): Element | undefined {
  const { timestampsMs, values, histograms } = range;
  const from = countUpTo(timestampsMs, timeMs - lookbackMs);
  const next = countUpTo(timestampsMs, timeMs);
  const to = countUpTo(timestampsMs, timeMs + lookbackMs);
  const found = histograms?.slice(from, to).filter((histogram) => histogram !== undefined).length ?? 0;
  if (found > 0 && found < to - from) {
    report.warn(histogramWarnings.mixedKinds(report.metric));
    return undefined;
  }
  if (from === next) return undefined;
  const before = next - 1;
  if (timestampsMs[before] === timeMs || next === to) return histograms?.[before] ?? values[before];
  return found === 0 ? valueBetween(range, before, timeMs, false) : fittingBetween(range, before, timeMs, report);
}

function fittingBetween(range: RangeSeries, before: number, timeMs: number, report: HistogramReport): Element | undefined {
  const [histogram, next] = [histogramAt(range, before), histogramAt(range, before + 1)];
  if (hasCustomBuckets(histogram) === hasCustomBuckets(next)) {
    return histogramBetween(range, before, timeMs, next.counterReset !== "gauge", report);
  }
  report.warn(histogramWarnings.mixedSchemas(report.metric));
  return undefined;
}
