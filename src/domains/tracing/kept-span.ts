/** What of a span is kept while its flow is open: whoever sends spans may say megabytes with each of them. */
import { flowAttributes } from "../../core/flow-names.ts";
import type { AttributeValue, Span, TelemetrySource } from "../../core/span.ts";
import { nodeAttribute, nodesOf, serviceOf } from "../../core/telemetry-source.ts";

const names: ReadonlySet<string> = new Set(Object.values(flowAttributes));
/** Characters of a text: a hash has 66, an address of Substrate 48. Longer ones are left out. */
const textMax = 128;
/** Characters that a span of an observer has at most, in all of its texts; what has more counts as several. */
const charsOfOne = 1024;

export interface KeptSpan {
  readonly span: Span;
  /** As how many it counts where spans are bounded. */
  readonly weight: number;
}

/** The span with what the analysis of flows reads of it. */
export function keptSpan({ source, attributes, ...rest }: Span): KeptSpan {
  const entries = Object.entries(attributes).filter(([name, value]) => names.has(name) && isShort(value));
  const chars = entries.reduce((sum, [, value]) => sum + (typeof value === "string" ? value.length : 0), 0);
  return {
    span: { ...rest, ...noMore, source: keptSource(source), attributes: Object.fromEntries(entries) },
    weight: 1 + Math.floor(chars / charsOfOne),
  };
}

const noMore = { traceState: "", events: [], links: [] } as const;

function isShort(value: AttributeValue): boolean {
  return typeof value === "string" ? value.length <= textMax : typeof value !== "object";
}

/** Many spans come with one source. */
const sources = new WeakMap<TelemetrySource, TelemetrySource>();

function keptSource(source: TelemetrySource): TelemetrySource {
  const known = sources.get(source) ?? shortSource(source);
  sources.set(source, known);
  return known;
}

function shortSource({ resource, scopeName }: TelemetrySource): TelemetrySource {
  const [node] = nodesOf(resource);
  const named = node === undefined ? {} : { [nodeAttribute]: node };
  return { resource: { "service.name": serviceOf(resource), ...named }, scopeName, scopeVersion: "", scopeAttributes: {} };
}
