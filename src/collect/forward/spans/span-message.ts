/**
 * Spans as an ExportTraceServiceRequest of OTLP: what goes to a hub, and to whoever else takes traces. Complete: our own door reads the same
 * spans from it (`intake/otlp/read-span.ts`). A field that has its default is left out, as protobuf's own encoders do.
 * Source: opentelemetry-proto collector/trace/v1/trace_service.proto, trace/v1/trace.proto, resource/v1/resource.proto, common/v1/common.proto.
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
} from "../../../core/span.ts";
import { ProtoWriter } from "../../../io/protobuf/writer.ts";

const request = { resourceSpans: 1 } as const;
const resourceSpans = { resource: 1, scopeSpans: 2 } as const;
const resourceField = { attributes: 1 } as const;
const scopeSpans = { scope: 1, spans: 2 } as const;
const scopeField = { name: 1, version: 2, attributes: 3 } as const;
const spanField = {
  traceId: 1,
  spanId: 2,
  traceState: 3,
  parentSpanId: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  droppedAttributes: 10,
  events: 11,
  droppedEvents: 12,
  links: 13,
  droppedLinks: 14,
  status: 15,
  flags: 16,
} as const;
const eventField = { time: 1, name: 2, attributes: 3, droppedAttributes: 4 } as const;
const linkField = { traceId: 1, spanId: 2, traceState: 3, attributes: 4, droppedAttributes: 5, flags: 6 } as const;
const statusField = { message: 2, code: 3 } as const;
const keyValue = { key: 1, value: 2 } as const;
const anyValue = { string: 1, bool: 2, int: 3, double: 4, array: 5, map: 6, bytes: 7 } as const;
/** Of ArrayValue and KeyValueList. */
const listField = { values: 1 } as const;

/** Spans of one source stand together. */
export function encodeSpans(spans: readonly Span[]): Uint8Array<ArrayBuffer> {
  const writer = new ProtoWriter(64 * 1024);
  for (const [source, own] of Map.groupBy(spans, ({ source: one }) => one)) {
    const whole = writer.begin(request.resourceSpans);
    const resource = writer.begin(resourceSpans.resource);
    writeAttributes(writer, resourceField.attributes, source.resource);
    writer.end(resource);
    const scoped = writer.begin(resourceSpans.scopeSpans);
    writeScope(writer, source);
    for (const span of own) writeSpan(writer, span);
    writer.end(scoped);
    writer.end(whole);
  }
  return writer.finish();
}

function writeScope(writer: ProtoWriter, { scopeName, scopeVersion, scopeAttributes }: TelemetrySource): void {
  const scope = writer.begin(scopeSpans.scope);
  writeText(writer, scopeField.name, scopeName);
  writeText(writer, scopeField.version, scopeVersion);
  writeAttributes(writer, scopeField.attributes, scopeAttributes);
  writer.end(scope);
}

function writeSpan(writer: ProtoWriter, span: Span): void {
  const start = writer.begin(scopeSpans.spans);
  writeId(writer, spanField.traceId, span.traceId);
  writeId(writer, spanField.spanId, span.spanId);
  writeText(writer, spanField.traceState, span.traceState);
  writeId(writer, spanField.parentSpanId, span.parentSpanId);
  writeText(writer, spanField.name, span.name);
  writeCount(writer, spanField.kind, spanKinds.indexOf(span.kind));
  writer.bigFixed64(spanField.start, span.startNs);
  writer.bigFixed64(spanField.end, span.endNs);
  writeAttributes(writer, spanField.attributes, span.attributes);
  writeCount(writer, spanField.droppedAttributes, span.droppedAttributes);
  for (const event of span.events) writeEvent(writer, event);
  writeCount(writer, spanField.droppedEvents, span.droppedEvents);
  for (const link of span.links) writeLink(writer, link);
  writeCount(writer, spanField.droppedLinks, span.droppedLinks);
  writeStatus(writer, span);
  if (span.flags !== 0) writer.fixed32(spanField.flags, span.flags);
  writer.end(start);
}

function writeEvent(writer: ProtoWriter, { timeNs, name, attributes, droppedAttributes }: SpanEvent): void {
  const start = writer.begin(spanField.events);
  writer.bigFixed64(eventField.time, timeNs);
  writeText(writer, eventField.name, name);
  writeAttributes(writer, eventField.attributes, attributes);
  writeCount(writer, eventField.droppedAttributes, droppedAttributes);
  writer.end(start);
}

function writeLink(writer: ProtoWriter, link: SpanLink): void {
  const start = writer.begin(spanField.links);
  writeId(writer, linkField.traceId, link.traceId);
  writeId(writer, linkField.spanId, link.spanId);
  writeText(writer, linkField.traceState, link.traceState);
  writeAttributes(writer, linkField.attributes, link.attributes);
  writeCount(writer, linkField.droppedAttributes, link.droppedAttributes);
  if (link.flags !== 0) writer.fixed32(linkField.flags, link.flags);
  writer.end(start);
}

function writeStatus(writer: ProtoWriter, { status, statusMessage }: Span): void {
  if (status === "unset" && statusMessage === "") return;
  const start = writer.begin(spanField.status);
  writeText(writer, statusField.message, statusMessage);
  writeCount(writer, statusField.code, spanStatuses.indexOf(status));
  writer.end(start);
}

function writeAttributes(writer: ProtoWriter, within: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    const start = writer.begin(within);
    writeText(writer, keyValue.key, key);
    const inner = writer.begin(keyValue.value);
    writeValue(writer, value);
    writer.end(inner);
    writer.end(start);
  }
}

/** The one field of an AnyValue: it says the type, so it is written also where the value is a default. `null` is a value without any. */
function writeValue(writer: ProtoWriter, value: AttributeValue): void {
  if (value === null) return;
  if (typeof value === "string") writer.string(anyValue.string, value);
  else if (typeof value === "boolean") writer.bool(anyValue.bool, value);
  else if (typeof value === "bigint") writer.bigUint(anyValue.int, BigInt.asUintN(64, value));
  else if (typeof value === "number") writeNumber(writer, value);
  else if (value instanceof Uint8Array) writer.bytes(anyValue.bytes, value);
  else writeNested(writer, value);
}

/** A whole number was an integer, as OpenTelemetry's SDK for JavaScript has it too; one that is no safe one came as a bigint. */
function writeNumber(writer: ProtoWriter, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) writer.int(anyValue.int, value);
  else writer.double(anyValue.double, value);
}

function writeNested(writer: ProtoWriter, value: readonly AttributeValue[] | Attributes): void {
  if (!isValueList(value)) {
    const map = writer.begin(anyValue.map);
    writeAttributes(writer, listField.values, value);
    writer.end(map);
    return;
  }
  const list = writer.begin(anyValue.array);
  for (const one of value) {
    const inner = writer.begin(listField.values);
    writeValue(writer, one);
    writer.end(inner);
  }
  writer.end(list);
}

function writeId(writer: ProtoWriter, field: number, hex: string): void {
  if (hex !== "") writer.bytes(field, Buffer.from(hex, "hex"));
}

function writeText(writer: ProtoWriter, field: number, text: string): void {
  if (text !== "") writer.string(field, text);
}

function writeCount(writer: ProtoWriter, field: number, count: number): void {
  if (count !== 0) writer.uint(field, count);
}
