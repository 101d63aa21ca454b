/**
 * A span as it is stored: a list of its fields in the order below. Complete, so that whatever index is built beside it later needs no
 * other record. New fields are only ever added at the end.
 */
import { type Span, type SpanEvent, spanKinds, type SpanLink, spanStatuses, type TelemetrySource } from "../../core/span.ts";
import { DamagedFileError } from "../database.ts";
import { PlainCursor } from "./plain-cursor.ts";
import { attributesText, attributesToPlain, type Plain } from "./plain-value.ts";

/**
 * The JSON of that list; `source`: the number of the span's source in the same file. Written piece by piece: making the list first took three
 * times as long.
 */
export function spanText(span: Span, source: number): string {
  const { events, links } = span;
  return (
    `[${source},"${span.traceId}","${span.spanId}","${span.parentSpanId}",${JSON.stringify(span.traceState)},${span.flags},` +
    `${JSON.stringify(span.name)},${spanKinds.indexOf(span.kind)},"${span.startNs}","${span.endNs}",` +
    `${spanStatuses.indexOf(span.status)},${JSON.stringify(span.statusMessage)},${attributesText(span.attributes)},` +
    `${events.length === 0 ? "[]" : JSON.stringify(events.map(eventToPlain))},` +
    `${links.length === 0 ? "[]" : JSON.stringify(links.map(linkToPlain))},` +
    `${span.droppedAttributes},${span.droppedEvents},${span.droppedLinks}]`
  );
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
