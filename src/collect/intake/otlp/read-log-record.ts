/** Log records, field for field. Source: opentelemetry-proto logs/v1/logs.proto. */
import type { AttributeValue, LogRecord, TelemetrySource } from "../../../core/span.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { attributeList, attributesOf, readAnyValue, readAttribute } from "./any-value.ts";
import { logBodyBytesMax } from "./otlp-limits.ts";
import { idText, spanIdBytes, traceIdBytes } from "./trace-ids.ts";

const field = {
  time: 1,
  severity: 2,
  severityText: 3,
  body: 5,
  attributes: 6,
  droppedAttributes: 7,
  flags: 8,
  traceId: 9,
  spanId: 10,
  observed: 11,
  eventName: 12,
} as const;

/** Source: logs.proto, SeverityNumber. */
const severityMax = 24;

/**
 * Reads the LogRecord that the reader is in; a text says why it cannot be taken. `nowNs`: when it was seen first where it does not say so
 * itself. Errors: `ProtobufError`.
 */
export function readLogRecord(reader: ProtoReader, source: TelemetrySource, nowNs: bigint): LogRecord | string {
  const attributes = attributeList();
  let [timeNs, observedNs, severity, flags, droppedAttributes] = [0n, 0n, 0, 0, 0];
  let [severityText, eventName, traceId, spanId] = ["", "", "", ""];
  let body: AttributeValue = null;
  let isTooLong = false;
  while (reader.next()) {
    switch (reader.field) {
      case field.time:
        timeNs = reader.bigFixed64();
        break;
      case field.observed:
        observedNs = reader.bigFixed64();
        break;
      case field.severity:
        severity = reader.int32();
        break;
      case field.severityText:
        severityText = reader.string();
        break;
      case field.body: {
        const start = reader.at;
        body = readAnyValue(reader);
        isTooLong ||= reader.at - start > logBodyBytesMax;
        break;
      }
      case field.attributes:
        readAttribute(reader, attributes);
        break;
      case field.droppedAttributes:
        droppedAttributes = reader.uint32();
        break;
      case field.flags:
        flags = reader.fixed32();
        break;
      case field.traceId:
        traceId = idText(reader.hex(), traceIdBytes);
        break;
      case field.spanId:
        spanId = idText(reader.hex(), spanIdBytes);
        break;
      case field.eventName:
        eventName = reader.string();
        break;
      default:
        reader.skip();
    }
  }
  if (isTooLong) return `its body is longer than ${logBodyBytesMax} bytes`;
  return {
    source,
    timeNs: timeNs === 0n ? null : timeNs,
    observedNs: observedNs === 0n ? nowNs : observedNs,
    severity: severity >= 0 && severity <= severityMax ? severity : 0,
    severityText,
    body,
    eventName,
    attributes: attributesOf(attributes),
    droppedAttributes: droppedAttributes + attributes.dropped,
    flags,
    traceId,
    spanId,
  };
}
