/** Types of metrics by their numbers, which both versions of remote write share. Source: prompb/types.proto, `MetricMetadata.MetricType`. */
import type { MetricType } from "../../../core/metric-metadata.ts";

const types = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"] as const;

export function metricTypeOf(number: number): MetricType {
  return types[number] ?? "unknown";
}
