/**
 * Spans that ChainPulse makes of what it observes. Nothing hands their ids on from node to node: every observer works them out of what
 * they are about, and so agents that know nothing of each other add spans to one trace.
 */
import type { Attributes, Span, TelemetrySource } from "./span.ts";
import { version } from "./version.ts";

/** What an observer tells of a span; whose it is, is added: the node, and that ChainPulse made it. */
export interface ObservedSpan extends Pick<
  Span,
  | "traceId"
  | "spanId"
  | "parentSpanId"
  | "name"
  | "kind"
  | "startNs"
  | "endNs"
  | "status"
  | "statusMessage"
  | "attributes"
  | "events"
  | "links"
> {
  /** `service.name`: the program that was watched. */
  readonly service: string;
}

/** Name of the instrumentation scope of all spans that ChainPulse makes. */
export const observedScope = "chainpulse";

/** Whose the spans of a watched program are, as a resource says it. One object for many spans: the store keeps it once. */
export function observedSource(node: string, service: string): TelemetrySource {
  const resource = { "service.name": service, "chainpulse.node": node };
  return { resource, scopeName: observedScope, scopeVersion: version, scopeAttributes: {} };
}

/** W3C Trace Context, "trace-flags": it was sampled, for what is not is not told. */
const sampledFlag = 1;

/** The span as it is stored. */
export function spanOf({ service: _, ...span }: ObservedSpan, source: TelemetrySource): Span {
  return { ...span, source, traceState: "", flags: sampledFlag, droppedAttributes: 0, droppedEvents: 0, droppedLinks: 0 };
}

/** Characters of a name, and of an attribute's text; how many attributes, events and links a span has. A reorganisation names 64 hashes. */
export const observedSpanLimits = { name: 256, text: 1024, items: 64 } as const;

const timeNsMax = 2n ** 63n;

/** Whether a span may be stored: its ids are ids, it does not end before it begins, and what it says is bounded and Unicode. */
export function isStorableSpan(span: ObservedSpan): boolean {
  const { name: nameMax, items: itemsMax } = observedSpanLimits;
  const { traceId, spanId, parentSpanId, name, service, statusMessage, startNs, endNs, events, links } = span;
  return (
    isId(traceId, 32) &&
    isId(spanId, 16) &&
    (parentSpanId === "" || isId(parentSpanId, 16)) &&
    [name, service, statusMessage].every((text) => text.length <= nameMax && text.isWellFormed()) &&
    startNs >= 0n &&
    startNs <= endNs &&
    endNs < timeNsMax &&
    events.length <= itemsMax &&
    links.length <= itemsMax &&
    [span, ...events, ...links].every(({ attributes }) => areBounded(attributes))
  );
}

function isId(text: string, digits: number): boolean {
  return text.length === digits && /^[0-9a-f]+$/.test(text) && !/^0+$/.test(text);
}

function areBounded(attributes: Attributes): boolean {
  const { text: textMax, items: itemsMax } = observedSpanLimits;
  const entries = Object.entries(attributes);
  return (
    entries.length <= itemsMax &&
    entries.every(([key, value]) => {
      if (key.length > textMax || !key.isWellFormed()) return false;
      if (typeof value === "string") return value.length <= textMax && value.isWellFormed();
      return typeof value === "boolean" || typeof value === "bigint" || Number.isFinite(value);
    })
  );
}
