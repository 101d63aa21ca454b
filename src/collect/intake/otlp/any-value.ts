/** OpenTelemetry's AnyValue and attributes, read from protobuf. Source: opentelemetry-proto common/v1/common.proto. */
import type { Attributes, AttributeValue } from "../../../core/span.ts";
import { ProtobufError } from "../../../io/protobuf/protobuf-error.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { TextCache } from "../../../io/protobuf/text-cache.ts";
import { attributeBytesMax, attributesMax, valueDepthMax } from "./otlp-limits.ts";

/** Field numbers of AnyValue. */
const anyValue = { string: 1, bool: 2, int: 3, double: 4, array: 5, map: 6, bytes: 7 } as const;

/** Names are few; values push each other out. */
const keys = new TextCache();
const values = new TextCache();

/** Attributes while they are read, and how many were left out because there are too many of them or they are too long. */
export interface AttributeList {
  readonly entries: [string, AttributeValue][];
  dropped: number;
}

export function attributeList(): AttributeList {
  return { entries: [], dropped: 0 };
}

/** Reads the KeyValue that is the value at hand. Errors: `ProtobufError`. */
export function readAttribute(reader: ProtoReader, into: AttributeList): void {
  const outer = reader.enter();
  if (into.entries.length >= attributesMax || reader.end - reader.at > attributeBytesMax) into.dropped++;
  else into.entries.push(readKeyValue(reader, 0));
  reader.leave(outer);
}

/** The last one of a name counts. */
export function attributesOf(list: AttributeList): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  for (const [key, value] of list.entries) {
    // Assigning to an attribute of that name would set the prototype.
    if (key === "__proto__")
      Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
    else attributes[key] = value;
  }
  return attributes;
}

/** Reads the AnyValue that is the value at hand; an empty one is `null`. Errors: `ProtobufError`, also where it is nested too deep. */
export function readAnyValue(reader: ProtoReader, depth = 0): AttributeValue {
  if (depth > valueDepthMax) throw new ProtobufError(`a value is nested deeper than ${valueDepthMax} levels`, reader.at);
  let value: AttributeValue = null;
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === anyValue.string) value = reader.cachedString(values);
    else if (reader.field === anyValue.bool) value = reader.bool();
    else if (reader.field === anyValue.int) value = readInteger(reader);
    else if (reader.field === anyValue.double) value = reader.double();
    else if (reader.field === anyValue.array) value = readArray(reader, depth + 1);
    else if (reader.field === anyValue.map) value = readMap(reader, depth + 1);
    else if (reader.field === anyValue.bytes) value = reader.bytesValue().slice();
    else reader.skip();
  }
  reader.leave(outer);
  return value;
}

function readInteger(reader: ProtoReader): number | bigint {
  const value = reader.int64AsNumber();
  if (Number.isSafeInteger(value)) return value;
  return BigInt.asIntN(64, (BigInt(reader.high) << 32n) | BigInt(reader.low));
}

function readArray(reader: ProtoReader, depth: number): AttributeValue {
  const values: AttributeValue[] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) values.push(readAnyValue(reader, depth));
    else reader.skip();
  }
  reader.leave(outer);
  return values;
}

function readMap(reader: ProtoReader, depth: number): AttributeValue {
  const entries: [string, AttributeValue][] = [];
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 1) {
      const inner = reader.enter();
      entries.push(readKeyValue(reader, depth));
      reader.leave(inner);
    } else reader.skip();
  }
  reader.leave(outer);
  return Object.fromEntries(entries);
}

/** Reads the KeyValue that the reader is in. */
function readKeyValue(reader: ProtoReader, depth: number): [string, AttributeValue] {
  let key = "";
  let value: AttributeValue = null;
  while (reader.next()) {
    if (reader.field === 1) key = reader.cachedString(keys);
    else if (reader.field === 2) value = readAnyValue(reader, depth);
    else reader.skip();
  }
  return [key, value];
}
