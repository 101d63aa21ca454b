/** What is known of the metrics that are sent on: our own declarations, and what sources have told of theirs. */
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { Metric, MetricKind } from "../../core/metric.ts";
import type { MetricMetadata, MetricType } from "../../core/metric-metadata.ts";
import { unitWord } from "../../core/naming.ts";
import { openTelemetryReader } from "../../store/beside/telemetry-reader.ts";

/** By the name that the samples have. */
export interface KnownMetrics {
  /** One of ours. */
  declared(name: string): Metric | undefined;
  /** In Prometheus's words; ours included. */
  metadata(name: string): MetricMetadata | undefined;
  /** Of our own. */
  readonly declaredMetadata: readonly MetricMetadata[];
}

export interface KnownMetricsOptions {
  readonly metrics: readonly Metric[];
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const types: Readonly<Record<MetricKind, MetricType>> = { counter: "counter", gauge: "gauge", updowncounter: "gauge" };
/** What sources tell is read anew so often at most. */
const readMs = 60_000;
const metricsMax = 50_000;

export function createKnownMetrics({ metrics, dataDir, clock, logger }: KnownMetricsOptions): KnownMetrics {
  const declared = new Map(metrics.map((metric) => [metric.prometheusName, metric]));
  const ours = new Map(metrics.map((metric) => [metric.prometheusName, metadataOf(metric)]));
  const reader = openTelemetryReader({ dataDir, logger });
  let told = new Map<string, MetricMetadata>();
  let readAtMs = -Infinity;

  const read = (): void => {
    readAtMs = clock.monotonicMs();
    try {
      const all = reader.metadata(null, metricsMax, { check: () => undefined, isLate: () => false, note: () => undefined });
      told = new Map(all.map((one) => [one.metric, one]));
    } catch (error) {
      logger.warn("what sources tell of their metrics cannot be read", { error });
    }
  };

  return {
    declaredMetadata: [...ours.values()],
    declared: (name) => declared.get(name),
    metadata(name) {
      const known = ours.get(name);
      if (known !== undefined) return known;
      if (clock.monotonicMs() - readAtMs >= readMs) read();
      // Histograms and summaries are told by the name of their family.
      return told.get(name) ?? told.get(name.replace(/_(?:bucket|count|sum)$/, ""));
    },
  };
}

function metadataOf({ prometheusName: metric, kind, help, unit }: Metric): MetricMetadata {
  return { metric, type: types[kind], help, unit: unitWord(unit) };
}
