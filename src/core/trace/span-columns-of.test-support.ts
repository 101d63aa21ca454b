/** Columns of spans, for tests: the store makes those of a trace from its index, without their bodies. */
import type { Span } from "../span.ts";
import { type ColumnOperation, type SpanColumns, spanFlags } from "../span-columns.ts";
import { indexed, nodesOf, serviceOf } from "../telemetry-source.ts";
import { resolveParents } from "./resolve-parents.ts";

/** What columns take of a span. */
export interface SpanRow {
  /** 16 hex digits. */
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly isFailed: boolean;
  readonly service: string;
  readonly name: string;
  /** Empty where it says none. */
  readonly node: string;
}

/** All of one trace, in any order. */
export function columnsOf(spans: readonly Span[]): SpanColumns {
  const places = new Map<Span["source"], { readonly service: string; readonly node: string }>();
  const placeOf = ({ source }: Span): { readonly service: string; readonly node: string } => {
    const known = places.get(source);
    if (known !== undefined) return known;
    const place = { service: serviceOf(source.resource), node: nodesOf(source.resource)[0] ?? "" };
    places.set(source, place);
    return place;
  };
  return columnsOfRows(
    spans.map((span) => {
      const { spanId, parentSpanId, startNs, endNs, status } = span;
      const name = indexed(span.name);
      return { spanId, parentSpanId, startNs, endNs, isFailed: status === "error", name, ...placeOf(span) };
    }),
  );
}

/** The same of rows of an index. */
export function columnsOfRows(unsorted: readonly SpanRow[]): SpanColumns {
  const rows = byStart(unsorted);
  const originNs = rows[0]?.startNs ?? 0n;
  const nodes = new Numbered<string>((text) => text);
  const { parent, flags } = resolveParents(
    rows.map(({ spanId }) => spanId),
    rows.map(({ parentSpanId }) => (parentSpanId === "" ? null : parentSpanId)),
    rows.map((row) => nodes.numberOf(row.node)),
  );
  const startMs = new Float64Array(rows.length);
  const durationMs = new Float64Array(rows.length);
  const operation = new Uint32Array(rows.length);
  const node = new Uint32Array(rows.length);
  const spanIds = new DataView(new ArrayBuffer(rows.length * 8));
  const operations = new Numbered<ColumnOperation>(({ service, name }) => `${service.length} ${service} ${name}`);
  for (const [row, span] of rows.entries()) {
    startMs[row] = Number(span.startNs - originNs) / 1e6;
    durationMs[row] = Number(span.endNs - span.startNs) / 1e6;
    operation[row] = operations.numberOf({ service: span.service, name: span.name });
    node[row] = nodes.numberOf(span.node);
    if (span.isFailed) flags[row] = (flags[row] ?? 0) | spanFlags.failed;
    spanIds.setBigUint64(row * 8, BigInt(`0x${span.spanId}`));
  }
  return {
    originNs,
    startMs,
    durationMs,
    parent,
    operation,
    node,
    flags,
    spanIds: new Uint8Array(spanIds.buffer),
    operations: operations.items,
    nodes: nodes.items,
  };
}

/** Of equal times, by their ids. Comparing big integers takes ten times as long as comparing numbers, so that only decides where those are equal. */
function byStart(rows: readonly SpanRow[]): readonly SpanRow[] {
  const [{ startNs: zeroNs } = { startNs: 0n }] = rows;
  const keyed = rows.map((row) => ({ row, key: Number(row.startNs - zeroNs) }));
  return keyed.sort((a, b) => a.key - b.key || inFull(a.row, b.row)).map(({ row }) => row);
}

function inFull(a: SpanRow, b: SpanRow): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  return a.spanId < b.spanId ? -1 : Number(a.spanId > b.spanId);
}

/** Each thing once, in the order in which they come. */
class Numbered<T> {
  readonly items: T[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #keyOf: (item: T) => string;

  constructor(keyOf: (item: T) => string) {
    this.#keyOf = keyOf;
  }

  numberOf(item: T): number {
    const key = this.#keyOf(item);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}
