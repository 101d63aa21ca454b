/** Log records, newest first. */
import { z } from "zod";
import { msOfNs } from "../../core/nanoseconds.ts";
import type { LogRecord } from "../../core/span.ts";
import { serviceOf } from "../../core/telemetry-source.ts";
import { attributesJson, plainJson } from "../../query/telemetry/attribute-json.ts";
import { clientGone } from "../http/client-gone.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { nodeParams, requireNode } from "../rest/shapes.ts";
import { timeText } from "../rest/time-range.ts";
import type { Services } from "../services.ts";
import { pageFields, rangeNs, readPage, tag, traceIdText, warnings } from "./fields.ts";

const attributes = z.record(z.string(), z.json());

const record = z
  .object({
    timeMs: z.number().meta({ description: "When it happened, or was seen where that is not known; ms since the epoch." }),
    timeUnixNano: z.string().nullable().meta({ description: "When it happened; null where the source does not say." }),
    observedTimeUnixNano: z.string(),
    severityNumber: z
      .number()
      .meta({ description: "1–4 trace, 5–8 debug, 9–12 info, 13–16 warn, 17–20 error, 21–24 fatal; 0: not said." }),
    severityText: z.string(),
    service: z.string(),
    body: z.json(),
    eventName: z.string(),
    traceId: z.string().meta({ description: "Empty where it belongs to no trace." }),
    spanId: z.string(),
    attributes,
    resource: attributes,
    scope: z.object({ name: z.string(), version: z.string(), attributes }),
  })
  .meta({ id: "LogRecord" });

/** A record as the APIs show it. */
export type LogJson = ReturnType<typeof logJson>;

export function logJson({ source, ...log }: LogRecord) {
  return {
    timeMs: msOfNs(log.timeNs ?? log.observedNs),
    timeUnixNano: log.timeNs === null ? null : String(log.timeNs),
    observedTimeUnixNano: String(log.observedNs),
    severityNumber: log.severity,
    severityText: log.severityText,
    service: serviceOf(source.resource),
    body: plainJson(log.body),
    eventName: log.eventName,
    traceId: log.traceId,
    spanId: log.spanId,
    attributes: attributesJson(log.attributes),
    resource: attributesJson(source.resource),
    scope: { name: source.scopeName, version: source.scopeVersion, attributes: attributesJson(source.scopeAttributes) },
  };
}

const listQuery = z.strictObject({
  from: timeText.optional().meta({ description: "By default an hour ago; with a trace, from the beginning of time." }),
  to: timeText.optional().meta({ description: "By default now; with a trace, to the end of time." }),
  service: z.string().max(512).optional().meta({ description: "`service.name` of the resource." }),
  severity: z.coerce.number().int().min(0).max(24).optional().meta({ description: "At least this number; 17 is an error." }),
  text: z.string().max(512).optional().meta({ description: "In the body or the event's name, in capitals or not." }),
  traceId: traceIdText.optional(),
  ...pageFields,
});

async function listLogs(
  services: Services,
  { from, to, limit, cursor, ...conditions }: z.output<typeof listQuery>,
  node: string | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  // Who has a trace wants its records, and a page about it has no time range of its own.
  const isWholeTrace = conditions.traceId !== undefined && from === undefined && to === undefined;
  const range = isWholeTrace ? allTime : rangeNs({ from: from ?? "-1h", to: to ?? "now" }, services.clock.nowMs());
  const filter = { ...range, ...conditions, node };
  const { items, ...rest } = await services.telemetry.logs(filter, readPage({ limit, cursor }), signal);
  return { records: items.map(({ item }) => logJson(item)), ...rest };
}

/** All that an index can hold. */
const allTime = { fromNs: -(2n ** 63n), toNs: 2n ** 63n } as const;

const list = z.object({ records: z.array(record), next: z.string().nullable(), warnings });

export const logRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/logs",
    access: "read",
    tag,
    summary: "Log records of the range, newest first.",
    query: listQuery,
    answer: { status: 200, schema: list },
    handle: ({ services }, { query, reply }) => listLogs(services, query, undefined, clientGone(reply)),
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/nodes/:nodeId/logs",
    access: "read",
    tag,
    summary: "The same of one node: its id is the resource's chainpulse.node, host.name or service.instance.id.",
    params: nodeParams,
    query: listQuery,
    answer: { status: 200, schema: list },
    handle({ services }, { params, query, reply }) {
      requireNode(services, params.nodeId);
      return listLogs(services, query, params.nodeId, clientGone(reply));
    },
  }),
];
