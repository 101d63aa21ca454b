/** Spans, field for field. Source: opentelemetry-proto trace/v1/trace.proto. */
import { type Span, type SpanEvent, spanKinds, type SpanLink, spanStatuses, type TelemetrySource } from "../../../core/span.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { TextCache } from "../../../io/protobuf/text-cache.ts";
import { attributeList, attributesOf, readAttribute } from "./any-value.ts";
import { spanPartsMax } from "./otlp-limits.ts";
import { idText, spanIdBytes, traceIdBytes } from "./trace-ids.ts";

const field = {
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

const names = new TextCache();

/** Reads the Span that the reader is in; a text says why it cannot be taken. Errors: `ProtobufError`. */
export function readSpan(reader: ProtoReader, source: TelemetrySource): Span | string {
  const attributes = attributeList();
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  const dropped = { attributes: 0, events: 0, links: 0 };
  let [traceId, spanId, parentSpanId, traceState, name] = ["", "", "", "", ""];
  let [kind, flags, startNs, endNs] = [0, 0, 0n, 0n];
  let status = { code: 0, message: "" };
  while (reader.next()) {
    switch (reader.field) {
      case field.traceId:
        traceId = idText(reader.hex(), traceIdBytes);
        break;
      case field.spanId:
        spanId = idText(reader.hex(), spanIdBytes);
        break;
      case field.traceState:
        traceState = reader.string();
        break;
      case field.parentSpanId:
        parentSpanId = idText(reader.hex(), spanIdBytes);
        break;
      case field.name:
        name = reader.cachedString(names);
        break;
      case field.kind:
        kind = reader.int32();
        break;
      case field.start:
        startNs = reader.bigFixed64();
        break;
      case field.end:
        endNs = reader.bigFixed64();
        break;
      case field.attributes:
        readAttribute(reader, attributes);
        break;
      case field.droppedAttributes:
        dropped.attributes = reader.uint32();
        break;
      case field.events:
        if (events.length < spanPartsMax) events.push(readEvent(reader));
        else leaveOut(reader, dropped, "events");
        break;
      case field.droppedEvents:
        dropped.events += reader.uint32();
        break;
      case field.links:
        if (links.length < spanPartsMax) links.push(readLink(reader));
        else leaveOut(reader, dropped, "links");
        break;
      case field.droppedLinks:
        dropped.links += reader.uint32();
        break;
      case field.status:
        status = readStatus(reader);
        break;
      case field.flags:
        flags = reader.fixed32();
        break;
      default:
        reader.skip();
    }
  }
  if (traceId === "" || spanId === "") return "its trace id or its span id is no id";
  return {
    source,
    traceId,
    spanId,
    parentSpanId,
    traceState,
    flags,
    name,
    kind: spanKinds[kind] ?? "unspecified",
    startNs,
    endNs,
    status: spanStatuses[status.code] ?? "unset",
    statusMessage: status.message,
    attributes: attributesOf(attributes),
    events,
    links,
    droppedAttributes: dropped.attributes + attributes.dropped,
    droppedEvents: dropped.events,
    droppedLinks: dropped.links,
  };
}

function leaveOut(reader: ProtoReader, dropped: { events: number; links: number }, part: "events" | "links"): void {
  reader.skip();
  dropped[part]++;
}

function readEvent(reader: ProtoReader): SpanEvent {
  const attributes = attributeList();
  let [timeNs, name, droppedAttributes] = [0n, "", 0];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === eventField.time) timeNs = reader.bigFixed64();
    else if (reader.field === eventField.name) name = reader.string();
    else if (reader.field === eventField.attributes) readAttribute(reader, attributes);
    else if (reader.field === eventField.droppedAttributes) droppedAttributes = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  return { timeNs, name, attributes: attributesOf(attributes), droppedAttributes: droppedAttributes + attributes.dropped };
}

function readLink(reader: ProtoReader): SpanLink {
  const attributes = attributeList();
  let [traceId, spanId, traceState, droppedAttributes, flags] = ["", "", "", 0, 0];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === linkField.traceId) traceId = idText(reader.hex(), traceIdBytes);
    else if (reader.field === linkField.spanId) spanId = idText(reader.hex(), spanIdBytes);
    else if (reader.field === linkField.traceState) traceState = reader.string();
    else if (reader.field === linkField.attributes) readAttribute(reader, attributes);
    else if (reader.field === linkField.droppedAttributes) droppedAttributes = reader.uint32();
    else if (reader.field === linkField.flags) flags = reader.fixed32();
    else reader.skip();
  }
  reader.leave(outer);
  return {
    traceId,
    spanId,
    traceState,
    attributes: attributesOf(attributes),
    droppedAttributes: droppedAttributes + attributes.dropped,
    flags,
  };
}

function readStatus(reader: ProtoReader): { readonly code: number; readonly message: string } {
  let [code, message] = [0, ""];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === statusField.message) message = reader.string();
    else if (reader.field === statusField.code) code = reader.int32();
    else reader.skip();
  }
  reader.leave(outer);
  return { code, message };
}
