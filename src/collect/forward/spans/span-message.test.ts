import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type AttributeValue, isValueList, type Span } from "../../../core/span.ts";
import { ProtoReader } from "../../../io/protobuf/reader.ts";
import { arbitrarySpan } from "../../../store/beside/arbitrary-telemetry.test-support.ts";
import { spanOf } from "../../../store/beside/telemetry.test-support.ts";
import { readRecords } from "../../intake/otlp/read-source.ts";
import { readSpan } from "../../intake/otlp/read-span.ts";
import { encodeSpans } from "./span-message.ts";

function decoded(body: Uint8Array): readonly (Span | string)[] {
  const reader = new ProtoReader(body);
  const spans: (Span | string)[] = [];
  const batches = readRecords(reader, (source) => spans.push(readSpan(reader, source)) < 0);
  for (const _ of batches) assert.fail("nobody has asked for batches");
  return spans;
}

/** What protobuf does not tell apart: integers are numbers where these have room for them. */
function asRead(value: AttributeValue): AttributeValue {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if (isValueList(value)) return value.map(asRead);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asRead(inner)]));
}

function spanAsRead(span: Span): Span {
  const attributesOf = <T extends { readonly attributes: Span["attributes"] }>(one: T): T => ({
    ...one,
    attributes: Object.fromEntries(Object.entries(one.attributes).map(([key, value]) => [key, asRead(value)])),
  });
  const { resource, scopeAttributes } = span.source;
  return {
    ...attributesOf(span),
    events: span.events.map(attributesOf),
    links: span.links.map(attributesOf),
    source: {
      ...span.source,
      resource: attributesOf({ attributes: resource }).attributes,
      scopeAttributes: attributesOf({ attributes: scopeAttributes }).attributes,
    },
  };
}

describe("spans in OTLP's protobuf", () => {
  test("are read by our own door as they were", () => {
    // If it fails, a hub or a tracing backend shows other spans than the node has.
    fc.assert(
      fc.property(fc.array(arbitrarySpan, { maxLength: 4 }), (spans) => {
        assert.deepEqual(decoded(encodeSpans(spans)), spans.map(spanAsRead));
      }),
      { numRuns: 100 },
    );
  });

  test("of one source say it once", () => {
    // If it fails, a page of 2,000 spans carries its resource 2,000 times.
    const one = spanOf();
    const same = { ...one, spanId: "00f067aa0ba902b8" };
    const other = spanOf({ service: "bank", spanId: "00f067aa0ba902b9" });
    const read = decoded(encodeSpans([one, other, same]));
    assert.deepEqual(read, [one, same, other]);
    assert.equal(
      Buffer.from(encodeSpans([one, same]))
        .toString("latin1")
        .split("service.name").length,
      2,
    );
  });
});
