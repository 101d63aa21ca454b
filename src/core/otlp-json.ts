/**
 * Spans in OTLP's JSON, so that whatever reads that reads a trace of ours.
 * Source: opentelemetry-proto trace/v1/trace.proto, docs/specification.md ("JSON Protobuf Encoding": ids in hex, enums as numbers);
 * protobuf.dev ProtoJSON (64-bit integers as texts, bytes in base64, NaN and infinities as texts).
 */
import {
  type Attributes,
  type AttributeValue,
  isValueList,
  type Span,
  type SpanEvent,
  spanKinds,
  type SpanLink,
  spanStatuses,
  type TelemetrySource,
} from "./span.ts";

/** JSON's values, to be written. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** `resourceSpans` of a `TracesData`: spans of one source stand together. */
export function resourceSpansOf(spans: readonly Span[]): readonly JsonValue[] {
  return Array.from(
    Map.groupBy(spans, ({ source }) => source),
    ([source, own]) => resourceSpans(source, own),
  );
}

function resourceSpans(source: TelemetrySource, spans: readonly Span[]): JsonValue {
  const { resource, scopeName: name, scopeVersion: version, scopeAttributes } = source;
  return {
    resource: { attributes: keyValues(resource) },
    scopeSpans: [{ scope: { name, version, attributes: keyValues(scopeAttributes) }, spans: spans.map(spanJson) }],
  };
}

function spanJson(span: Span): JsonValue {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    traceState: span.traceState,
    flags: span.flags,
    name: span.name,
    kind: spanKinds.indexOf(span.kind),
    startTimeUnixNano: String(span.startNs),
    endTimeUnixNano: String(span.endNs),
    attributes: keyValues(span.attributes),
    droppedAttributesCount: span.droppedAttributes,
    events: span.events.map(eventJson),
    droppedEventsCount: span.droppedEvents,
    links: span.links.map(linkJson),
    droppedLinksCount: span.droppedLinks,
    status: { code: spanStatuses.indexOf(span.status), message: span.statusMessage },
  };
}

function eventJson({ timeNs, name, attributes, droppedAttributes }: SpanEvent): JsonValue {
  return { timeUnixNano: String(timeNs), name, attributes: keyValues(attributes), droppedAttributesCount: droppedAttributes };
}

function linkJson({ traceId, spanId, traceState, attributes, droppedAttributes, flags }: SpanLink): JsonValue {
  return {
    traceId,
    spanId,
    traceState,
    attributes: keyValues(attributes),
    droppedAttributesCount: droppedAttributes,
    flags,
  };
}

/** A list of KeyValue. */
export function keyValues(attributes: Attributes): readonly JsonValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: AttributeValue): JsonValue {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "bigint":
      return { intValue: String(value) };
    case "number":
      return numberValue(value);
    default:
      if (value === null) return {};
      if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
      if (isValueList(value)) return { arrayValue: { values: value.map(anyValue) } };
      return { kvlistValue: { values: keyValues(value) } };
  }
}

/** A whole number was an integer, as OpenTelemetry's SDK for JavaScript has it too. */
function numberValue(value: number): JsonValue {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return { intValue: String(value) };
  return { doubleValue: Number.isFinite(value) ? value : String(value) };
}
