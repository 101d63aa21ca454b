/** Spans and trees for the tests of this folder. */
import { flowAttributes, flowSpans } from "../flow-names.ts";
import { observedScope } from "../observed-span.ts";
import type { Attributes, Span } from "../span.ts";
import type { SpanColumns } from "../span-columns.ts";
import { columnsOfRows } from "./span-columns-of.test-support.ts";

/** A quarter past noon, 2025-11-25. */
export const zeroMs = 1_764_072_900_000;

/** Name, begin, end (ms), parent's name: a tree by hand. */
export type Drawn = readonly [name: string, fromMs: number, toMs: number, parent?: string | undefined, node?: string];

/** Rows are in the order of their begin; a span's operation is its name. */
export function columnsDrawn(drawn: readonly Drawn[]): SpanColumns {
  const ids = new Map(drawn.map(([name], index) => [name, (index + 1).toString(16).padStart(16, "0")]));
  return columnsOfRows(
    drawn.map(([name, fromMs, toMs, parent, node = ""]) => ({
      spanId: ids.get(name) ?? "",
      parentSpanId: parent === undefined ? "" : (ids.get(parent) ?? "f".repeat(16)),
      startNs: BigInt(zeroMs + fromMs) * 1_000_000n,
      endNs: BigInt(zeroMs + toMs) * 1_000_000n,
      isFailed: false,
      service: "s",
      name,
      node,
    })),
  );
}

export function nameOfRow(columns: SpanColumns, row: number): string {
  return columns.operations[columns.operation[row] ?? -1]?.name ?? "";
}

export interface FlowSpanPart {
  readonly node: string;
  readonly client?: string;
  readonly name: string;
  /** ms after `zeroMs`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly attributes?: Attributes;
  /** What failed; none: nothing. */
  readonly error?: string | undefined;
  readonly traceId?: string;
}

/** As an observer makes it, and the hub stores it. */
export function flowSpan(part: FlowSpanPart): Span {
  const { node, client = "litecoin", name, fromMs, toMs, attributes = {}, error } = part;
  const isRoot = name === flowSpans.transaction || name === flowSpans.block;
  return {
    source: {
      resource: { "service.name": client, "chainpulse.node": node },
      scopeName: observedScope,
      scopeVersion: "",
      scopeAttributes: {},
    },
    traceId: part.traceId ?? "ab".repeat(16),
    spanId: idOf(isRoot ? `${node} ${client}` : `${node} ${client} ${name} ${fromMs}`),
    parentSpanId: isRoot ? "" : idOf(`${node} ${client}`),
    traceState: "",
    flags: 1,
    name,
    kind: "internal",
    startNs: nsAfterZero(fromMs),
    endNs: nsAfterZero(toMs),
    status: error === undefined ? "unset" : "error",
    statusMessage: error ?? "",
    attributes,
    events: [],
    links: [],
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}

function nsAfterZero(ms: number): bigint {
  return BigInt(zeroMs) * 1_000_000n + BigInt(Math.round(ms * 1e6));
}

function idOf(text: string): string {
  let id = 0n;
  for (const character of text) id = (id * 31n + BigInt(character.charCodeAt(0))) % 2n ** 64n;
  return id.toString(16).padStart(16, "0");
}

/** How a node saw a transaction; times in ms after `zeroMs` by the node's own clock. */
export interface SeenTransaction {
  readonly node: string;
  readonly client?: string;
  readonly seenMs: number;
  /** Its block first seen, and canonical; none: it waits. */
  readonly block?: readonly [seenMs: number, canonicalMs: number];
  readonly blockHash?: string;
  /** How far the hub's clock is ahead, and by how much that may be wrong; none: not compared. */
  readonly clock?: readonly [offsetMs: number, errorMs: number];
  readonly resolutionMs?: number;
  readonly attributes?: Attributes;
  /** Further spans of this node. */
  readonly parts?: readonly Omit<FlowSpanPart, "node" | "client">[];
  readonly traceId?: string;
}

export function transactionSpans(seen: readonly SeenTransaction[]): readonly Span[] {
  return seen.flatMap(
    ({
      node,
      client = "litecoin",
      seenMs,
      block,
      blockHash = "b1",
      clock,
      resolutionMs = 0,
      attributes,
      parts = [],
      traceId,
    }) => {
      const at = traceId === undefined ? { node, client } : { node, client, traceId };
      const own = { [flowAttributes.resolutionMs]: resolutionMs };
      const root: Attributes = {
        ...own,
        [flowAttributes.hash]: (traceId ?? "ab".repeat(16)) + "cd".repeat(16),
        [flowAttributes.chainId]: "regtest",
        [flowAttributes.status]: block === undefined ? "pending" : "included",
        ...(clock === undefined ? {} : { [flowAttributes.clockOffsetMs]: clock[0], [flowAttributes.clockErrorMs]: clock[1] }),
        ...attributes,
      };
      const leftMs = block?.[0] ?? seenMs;
      return [
        flowSpan({ ...at, name: flowSpans.transaction, fromMs: seenMs, toMs: block?.[1] ?? seenMs, attributes: root }),
        flowSpan({ ...at, name: flowSpans.mempool, fromMs: seenMs, toMs: leftMs }),
        ...parts.map((part) => flowSpan({ ...at, ...part })),
        ...(block === undefined
          ? []
          : [
              flowSpan({
                ...at,
                name: flowSpans.include,
                fromMs: block[0],
                toMs: block[1],
                attributes: { ...own, [flowAttributes.blockHash]: blockHash },
              }),
            ]),
      ];
    },
  );
}

/** How a node saw a block. */
export interface SeenBlock {
  readonly node: string;
  readonly seenMs: number;
  readonly canonicalMs: number;
  readonly clock?: readonly [offsetMs: number, errorMs: number];
  readonly resolutionMs?: number;
  readonly parts?: readonly Omit<FlowSpanPart, "node" | "client">[];
  readonly traceId?: string;
}

export function blockSpans(seen: readonly SeenBlock[]): readonly Span[] {
  return seen.flatMap(({ node, seenMs, canonicalMs, clock, resolutionMs = 0, parts = [], traceId }) => {
    const at = traceId === undefined ? { node } : { node, traceId };
    const attributes = {
      [flowAttributes.resolutionMs]: resolutionMs,
      [flowAttributes.blockHash]: (traceId ?? "ab".repeat(16)) + "cd".repeat(16),
      [flowAttributes.blockNumber]: 812,
      [flowAttributes.blockStatus]: "canonical",
      ...(clock === undefined ? {} : { [flowAttributes.clockOffsetMs]: clock[0], [flowAttributes.clockErrorMs]: clock[1] }),
    };
    return [
      flowSpan({ ...at, name: flowSpans.block, fromMs: seenMs, toMs: canonicalMs, attributes }),
      ...parts.map((part) => flowSpan({ ...at, ...part })),
    ];
  });
}
