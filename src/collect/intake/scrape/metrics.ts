/**
 * Series that a scrape makes of itself, beside those of its target. Their names are Prometheus's, so they have no declaration of
 * ours. Source: Prometheus scrape/scrape.go, `report`; docs concepts/jobs_instances.md.
 */
import type { MetricMetadata } from "../../../core/metric-metadata.ts";

const gauge = (metric: string, help: string): MetricMetadata => ({ metric, type: "gauge", help, unit: "" });

/** Of every scrape. */
export const reportSeries = {
  up: gauge("up", "1 if the instance is healthy, i.e. reachable, or 0 if the scrape failed."),
  duration: gauge("scrape_duration_seconds", "Duration of the last scrape in seconds."),
  scraped: gauge("scrape_samples_scraped", "Number of samples the target exposed."),
  kept: gauge("scrape_samples_post_metric_relabeling", "Number of samples that were left after metric relabeling."),
  added: gauge("scrape_series_added", "Number of series that were not in the scrape before."),
} as const;

/** With `extra_scrape_metrics`. */
export const extraReportSeries = {
  timeout: gauge("scrape_timeout_seconds", "The configured timeout of the target's scrapes."),
  sampleLimit: gauge("scrape_sample_limit", "The configured limit of samples of a scrape, 0 where there is none."),
  bodyBytes: gauge(
    "scrape_body_size_bytes",
    "Uncompressed size of the last answer, -1 where it was too large, 0 where it failed.",
  ),
} as const;
