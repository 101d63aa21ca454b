/**
 * An export request in OTLP's two encodings.
 * Source: opentelemetry-proto collector/metrics/v1/metrics_service.proto, metrics/v1/metrics.proto, common/v1/common.proto; docs/specification.md,
 * "JSON Protobuf Encoding".
 */
import { ProtoWriter } from "../../../io/protobuf/writer.ts";
import type { OtlpMetric, OtlpPoint, OtlpResource } from "./otlp-points.ts";

/** What has made the points. */
export interface OtlpScope {
  readonly name: string;
  readonly version: string;
}

const cumulative = 2;
/** DataPointFlags.FLAG_NO_RECORDED_VALUE. */
const noRecordedValue = 1;

const request = { resourceMetrics: 1 } as const;
const resourceField = { attributes: 1 } as const;
const resourceMetrics = { resource: 1, scopeMetrics: 2 } as const;
const scopeMetrics = { scope: 1, metrics: 2 } as const;
const scopeField = { name: 1, version: 2 } as const;
const metricField = { name: 1, description: 2, unit: 3, gauge: 5, sum: 7 } as const;
const sum = { points: 1, temporality: 2, isMonotonic: 3 } as const;
const point = { startTime: 2, time: 3, asDouble: 4, attributes: 7, flags: 8 } as const;
const keyValue = { key: 1, value: 2 } as const;
const anyValue = { text: 1 } as const;

export function encodeProtobuf(resources: readonly OtlpResource[], scope: OtlpScope): Uint8Array {
  const writer = new ProtoWriter(64 * 1024);
  for (const { attributes, metrics } of resources) {
    const whole = writer.begin(request.resourceMetrics);
    const resource = writer.begin(resourceMetrics.resource);
    writeAttributes(writer, resourceField.attributes, attributes);
    writer.end(resource);
    const scoped = writer.begin(resourceMetrics.scopeMetrics);
    const named = writer.begin(scopeMetrics.scope);
    writer.string(scopeField.name, scope.name);
    writer.string(scopeField.version, scope.version);
    writer.end(named);
    for (const metric of metrics) writeMetric(writer, metric);
    writer.end(scoped);
    writer.end(whole);
  }
  return writer.finish();
}

function writeMetric(writer: ProtoWriter, { name, description, unit, kind, points }: OtlpMetric): void {
  const metric = writer.begin(scopeMetrics.metrics);
  writer.string(metricField.name, name);
  writer.string(metricField.description, description);
  writer.string(metricField.unit, unit);
  const data = writer.begin(kind === "gauge" ? metricField.gauge : metricField.sum);
  for (const one of points) writePoint(writer, one);
  if (kind !== "gauge") {
    writer.uint(sum.temporality, cumulative);
    writer.bool(sum.isMonotonic, kind === "monotonic sum");
  }
  writer.end(data);
  writer.end(metric);
}

function writePoint(writer: ProtoWriter, { attributes, startMs, timeMs, low, high, isStale }: OtlpPoint): void {
  // The same field in Gauge and in Sum.
  const start = writer.begin(sum.points);
  if (startMs !== 0) writer.bigFixed64(point.startTime, nanoseconds(startMs));
  writer.bigFixed64(point.time, nanoseconds(timeMs));
  if (isStale) writer.uint(point.flags, noRecordedValue);
  else writer.fixed64(point.asDouble, low, high);
  writeAttributes(writer, point.attributes, attributes);
  writer.end(start);
}

function writeAttributes(writer: ProtoWriter, within: number, attributes: OtlpPoint["attributes"]): void {
  for (const [name, value] of attributes) {
    const start = writer.begin(within);
    writer.string(keyValue.key, name);
    const any = writer.begin(keyValue.value);
    writer.string(anyValue.text, value);
    writer.end(any);
    writer.end(start);
  }
}

export function encodeJson(resources: readonly OtlpResource[], scope: OtlpScope): Uint8Array {
  const body = {
    resourceMetrics: resources.map(({ attributes, metrics }) => ({
      resource: { attributes: attributes.map(jsonAttribute) },
      scopeMetrics: [{ scope, metrics: metrics.map(jsonMetric) }],
    })),
  };
  return new TextEncoder().encode(JSON.stringify(body));
}

function jsonMetric({ name, description, unit, kind, points }: OtlpMetric): object {
  const dataPoints = points.map(jsonPoint);
  const data =
    kind === "gauge"
      ? { gauge: { dataPoints } }
      : { sum: { dataPoints, aggregationTemporality: cumulative, isMonotonic: kind === "monotonic sum" } };
  return { name, description, unit, ...data };
}

function jsonPoint({ attributes, startMs, timeMs, low, high, isStale }: OtlpPoint): object {
  return {
    attributes: attributes.map(jsonAttribute),
    ...(startMs === 0 ? {} : { startTimeUnixNano: String(nanoseconds(startMs)) }),
    timeUnixNano: String(nanoseconds(timeMs)),
    ...(isStale ? { flags: noRecordedValue } : { asDouble: jsonNumber(low, high) }),
  };
}

function jsonAttribute([key, value]: readonly [string, string]): object {
  return { key, value: { stringValue: value } };
}

/** What JSON has no number for is a text. Source: protobuf.dev/programming-guides/json, float and double. */
function jsonNumber(low: number, high: number): number | string {
  const value = new Float64Array(Uint32Array.of(low, high).buffer)[0] ?? 0;
  return Number.isFinite(value) ? value : String(value);
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}
