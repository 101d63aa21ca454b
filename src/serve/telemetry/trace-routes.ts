/** Traces: the list with its filters, one trace, and what names there are to filter by. */
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import { nsOfMs } from "../../core/nanoseconds.ts";
import { spanStatuses } from "../../core/span.ts";
import type { TraceFilter } from "../../core/telemetry-reader.ts";
import { summaryJson } from "../../query/telemetry/trace-json.ts";
import { clientGone } from "../http/client-gone.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { nodeParams, requireNode } from "../rest/shapes.ts";
import type { Services } from "../services.ts";
import { pageFields, rangeFields, rangeNs, readPage, spanIdText, tag, traceIdText, warnings } from "./fields.ts";

const operation = z.object({ service: z.string(), name: z.string() });

const summary = z
  .object({
    traceId: z.string(),
    startMs: z.number().meta({ description: "Of the span that begins first, ms since the epoch." }),
    durationMs: z.number().meta({ description: "To the latest end of a span; below 0 where a sender's clock was wrong." }),
    spans: z.number(),
    errors: z.number().meta({ description: "Spans whose status is an error." }),
    root: operation.nullable().meta({ description: "The span without a parent; null while it has not come." }),
    first: operation.meta({ description: "The span that begins first." }),
    services: z.array(z.object({ service: z.string(), spans: z.number(), errors: z.number() })),
  })
  .meta({ id: "TraceSummary" });

/** `key=value`: the key ends at the first `=`. */
const attributeField = z
  .string()
  .max(1024)
  .regex(/^[^=]+=/)
  .transform((text) => ({ key: text.slice(0, text.indexOf("=")), value: text.slice(text.indexOf("=") + 1) }));

const attributeFields = z
  .union([attributeField.transform((one) => [one]), z.array(attributeField).max(16)])
  .optional()
  .meta({
    description: "key=value, exactly, of the span or its resource; may be given several times, and then all must hold.",
  });

const conditionFields = {
  service: z.string().max(512).optional().meta({ description: "`service.name` of the resource." }),
  name: z.string().max(512).optional().meta({ description: "A span's whole name." }),
  status: z.enum(spanStatuses).optional(),
  minDurationMs: z.coerce.number().min(0).max(1e12).optional(),
  maxDurationMs: z.coerce.number().min(0).max(1e12).optional(),
  attribute: attributeFields,
} as const;

const conditions = z.object(conditionFields);

/** The conditions of a search as another door was sent them, `null` where nothing was; bounded as they are here. Errors: `BAD_REQUEST`. */
export function readConditions(sent: Readonly<Record<keyof typeof conditionFields, unknown>>): ReturnType<typeof conditionsOf> {
  const given = Object.entries(sent).filter(([, value]) => (value ?? null) !== null);
  const parsed = conditions.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new ChainPulseError("BAD_REQUEST", z.prettifyError(parsed.error));
  return conditionsOf(parsed.data);
}

const listQuery = z.strictObject({ ...rangeFields, ...conditionFields, ...pageFields });
const list = z.object({ traces: z.array(summary), next: z.string().nullable(), warnings });

/** The conditions of a search, without those on time and node. */
function conditionsOf(asked: z.output<typeof conditions>): Omit<TraceFilter, "fromNs" | "toNs" | "node"> {
  const { service, name, status, minDurationMs, maxDurationMs, attribute: attributes } = asked;
  return {
    service,
    name,
    status,
    minDurationNs: minDurationMs === undefined ? undefined : nsOfMs(minDurationMs),
    maxDurationNs: maxDurationMs === undefined ? undefined : nsOfMs(maxDurationMs),
    attributes,
  };
}

async function listTraces(
  services: Services,
  asked: z.output<typeof listQuery>,
  node: string | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const filter = { ...rangeNs(asked, services.clock.nowMs()), ...conditionsOf(asked), node };
  const { items, next, ...rest } = await services.telemetry.traces(filter, readPage(asked), signal);
  return { traces: items.map(({ item }) => summaryJson(item)), next, ...rest };
}

const attributes = z.array(z.object({ key: z.string(), value: z.looseObject({}) }));

/** OpenTelemetry's own schema describes it; this says as much as a reader of the document needs. */
const resourceSpans = z
  .object({
    resource: z.object({ attributes }),
    scopeSpans: z.array(
      z.object({
        scope: z.object({ name: z.string(), version: z.string(), attributes }),
        spans: z.array(z.looseObject({ traceId: z.string(), spanId: z.string(), name: z.string(), attributes })),
      }),
    ),
  })
  .meta({ id: "ResourceSpans", description: "OTLP's JSON: opentelemetry-proto, trace/v1/trace.proto." });

const wholeTrace = z.object({
  summary,
  spansLeftOut: z.number().meta({ description: "Spans beyond `limit`, and those that are damaged." }),
  warnings,
  resourceSpans: z.array(resourceSpans),
});

const columns = z
  .object({
    originNs: z.string().meta({ description: "Start of the first row, ns since the epoch." }),
    count: z.number(),
    startMs: z.string().meta({ description: "float64, ms after the origin." }),
    durationMs: z.string().meta({ description: "float64; below 0 where the sender's clock was set back meanwhile." }),
    parent: z.string().meta({ description: "int32, row of the parent; -1: none, or it is not there." }),
    operation: z.string().meta({ description: "uint32, place in `operations`." }),
    node: z.string().meta({ description: "uint32, place in `nodes`." }),
    flags: z
      .string()
      .meta({ description: "uint8; 1: its status is an error, 2: its parent is not there, 4: a circle was cut here." }),
    spanIds: z.string().meta({ description: "8 bytes each." }),
    operations: z.array(operation),
    nodes: z.array(z.string()),
  })
  .meta({ id: "SpanColumns", description: "Rows by their start; columns are the bytes of little-endian arrays in base64." });

const spansLeftOut = z.number().meta({ description: "Spans beyond the limit." });
const traceColumns = z.object({ summary, spansLeftOut, warnings, columns });
const spansOfId = z.object({ warnings, resourceSpans: z.array(resourceSpans) });

/** Rows of one answer: 11 MB. */
const rowsMax = 250_000;

/** Spans of a trace in one answer: ten times what a person looks at, and as many as the largest trace that is worth drawing. */
const spansMax = 100_000;

export const traceRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/traces",
    access: "read",
    tag,
    summary: "Traces that begin in the range, newest first; with conditions, those with a span that meets all of them.",
    query: listQuery,
    answer: { status: 200, schema: list },
    handle: ({ services }, { query, reply }) => listTraces(services, query, undefined, clientGone(reply)),
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/nodes/:nodeId/traces",
    access: "read",
    tag,
    summary: "The same of one node: its id is the resource's chainpulse.node, host.name or service.instance.id.",
    params: nodeParams,
    query: listQuery,
    answer: { status: 200, schema: list },
    handle({ services }, { params, query, reply }) {
      requireNode(services, params.nodeId);
      return listTraces(services, query, params.nodeId, clientGone(reply));
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/traces/:traceId",
    access: "read",
    tag,
    summary: "One trace with its spans, by their start.",
    params: z.object({ traceId: traceIdText }),
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(spansMax).default(spansMax) }),
    answer: { status: 200, schema: wholeTrace },
    async handle({ services }, { params: { traceId }, query, reply }) {
      const json = await services.telemetry.traceJson(traceId, query.limit, clientGone(reply));
      if (json === null) throw noSuchTrace(traceId);
      return sendJson(reply, json);
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/traces/:traceId/columns",
    access: "read",
    tag,
    summary: "One trace without what its spans say: what it takes to draw it.",
    params: z.object({ traceId: traceIdText }),
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(rowsMax).default(rowsMax) }),
    answer: { status: 200, schema: traceColumns },
    async handle({ services }, { params: { traceId }, query, reply }) {
      const json = await services.telemetry.columnsJson(traceId, query.limit, clientGone(reply));
      if (json === null) throw noSuchTrace(traceId);
      return sendJson(reply, json);
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/traces/:traceId/spans/:spanId",
    access: "read",
    tag,
    summary: "The span with that id, with all it says; several where a sender's ids are not unique.",
    params: z.object({ traceId: traceIdText, spanId: spanIdText }),
    answer: { status: 200, schema: spansOfId },
    async handle({ services }, { params: { traceId, spanId }, reply }) {
      const json = await services.telemetry.spansJson(traceId, spanId, clientGone(reply));
      if (json !== null) return sendJson(reply, json);
      throw new ChainPulseError("NOT_FOUND", `trace ${traceId} has no span ${spanId}`, {
        fix: "It has not come yet, or is older than what is kept (telemetry.traces in the configuration).",
      });
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/trace-operations",
    access: "read",
    tag,
    summary: "Names of services and their spans, sorted.",
    answer: { status: 200, schema: z.object({ operations: z.array(operation), warnings }) },
    handle: ({ services }, { reply }) => services.telemetry.operations(clientGone(reply)),
  }),
];

/** Text that the query thread has written. */
function sendJson(reply: FastifyReply, json: Uint8Array): Buffer {
  reply.type("application/json; charset=utf-8");
  return Buffer.from(json.buffer, json.byteOffset, json.byteLength);
}

export function noSuchTrace(traceId: string): ChainPulseError {
  return new ChainPulseError("NOT_FOUND", `no span of trace ${traceId} is stored`, {
    fix: "It has not come yet, or is older than what is kept (telemetry.traces in the configuration).",
  });
}
