/** What a source says of a metric that it sends: kept by the metric's name, the last one told counts. */

/** As in Prometheus's metadata API and in remote write 2.0. */
export const metricTypes = [
  "unknown",
  "counter",
  "gauge",
  "summary",
  "histogram",
  "gaugehistogram",
  "info",
  "stateset",
] as const;

export type MetricType = (typeof metricTypes)[number];

export interface MetricMetadata {
  /** Of the family: without `_bucket`, `_count`, `_sum`. */
  readonly metric: string;
  readonly type: MetricType;
  readonly help: string;
  readonly unit: string;
}
