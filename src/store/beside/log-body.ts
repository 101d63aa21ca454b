/** A log record as it is stored: a list of its fields in the order below. New fields are only ever added at the end. */
import type { LogRecord, TelemetrySource } from "../../core/span.ts";
import { PlainCursor } from "./plain-cursor.ts";
import { attributesToPlain, type Plain, toPlain } from "./plain-value.ts";

/** `source`: the number of the record's source in the same file. */
export function logToPlain(record: LogRecord, source: number): Plain {
  return [
    source,
    record.timeNs === null ? null : String(record.timeNs),
    String(record.observedNs),
    record.severity,
    record.severityText,
    toPlain(record.body),
    record.eventName,
    attributesToPlain(record.attributes),
    record.droppedAttributes,
    record.flags,
    record.traceId,
    record.spanId,
  ];
}

/** Throws `DamagedFileError`. */
export function logFromPlain(plain: unknown, sourceOf: (id: number) => TelemetrySource): LogRecord {
  const fields = new PlainCursor(plain);
  return {
    source: sourceOf(fields.whole()),
    timeNs: fields.optionalNanoseconds(),
    observedNs: fields.nanoseconds(),
    severity: fields.whole(),
    severityText: fields.text(),
    body: fields.value(),
    eventName: fields.text(),
    attributes: fields.attributes(),
    droppedAttributes: fields.whole(),
    flags: fields.whole(),
    traceId: fields.text(),
    spanId: fields.text(),
  };
}
