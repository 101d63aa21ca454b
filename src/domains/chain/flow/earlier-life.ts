/** A transaction's life as an earlier watch of the client has stored it, read back from its spans. */
import {
  flowAttributes as a,
  flowHash,
  type FlowSpanName,
  flowSpans,
  type ObserverMethod,
  observerMethods,
  type TransactionStatus,
} from "../../../core/flow-names.ts";
import { flowSpanId, type FlowSpanOwner } from "../../../core/flow-span-id.ts";
import { msOfNs } from "../../../core/nanoseconds.ts";
import type { Attributes, Span, SpanEvent } from "../../../core/span.ts";
import type { FirstSight } from "./first-sight.ts";

/** Statuses of what is on its way. */
export const onTheirWay = ["pending", "reorged"] as const satisfies readonly TransactionStatus[];

/** What is told anew with every span is no part of `facts`. */
export interface EarlierLife {
  readonly first: FirstSight;
  readonly facts: Attributes;
  readonly events: readonly SpanEvent[];
  /** The last that was known of it, ms since the epoch. */
  readonly endMs: number;
  /** In the pool since, and how manieth time that was. */
  readonly waitsSinceMs: number;
  readonly waits: number;
  readonly queues: number;
  readonly inclusions: number;
}

/** Whoever tells a root adds them, or the hub does. */
const toldAnew: ReadonlySet<string> = new Set([
  a.chainId,
  a.client,
  a.node,
  a.simulated,
  a.hash,
  a.status,
  a.replacedBy,
  a.firstSeen,
  a.method,
  a.resolutionMs,
  a.ratio,
  a.clockOffsetMs,
  a.clockErrorMs,
]);

/** `spans`: those of one client in one trace. `null` where they are not those of a transaction that waits. */
export function earlierLife(spans: readonly Span[], { node, client }: Omit<FlowSpanOwner, "hash">): EarlierLife | null {
  const displayed = spans.map(({ attributes }) => attributes[a.hash]).find((hash) => typeof hash === "string") ?? "";
  const hash = flowHash(displayed);
  if (hash === null) return null;
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const spanOf = (name: FlowSpanName, occurrence = 1): Span | undefined =>
    byId.get(flowSpanId({ hash, node, client }, name, occurrence));
  const countOf = (name: FlowSpanName): number => {
    let count = 0;
    while (spanOf(name, count + 1) !== undefined) count++;
    return count;
  };
  // Where it was seen anew in its block there is another one with this id, which is none of those that wait.
  const rootId = flowSpanId({ hash, node, client }, flowSpans.transaction);
  const root = spans.find(
    ({ spanId, attributes }) => spanId === rootId && onTheirWay.some((status) => status === attributes[a.status]),
  );
  const waits = countOf(flowSpans.mempool);
  const wait = spanOf(flowSpans.mempool, waits);
  const method = observerMethods.find((one) => one === root?.attributes[a.method]);
  if (root === undefined || wait === undefined || method === undefined) return null;
  return {
    first: firstSight(root, { hash, displayed, method }),
    facts: Object.fromEntries(Object.entries(root.attributes).filter(([name]) => !toldAnew.has(name))),
    events: root.events,
    endMs: msOfNs(root.endNs),
    waitsSinceMs: msOfNs(wait.startNs),
    waits,
    queues: countOf(flowSpans.queued),
    inclusions: countOf(flowSpans.include),
  };
}

function firstSight(
  { attributes, startNs }: Span,
  known: { readonly hash: string; readonly displayed: string; readonly method: ObserverMethod },
): FirstSight {
  return {
    ...known,
    timeMs: msOfNs(startNs),
    resolutionMs: numberIn(attributes, a.resolutionMs, 0),
    isUnknown: attributes[a.firstSeen] === "unknown",
    ratio: numberIn(attributes, a.ratio, 1),
  };
}

function numberIn(attributes: Attributes, name: string, otherwise: number): number {
  const value = attributes[name];
  return typeof value === "number" ? value : otherwise;
}
