/**
 * What all data points of a metric have in common, read from its message.
 * Sources: opentelemetry-proto metrics/v1/metrics.proto; OpenTelemetry specification, compatibility/prometheus_and_openmetrics.md.
 */
import { attributeText } from "../../../core/attribute-text.ts";
import type { MetricMetadata, MetricType } from "../../../core/metric-metadata.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { attributeList, readAttribute } from "./any-value.ts";
import { metricName, type NamedMetric, unitName } from "./metric-name.ts";
import type { Translation } from "./series-labels.ts";

/** Field numbers of Metric. */
const metricField = { name: 1, description: 2, unit: 3, metadata: 12 } as const;

/** Which of Metric's fields holds the data points, and what they are. */
export const dataKinds: ReadonlyMap<number, DataKind> = new Map([
  [5, "gauge"],
  [7, "sum"],
  [9, "histogram"],
  [10, "exponential"],
  [11, "summary"],
]);
export type DataKind = "gauge" | "sum" | "histogram" | "exponential" | "summary";

/** In the order of their numbers. */
const temporalities = ["unspecified", "delta", "cumulative"] as const;
type Temporality = (typeof temporalities)[number];

/** The number as it is, 0 where it is none that there is. */
export function temporalityOf(number: number): number {
  return number in temporalities ? number : 0;
}

export interface MetricHeader {
  readonly kind: DataKind;
  readonly isMonotonic: boolean;
  readonly isDelta: boolean;
  readonly metadata: MetricMetadata;
  /** Why its data points cannot be taken; `null` where they can. */
  readonly refusal: string | null;
}

/**
 * Reads the fields of the Metric that the reader is in, from its beginning. `facts`: twice the temporality's number, and 1 more where it is
 * monotonic.
 */
export function readMetricHeader(reader: ProtoReader, kind: DataKind, facts: number, translation: Translation): MetricHeader {
  const isMonotonic = facts % 2 === 1;
  const temporality: Temporality = temporalities[facts >> 1] ?? "unspecified";
  let [name, help, unit] = ["", "", ""];
  const metadata = attributeList();
  while (reader.next()) {
    if (reader.field === metricField.name) name = reader.string();
    else if (reader.field === metricField.description) help = reader.string();
    else if (reader.field === metricField.unit) unit = reader.string();
    else if (reader.field === metricField.metadata) readAttribute(reader, metadata);
    else reader.skip();
  }
  const metric = metricName({ name, unit, kind: namedKind(kind, isMonotonic) }, translation.names);
  // What Prometheus called it, where it came from there.
  const promType = attributeText(metadata.entries.findLast(([key]) => key === "prometheus.type")?.[1] ?? null);
  const type = metricType(kind, isMonotonic, promType);
  return {
    kind,
    isMonotonic,
    isDelta: temporality === "delta",
    metadata: { metric, type, help, unit: unitName(unit) },
    refusal: refusalOf({ name, metric, kind, temporality, isMonotonic }),
  };
}

function namedKind(kind: DataKind, isMonotonic: boolean): NamedMetric["kind"] {
  if (kind === "gauge") return "gauge";
  return kind === "sum" && isMonotonic ? "counter" : "other";
}

function metricType(kind: DataKind, isMonotonic: boolean, promType: string): MetricType {
  switch (kind) {
    case "gauge":
      return promType === "unknown" ? "unknown" : "gauge";
    case "sum":
      if (isMonotonic) return "counter";
      return promType === "info" || promType === "stateset" ? promType : "gauge";
    case "histogram":
    case "exponential":
      return "histogram";
    case "summary":
      return "summary";
  }
}

function refusalOf(metric: {
  readonly name: string;
  readonly metric: string;
  readonly kind: DataKind;
  readonly temporality: Temporality;
  readonly isMonotonic: boolean;
}): string | null {
  const { name, kind, temporality } = metric;
  if (name === "") return "a metric has no name";
  const shown = JSON.stringify(name.slice(0, 128));
  if (metric.metric === "") return `metric ${shown}: nothing of its name could stand in a Prometheus name`;
  if (kind === "gauge" || kind === "summary") return null;
  if (temporality === "unspecified") return `metric ${shown}: its aggregation temporality is neither delta nor cumulative`;
  if (kind === "sum" && temporality === "delta" && !metric.isMonotonic) {
    return `metric ${shown}: a sum that may fall, sent as differences, has no beginning to count from; send it as cumulative`;
  }
  return null;
}
