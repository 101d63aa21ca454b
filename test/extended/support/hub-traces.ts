/** Traces as a hub's REST API tells them, in the shape that a test compares. */
import { z } from "zod";
import type { HubProcess } from "../../../bench/support/hub-process.ts";

export interface ToldSpan {
  readonly node: string;
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** ms since the epoch, by the clock of its node. */
  readonly startMs: number;
  readonly endMs: number;
  readonly isFailed: boolean;
  readonly message: string;
  readonly attributes: Attributes;
  /** Traces that it is linked to. */
  readonly links: readonly string[];
}

export type Attributes = ReadonlyMap<string, string | number | boolean>;

const attribute = z.object({
  key: z.string(),
  value: z.union([
    z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
    z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
    z.object({ doubleValue: z.number() }).transform(({ doubleValue }) => doubleValue),
    z.object({ boolValue: z.boolean() }).transform(({ boolValue }) => boolValue),
  ]),
});
const attributes = z.array(attribute).transform((list) => new Map(list.map(({ key, value }) => [key, value])));
const nanoseconds = z.string().transform((text) => Number(BigInt(text) / 1000n) / 1000);
const span = z.object({
  name: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(""),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  status: z.object({ code: z.int().default(0), message: z.string().default("") }).prefault({}),
  attributes: attributes.prefault([]),
  links: z.array(z.object({ traceId: z.string() })).default([]),
});
const trace = z.object({
  spansLeftOut: z.literal(0),
  resourceSpans: z.array(
    z.object({ resource: z.object({ attributes }), scopeSpans: z.array(z.object({ spans: z.array(span) })) }),
  ),
});
const list = z.object({ traces: z.array(z.object({ traceId: z.string() })), next: z.string().nullable() });

/** Of OpenTelemetry's trace.proto, Status.StatusCode. */
const failed = 2;

/** By their start, in each node's own time; empty where there is no such trace. */
export async function readTrace(hub: HubProcess, traceId: string): Promise<readonly ToldSpan[]> {
  try {
    return toldSpans(await hub.json(`/api/v1/performance/traces/${traceId}`));
  } catch (error) {
    if (error instanceof Error && error.message.includes(": 404 ")) return [];
    throw error;
  }
}

/** What the answer about one trace holds, by their start. */
export function toldSpans(answer: unknown): readonly ToldSpan[] {
  const { resourceSpans } = trace.parse(answer);
  const told = resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ startTimeUnixNano, endTimeUnixNano, status, links, ...rest }): ToldSpan => ({
        ...rest,
        node: String(resource.attributes.get("chainpulse.node")),
        startMs: startTimeUnixNano,
        endMs: endTimeUnixNano,
        isFailed: status.code === failed,
        message: status.message,
        links: links.map(({ traceId: linked }) => linked),
      })),
    ),
  );
  return told.toSorted((a, b) => a.startMs - b.startMs);
}

/** Ids of all traces that begin in the range and have a span of that name. */
export async function listTraces(hub: HubProcess, name: string, fromMs: number, toMs: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const asked = new URLSearchParams({ name, from: String(fromMs / 1000), to: String(toMs / 1000), limit: "500" });
    if (cursor !== null) asked.set("cursor", cursor);
    const { traces, next } = list.parse(await hub.json(`/api/v1/performance/traces?${asked.toString()}`));
    ids.push(...traces.map(({ traceId }) => traceId));
    cursor = next;
  } while (cursor !== null);
  return ids;
}
