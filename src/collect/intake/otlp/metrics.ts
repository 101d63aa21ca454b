/**
 * Series that OTLP's translation adds, beside those that were sent. Their names are OpenTelemetry's, so they have no declaration of
 * ours. Source: OpenTelemetry specification, compatibility/prometheus_and_openmetrics.md, "Resource Attributes".
 */
import type { MetricMetadata } from "../../../core/metric-metadata.ts";

export const targetInfoMetric: MetricMetadata = {
  metric: "target_info",
  type: "gauge",
  help: "Attributes of what has sent the series with the same job and instance.",
  unit: "",
};
