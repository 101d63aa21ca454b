/** Traces for tests, written as a list of spans. */
import { spanFlags, type SpanColumns } from "../../../core/span-columns.ts";
import { traceModel, type TraceModel } from "./trace-model.ts";

export interface SpanWish {
  readonly startMs: number;
  readonly durationMs: number;
  /** Row; default: a root. */
  readonly parent?: number;
  readonly name?: string;
  readonly service?: string;
  readonly node?: string;
  readonly failed?: boolean;
  readonly orphan?: boolean;
}

export function columnsWith(spans: readonly SpanWish[]): SpanColumns {
  const operations: { service: string; name: string }[] = [];
  const nodes: string[] = [];
  const operation = spans.map(({ service = "shop", name = "work" }) => {
    const known = operations.findIndex((one) => one.service === service && one.name === name);
    return known === -1 ? operations.push({ service, name }) - 1 : known;
  });
  const node = spans.map(({ node = "" }) => (nodes.includes(node) ? nodes.indexOf(node) : nodes.push(node) - 1));
  return {
    originNs: 0n,
    startMs: Float64Array.from(spans, ({ startMs }) => startMs),
    durationMs: Float64Array.from(spans, ({ durationMs }) => durationMs),
    parent: Int32Array.from(spans, ({ parent = -1 }) => parent),
    operation: Uint32Array.from(operation),
    node: Uint32Array.from(node),
    flags: Uint8Array.from(
      spans,
      ({ failed, orphan }) => (failed === true ? spanFlags.failed : 0) + (orphan === true ? spanFlags.orphan : 0),
    ),
    spanIds: new Uint8Array(8 * spans.length),
    operations,
    nodes,
  };
}

/** With times as sent. */
export function modelOf(spans: readonly SpanWish[]): TraceModel {
  return traceModel(columnsWith(spans), null);
}
