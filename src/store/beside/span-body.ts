/**
 * A span as it is stored: a list of its fields in the order below. Complete, so that whatever index is built beside it later needs no
 * other record. New fields are only ever added at the end.
 */
import { type Span, type SpanEvent, spanKinds, type SpanLink, spanStatuses, type TelemetrySource } from "../../core/span.ts";
import { DamagedFileError } from "../database.ts";
import { PlainCursor } from "./plain-cursor.ts";
import { attributesToPlain, type Plain } from "./plain-value.ts";

/** `source`: the number of the span's source in the same file. */
export function spanToPlain(span: Span, source: number): Plain {
  return [
    source,
    span.traceId,
    span.spanId,
    span.parentSpanId,
    span.traceState,
    span.flags,
    span.name,
    spanKinds.indexOf(span.kind),
    String(span.startNs),
    String(span.endNs),
    spanStatuses.indexOf(span.status),
    span.statusMessage,
    attributesToPlain(span.attributes),
    span.events.map(eventToPlain),
    span.links.map(linkToPlain),
    span.droppedAttributes,
    span.droppedEvents,
    span.droppedLinks,
  ];
}

/** Throws `DamagedFileError`. */
export function spanFromPlain(plain: unknown, sourceOf: (id: number) => TelemetrySource): Span {
  const fields = new PlainCursor(plain);
  return {
    source: sourceOf(fields.whole()),
    traceId: fields.text(),
    spanId: fields.text(),
    parentSpanId: fields.text(),
    traceState: fields.text(),
    flags: fields.whole(),
    name: fields.text(),
    kind: memberOf(spanKinds, fields.whole()),
    startNs: fields.nanoseconds(),
    endNs: fields.nanoseconds(),
    status: memberOf(spanStatuses, fields.whole()),
    statusMessage: fields.text(),
    attributes: fields.attributes(),
    events: fields.list(eventFrom),
    links: fields.list(linkFrom),
    droppedAttributes: fields.whole(),
    droppedEvents: fields.whole(),
    droppedLinks: fields.whole(),
  };
}

function eventToPlain({ timeNs, name, attributes, droppedAttributes }: SpanEvent): Plain {
  return [String(timeNs), name, attributesToPlain(attributes), droppedAttributes];
}

function eventFrom(fields: PlainCursor): SpanEvent {
  return {
    timeNs: fields.nanoseconds(),
    name: fields.text(),
    attributes: fields.attributes(),
    droppedAttributes: fields.whole(),
  };
}

function linkToPlain({ traceId, spanId, traceState, attributes, droppedAttributes, flags }: SpanLink): Plain {
  return [traceId, spanId, traceState, attributesToPlain(attributes), droppedAttributes, flags];
}

function linkFrom(fields: PlainCursor): SpanLink {
  return {
    traceId: fields.text(),
    spanId: fields.text(),
    traceState: fields.text(),
    attributes: fields.attributes(),
    droppedAttributes: fields.whole(),
    flags: fields.whole(),
  };
}

function memberOf<T>(members: readonly T[], index: number): T {
  const member = members[index];
  if (member === undefined) throw new DamagedFileError(`${index} is no number of a kind or status`);
  return member;
}
