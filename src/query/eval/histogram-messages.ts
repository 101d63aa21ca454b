/** What warnings and infos say of native histograms and start times. Source: Prometheus util/annotations, whose texts these are. */
import { quote } from "../parser/literals.ts";

const documentation = "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile";

/** What is done with two histograms or more. */
export type HistogramOperation = "addition" | "subtraction" | "aggregation";

/** Warnings. */
export const histogramWarnings = {
  mixedKinds: (metric: string) => `encountered a mix of histograms and floats for metric name ${quote(metric)}`,
  mixedKindsInAggregation: "encountered a mix of histograms and floats for aggregation",
  mixedSchemas: (metric: string) =>
    `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quote(metric)}`,
  mixedClassicAndNative: (metric: string) => `vector contains a mix of classic and native histograms${forMetric(metric)}`,
  notCounter: (metric: string) => `this native histogram metric is not a counter: ${quote(metric)}`,
  notGauge: (metric: string) => `this native histogram metric is not a gauge: ${quote(metric)}`,
  incompatibleLayout: (operator: string) => `incompatible bucket layout encountered for binary operator ${operator}`,
  overlappingStarts: (metric: string) =>
    `sample has start time that overlaps with previous sample timestamp for metric ${quote(metric)}`,
  conflictingResets: (operation: HistogramOperation) => `conflicting counter resets during histogram ${operation}`,
} as const;

function forMetric(metric: string): string {
  return metric === "" ? "" : ` for metric name ${quote(metric)}`;
}

/** Infos. */
export const histogramInfos = {
  incompatibleTypes: (left: string, operator: string, right: string) =>
    `incompatible sample types encountered for binary operator ${quote(operator)}: ${left} ${operator} ${right}`,
  ignoredInAggregation: (operator: string) => `ignored histogram in ${operator} aggregation`,
  ignoredInRange: (metric: string) =>
    `ignored histograms in a range containing both floats and histograms for metric name ${quote(metric)}`,
  nanResult: (metric: string) => `input to histogram_quantile has NaN observations, result is NaN${forMetric(metric)}`,
  nanSkew: (metric: string) => `input to histogram_quantile has NaN observations, result is skewed higher${forMetric(metric)}`,
  nanExcluded: (metric: string) =>
    `input to histogram_fraction has NaN observations, which are excluded from all fractions${forMetric(metric)}`,
  repaired: (metric: string) =>
    `input to histogram_quantile needed to be fixed for monotonicity (see ${documentation})${forMetric(metric)}`,
  reconciledBounds: (operation: HistogramOperation) => `mismatched custom buckets were reconciled during ${operation}`,
} as const;
