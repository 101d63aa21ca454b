/**
 * Spans in OTLP's JSON, whoever wrote it, in one form: protobuf's JSON may leave out defaults, write enumerations by number or name, 64-bit
 * integers as text or number, and group spans as it likes. Source: opentelemetry-proto, trace/v1/trace.proto; protobuf.dev, "ProtoJSON format".
 */
import { z } from "zod";

const object = z.record(z.string(), z.unknown());
const list = z.array(object).default([]);
const request = z.object({ resourceSpans: list });
const ofResource = z.object({ resource: z.unknown(), scopeSpans: list });
const ofScope = z.object({ scope: z.unknown(), spans: list });
const keyed = z.object({ key: z.string(), value: z.unknown() });

/** What one of several kinds of value is named by: there a default says which kind it is. */
const valueKinds = new Set(["stringValue", "intValue", "boolValue", "doubleValue", "bytesValue", "arrayValue", "kvlistValue"]);
/** `SPAN_KIND_SERVER`, `STATUS_CODE_ERROR`: their place in the list is their number. */
const enumerations: readonly (readonly string[])[] = [
  ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map((name) => `SPAN_KIND_${name}`),
  ["UNSET", "OK", "ERROR"].map((name) => `STATUS_CODE_${name}`),
];

export type CanonicalSpan = Readonly<Record<string, unknown>>;

/** Each with its resource and scope, by its id. `json`: a request, or an answer that has `resourceSpans`. */
export function canonicalSpans(json: unknown): readonly CanonicalSpan[] {
  const spans = request.parse(json).resourceSpans.flatMap((group) => {
    const { resource, scopeSpans } = ofResource.parse(group);
    return scopeSpans.flatMap((part) => {
      const { scope, spans: own } = ofScope.parse(part);
      return own.map((span) => ({ ...span, resource, scope }));
    });
  });
  return spans
    .map((span) => object.parse(canonical(span)))
    .toSorted((a, b) => (String(a["spanId"]) < String(b["spanId"]) ? -1 : 1));
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value === "string") return enumerations.map((names) => names.indexOf(value)).find((place) => place >= 0) ?? value;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).flatMap(([name, inner]): readonly (readonly [string, unknown])[] => {
    if (valueKinds.has(name)) return [[name, name === "intValue" ? String(inner) : canonical(inner)]];
    const plain = name === "attributes" ? byKey(inner) : name.endsWith("Nano") ? String(inner) : canonical(inner);
    return isDefault(plain) ? [] : [[name, plain]];
  });
  return Object.fromEntries(entries);
}

/** The order of attributes says nothing. */
function byKey(attributes: unknown): unknown {
  const pairs = z.array(keyed).parse(attributes);
  return Object.fromEntries(
    pairs.map(({ key, value }) => [key, canonical(value)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function isDefault(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}
