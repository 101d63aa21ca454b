/**
 * Ids of the spans that ChainPulse makes of transactions and blocks, worked out of what they are about: every agent comes to the same ones, and
 * so does whoever wants to join a trace before there is any span of it. Apart from `flow-names.ts`, because pages need no hashes.
 */
import { createHash } from "node:crypto";
import type { FlowSpanName, flowSpans } from "./flow-names.ts";

/** What a span is of: a transaction or block, as `flowHash` gives it, at a client of a node. */
export interface FlowSpanOwner {
  readonly hash: string;
  readonly node: string;
  /** The client's name on its node. */
  readonly client: string;
}

export type FlowRoot = typeof flowSpans.transaction | typeof flowSpans.block;

/** 16 hex digits. `occurrence`: how manieth of that name, from 1. */
export function flowSpanId({ hash, node, client }: FlowSpanOwner, name: FlowSpanName, occurrence = 1): string {
  return createHash("sha256").update([hash, node, client, name, occurrence].join("\0")).digest("hex").slice(0, 16);
}

/**
 * The header with which a request to the client joins the trace of what it is about, below that client's root. Source: W3C Trace Context,
 * "traceparent": version 00, sampled.
 */
export function flowTraceparent(owner: FlowSpanOwner, root: FlowRoot): string {
  return `00-${owner.hash.slice(0, 32)}-${flowSpanId(owner, root)}-01`;
}
