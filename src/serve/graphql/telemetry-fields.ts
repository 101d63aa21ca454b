/** Root fields for traces and log records: the same reads that REST makes. */
import { GraphQLFloat, type GraphQLFieldConfig, GraphQLID, GraphQLInt, GraphQLList, GraphQLString } from "graphql";
import { ChainPulseError } from "../../core/errors.ts";
import type { SpanStatus } from "../../core/span.ts";
import { summaryJson } from "../../query/telemetry/trace-json.ts";
import { requireNode } from "../rest/shapes.ts";
import type { Services } from "../services.ts";
import { pageItemsMax, rangeNs, traceIdText } from "../telemetry/fields.ts";
import { readConditions } from "../telemetry/trace-routes.ts";
import { id, text } from "./common-types.ts";
import type { GraphqlContext } from "./context.ts";
import { pageOf, telemetryConnection, type TelemetryPage } from "./telemetry-page.ts";
import { logConnection, spanStatus, traceConnection, traceType } from "./telemetry-types.ts";

type Field<Arguments> = GraphQLFieldConfig<unknown, GraphqlContext, Arguments>;

interface List extends TelemetryPage {
  readonly from: string;
  readonly to: string;
  readonly nodeId?: string | null;
  readonly service?: string | null;
}

const listArguments = {
  from: { type: text, defaultValue: "-1h", description: "RFC 3339, unix seconds, or relative." },
  to: { type: text, defaultValue: "now" },
  nodeId: {
    type: GraphQLID,
    description: "Only of this node: its id is the resource's chainpulse.node, host.name or service.instance.id.",
  },
  service: { type: GraphQLString, description: "`service.name` of the resource." },
  first: { type: GraphQLInt, defaultValue: 50, description: `At most ${pageItemsMax}.` },
  after: { type: GraphQLString, description: "The endCursor of the page before." },
} as const;

interface TraceList extends List {
  readonly name?: string | null;
  readonly status?: SpanStatus | null;
  readonly minDurationMs?: number | null;
  readonly maxDurationMs?: number | null;
  readonly attribute?: readonly string[] | null;
}

export const traces: Field<TraceList> = {
  type: traceConnection,
  description: "Traces that begin in the range, newest first; with conditions, those with a span that meets all of them.",
  args: {
    ...listArguments,
    name: { type: GraphQLString, description: "A span's whole name." },
    status: { type: spanStatus },
    minDurationMs: { type: GraphQLFloat },
    maxDurationMs: { type: GraphQLFloat },
    attribute: {
      type: new GraphQLList(text),
      description: "key=value, exactly, of the span or its resource; all of them must hold.",
    },
  },
  async resolve(_, asked, { serve: { services }, gone }) {
    const { service, name, status, minDurationMs, maxDurationMs, attribute } = asked;
    const conditions = readConditions({ service, name, status, minDurationMs, maxDurationMs, attribute });
    const filter = { ...scopeOf(services, asked), ...conditions };
    const page = await services.telemetry.traces(filter, pageOf(asked), gone ?? undefined);
    return telemetryConnection(page, summaryJson, asked);
  },
};

/** Spans in one answer: each field of each costs the library time in the main thread. */
const spansMax = 1000;

export const trace: Field<{ readonly traceId: string; readonly first: number }> = {
  type: traceType,
  description: "One trace; null where no span of it is stored.",
  args: { traceId: { type: id }, first: { type: GraphQLInt, defaultValue: 100, description: `Spans; at most ${spansMax}.` } },
  async resolve(_, { traceId, first }, { serve: { services }, gone }) {
    if (first < 1 || first > spansMax) throw new ChainPulseError("BAD_REQUEST", `first is not from 1 to ${spansMax}`);
    const found = await services.telemetry.trace(readTraceId(traceId), first, gone ?? undefined);
    return found === null ? null : { ...found, summary: summaryJson(found.summary) };
  },
};

interface LogList extends List {
  readonly severity?: number | null;
  readonly text?: string | null;
  readonly traceId?: string | null;
}

export const logs: Field<LogList> = {
  type: logConnection,
  description: "Log records of the range, newest first.",
  args: {
    ...listArguments,
    severity: { type: GraphQLInt, description: "At least this number; 17 is an error." },
    text: { type: GraphQLString, description: "In the body or the event's name, in capitals or not." },
    traceId: { type: GraphQLID },
  },
  async resolve(_, asked, { serve: { services }, gone }) {
    const conditions = {
      service: asked.service ?? undefined,
      severity: asked.severity ?? undefined,
      text: asked.text ?? undefined,
      traceId: typeof asked.traceId === "string" ? readTraceId(asked.traceId) : undefined,
    };
    const filter = { ...scopeOf(services, asked), ...conditions };
    const page = await services.telemetry.logs(filter, pageOf(asked), gone ?? undefined);
    return telemetryConnection(page, (item) => item, asked);
  },
};

/** Range and node of a list. Errors: `BAD_REQUEST`, `NODE_NOT_FOUND`. */
function scopeOf(
  services: Services,
  { from, to, nodeId }: List,
): { readonly fromNs: bigint; readonly toNs: bigint; readonly node: string | undefined } {
  const node = nodeId ?? undefined;
  if (node !== undefined) requireNode(services, node);
  return { ...rangeNs({ from, to }, services.clock.nowMs()), node };
}

function readTraceId(sentId: string): string {
  const parsed = traceIdText.safeParse(sentId);
  if (parsed.success) return parsed.data;
  throw new ChainPulseError("BAD_REQUEST", `${JSON.stringify(sentId.slice(0, 100))} is no trace id`, {
    fix: "It has 32 hex digits.",
  });
}
