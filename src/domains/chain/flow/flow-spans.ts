/**
 * Makes spans of what the flows say: their ids are worked out of what they are about, so that every agent comes to the same trace, none comes to
 * another's span, and a span that is told again with more in it replaces the one before.
 */
import { flowAttributes as a, type FlowSpanName, flowSpans } from "../../../core/flow-names.ts";
import { type FlowRoot, flowSpanId, type FlowSpanOwner, flowTraceparent } from "../../../core/flow-span-id.ts";
import { nsOfMs } from "../../../core/nanoseconds.ts";
import type { Attributes, SpanEvent, SpanLink } from "../../../core/span.ts";
import type { ClientContext } from "../client/client-kind.ts";

export interface FlowSpan {
  /** Of the transaction or block, as `flowHash` gives it. */
  readonly hash: string;
  readonly name: FlowSpanName;
  /** How manieth of that name in its trace at this client, from 1. Default: 1. */
  readonly occurrence?: number;
  /** ms since the epoch. One that ends before it begins has no length. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes?: Attributes;
  /** Why it failed; left out or `null`: it did not. */
  readonly error?: string | null;
  readonly events?: readonly SpanEvent[];
  readonly links?: readonly SpanLink[];
}

export interface FlowSpans {
  tell(span: FlowSpan): void;
  /** A link to the root of a block's trace at this client. */
  linkTo(blockHash: string): SpanLink;
  /** The header with which a question to the client joins the trace of what it is about, below this client's root. */
  traceparent(hash: string, root: FlowRoot): string;
}

/** Where tracing is switched off, nothing is told. */
export function openFlowSpans(context: Pick<ClientContext, "chain" | "node" | "span" | "target">): FlowSpans {
  const { node, target, chain } = context;
  const ownerOf = (hash: string): FlowSpanOwner => ({ hash, node, client: target.name });
  const idOf = (hash: string, name: FlowSpanName, occurrence?: number): string => flowSpanId(ownerOf(hash), name, occurrence);

  return {
    tell({ hash, name, occurrence, startMs, endMs, attributes = {}, error = null, events = [], links = [] }) {
      if (!chain.tracing.enabled) return;
      const root = rootOf(name);
      const isRoot = name === root;
      context.span({
        traceId: hash.slice(0, 32),
        spanId: idOf(hash, name, occurrence),
        parentSpanId: isRoot ? "" : idOf(hash, root),
        name,
        kind: "internal",
        startNs: nsOfMs(startMs),
        endNs: nsOfMs(Math.max(startMs, endMs)),
        status: error === null ? "unset" : "error",
        statusMessage: error ?? "",
        attributes: isRoot ? { [a.node]: node, ...attributes } : attributes,
        events,
        links,
      });
    },
    linkTo: (blockHash) => ({
      traceId: blockHash.slice(0, 32),
      spanId: idOf(blockHash, flowSpans.block),
      traceState: "",
      attributes: {},
      droppedAttributes: 0,
      flags: 1,
    }),
    traceparent: (hash, root) => flowTraceparent(ownerOf(hash), root),
  };
}

/** Something that happened at a time, ms since the epoch. */
export function spanEvent(name: string, timeMs: number): SpanEvent {
  return { timeNs: nsOfMs(timeMs), name, attributes: {}, droppedAttributes: 0 };
}

/** To whole µs: what is beyond is noise of the sums. */
export function roundedMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

function rootOf(name: FlowSpanName): FlowRoot {
  return name.startsWith(flowSpans.block) ? flowSpans.block : flowSpans.transaction;
}
