/**
 * Who has sent spans or log records: resource and scope, read in the two passes that messages with fields in any order take.
 * Sources: opentelemetry-proto resource/v1/resource.proto, common/v1/common.proto (InstrumentationScope).
 */
import type { Attributes, TelemetrySource } from "../../../core/span.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { attributeList, attributesOf, readAttribute } from "./any-value.ts";
import { sourceBytesMax } from "./otlp-limits.ts";

/** Fields of ResourceSpans and ResourceLogs, and of ScopeSpans and ScopeLogs. */
const nested = { common: 1, inner: 2 } as const;

/**
 * Goes through an ExportTraceServiceRequest or ExportLogsServiceRequest: calls `read` with the reader in each span or log record, and its
 * source. What `read` returns true for makes it yield. Errors: `ProtobufError`, also where the resources would take `sourceBytesMax`.
 */
export function* readRecords(reader: ProtoReader, read: (source: TelemetrySource) => boolean): Generator<void, void, void> {
  const room: Room = { bytes: sourceBytesMax };
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    yield* readResource(reader, room, read);
    reader.leave(outer);
  }
}

/** What the resources of scopes that are still to come may take. */
interface Room {
  bytes: number;
}

interface SentResource {
  readonly attributes: Attributes;
  readonly bytes: number;
}

function* readResource(
  reader: ProtoReader,
  room: Room,
  read: (source: TelemetrySource) => boolean,
): Generator<void, void, void> {
  const { attributes, bytes } = commonOf(reader, readSentResource) ?? { attributes: {}, bytes: 0 };
  while (reader.next()) {
    if (reader.field !== nested.inner) {
      reader.skip();
      continue;
    }
    room.bytes -= bytes;
    if (room.bytes < 0) {
      throw new ProtobufError(`the resources of all scopes have more than ${sourceBytesMax} bytes`, reader.at);
    }
    const outer = reader.enter();
    yield* readScope(reader, attributes, read);
    reader.leave(outer);
  }
}

function* readScope(
  reader: ProtoReader,
  resource: Attributes,
  read: (source: TelemetrySource) => boolean,
): Generator<void, void, void> {
  const source: TelemetrySource = { resource, ...(commonOf(reader, readScopeFacts) ?? noScope) };
  while (reader.next()) {
    if (reader.field !== nested.inner) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    const isFull = read(source);
    reader.leave(outer);
    if (isFull) yield;
  }
}

type ScopeFacts = Omit<TelemetrySource, "resource">;

const noScope: ScopeFacts = { scopeName: "", scopeVersion: "", scopeAttributes: {} };

/** Reads the message that the others of this level share; the reader is at the level's beginning before and after. */
function commonOf<T>(reader: ProtoReader, read: (reader: ProtoReader) => T): T | null {
  const start = reader.at;
  let common: T | null = null;
  while (reader.next()) {
    if (reader.field !== nested.common) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    common = read(reader);
    reader.leave(outer);
  }
  reader.at = start;
  return common;
}

function readSentResource(reader: ProtoReader): SentResource {
  const bytes = reader.end - reader.at;
  const attributes = attributeList();
  while (reader.next()) {
    if (reader.field === 1) readAttribute(reader, attributes);
    else reader.skip();
  }
  return { attributes: attributesOf(attributes), bytes };
}

function readScopeFacts(reader: ProtoReader): ScopeFacts {
  let [scopeName, scopeVersion] = ["", ""];
  const attributes = attributeList();
  while (reader.next()) {
    if (reader.field === 1) scopeName = reader.string();
    else if (reader.field === 2) scopeVersion = reader.string();
    else if (reader.field === 3) readAttribute(reader, attributes);
    else reader.skip();
  }
  return { scopeName, scopeVersion, scopeAttributes: attributesOf(attributes) };
}
