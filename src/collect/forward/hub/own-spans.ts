/** Which of an agent's spans go to its hub: those of its own node, which they then name. */
import type { Span, TelemetrySource } from "../../../core/span.ts";
import { nodeAttribute } from "../../../core/telemetry-source.ts";

/**
 * Spans whose resource names no node came from a program beside the agent, by OTLP, and are the agent's; those that name another one are
 * that one's business. Spans of one source stand together, in their order.
 */
export function ownSpans(spans: readonly Span[], node: string): readonly Span[] {
  return [...Map.groupBy(spans, ({ source }) => source)].flatMap(([source, all]) => {
    const named = ownSource(source, node);
    return named === null ? [] : all.map((span) => ({ ...span, source: named }));
  });
}

function ownSource(source: TelemetrySource, node: string): TelemetrySource | null {
  const { resource } = source;
  const isOwn = !Object.hasOwn(resource, nodeAttribute) || resource[nodeAttribute] === node;
  return isOwn ? { ...source, resource: { ...resource, [nodeAttribute]: node } } : null;
}
