/**
 * The series that say which alerts there are, and from which their state is restored after a restart.
 * Source: Prometheus rules/alerting.go, sample and forStateSample.
 */
import { type Labels, metricNameLabel } from "../../core/labels.ts";
import { activeSinceSeries } from "../../core/rule.ts";
import type { RuleSample } from "./rule-storage.ts";
import type { TrackedAlert } from "./alert-lifecycle.ts";

export const alertNameLabel = "alertname";
const stateLabel = "alertstate";

/** 1 for every alert that is pending or firing. */
const stateSeries = "ALERTS";

/** Both series of one alert that is pending or firing. */
export function alertSamples(alert: TrackedAlert, timestampMs: number): readonly RuleSample[] {
  const labels = { ...alert.labels, [metricNameLabel]: stateSeries, [stateLabel]: alert.state };
  return [
    { labels: sorted(labels), timestampMs, value: 1 },
    {
      labels: sorted({ ...alert.labels, [metricNameLabel]: activeSinceSeries }),
      timestampMs,
      value: Math.trunc(alert.activeAtMs / 1000),
    },
  ];
}

/** Labels of a stored series are sorted by name; an empty value is no label. */
export function sorted(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([, value]) => value !== "")
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
