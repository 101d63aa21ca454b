/** GraphQL types of traces and log records. */
import { type GraphQLFieldConfig, GraphQLInt, GraphQLObjectType, GraphQLString } from "graphql";
import { msOfNs } from "../../core/nanoseconds.ts";
import { type Attributes, type LogRecord, type Span, spanKinds, spanStatuses } from "../../core/span.ts";
import { serviceOf } from "../../core/telemetry-source.ts";
import { plainJson } from "../../query/telemetry/attribute-json.ts";
import { connectionType, enumOf, id, listOf, number, required, text, undescribed } from "./common-types.ts";
import type { GraphqlContext } from "./context.ts";

const count = required(GraphQLInt);
const kind = enumOf("SpanKind", "Which side of a call a span is.", undescribed(spanKinds));
export const spanStatus = enumOf("SpanStatus", "Whether what a span covers went well.", undescribed(spanStatuses));

const operation = new GraphQLObjectType({
  name: "Operation",
  description: "What a span is of.",
  fields: { service: { type: text }, name: { type: text } },
});

const serviceCount = new GraphQLObjectType({
  name: "ServiceOfTrace",
  fields: { service: { type: text }, spans: { type: count }, errors: { type: count } },
});

const summaryFields = {
  traceId: { type: id },
  startMs: { type: number, description: "Of the span that begins first, ms since the epoch." },
  durationMs: { type: number, description: "To the latest end of a span; below 0 where a sender's clock was wrong." },
  spans: { type: count, description: "How many there are." },
  errors: { type: count, description: "Spans whose status is an error." },
  root: { type: operation, description: "The span without a parent; null while it has not come." },
  first: { type: required(operation), description: "The span that begins first." },
  services: { type: listOf(serviceCount), description: "By number of spans." },
} as const;

const summaryType = new GraphQLObjectType({ name: "TraceSummary", description: "A trace in a list.", fields: summaryFields });

const attribute = new GraphQLObjectType({
  name: "Attribute",
  fields: { name: { type: text }, value: { type: text, description: "A text as it is, anything else as JSON." } },
});

/** The attributes of a resource, a span or a record as a list. */
function attributesField<Source>(
  description: string,
  read: (source: Source) => Attributes,
): GraphQLFieldConfig<Source, GraphqlContext> {
  const resolve = (source: Source): unknown =>
    Object.entries(read(source)).map(([name, value]) => ({
      name,
      value: typeof value === "string" ? value : JSON.stringify(plainJson(value)),
    }));
  return { type: listOf(attribute), description, resolve };
}

const spanEvent = new GraphQLObjectType<Span["events"][number], GraphqlContext>({
  name: "SpanEvent",
  fields: {
    timeMs: { type: number, resolve: ({ timeNs }) => msOfNs(timeNs) },
    name: { type: text },
    attributes: attributesField("Of the event.", ({ attributes }) => attributes),
  },
});

const spanLink = new GraphQLObjectType<Span["links"][number], GraphqlContext>({
  name: "SpanLink",
  fields: {
    traceId: { type: id },
    spanId: { type: id },
    attributes: attributesField("Of the link.", ({ attributes }) => attributes),
  },
});

const spanType = new GraphQLObjectType<Span, GraphqlContext>({
  name: "Span",
  fields: {
    spanId: { type: id },
    parentSpanId: { type: text, description: "Empty for a root." },
    service: { type: text, resolve: ({ source }) => serviceOf(source.resource) },
    name: { type: text },
    kind: { type: required(kind) },
    startMs: { type: number, resolve: ({ startNs }) => msOfNs(startNs) },
    startUnixNano: { type: text, description: "With all digits.", resolve: ({ startNs }) => String(startNs) },
    durationMs: { type: number, resolve: ({ startNs, endNs }) => msOfNs(endNs - startNs) },
    status: { type: required(spanStatus) },
    statusMessage: { type: text },
    attributes: attributesField("Of the span.", ({ attributes }) => attributes),
    resource: attributesField("Of what made the span.", ({ source }) => source.resource),
    scope: { type: text, description: "The instrumentation.", resolve: ({ source }) => source.scopeName },
    events: { type: listOf(spanEvent) },
    links: { type: listOf(spanLink) },
  },
});

export const traceType = new GraphQLObjectType({
  name: "Trace",
  description: "A trace with its first spans; REST answers all of them.",
  fields: {
    summary: { type: required(summaryType) },
    spans: { type: listOf(spanType), description: "By their start." },
    warnings: { type: listOf(GraphQLString), description: "What is missing: files that are damaged." },
  },
});

const logType = new GraphQLObjectType<LogRecord, GraphqlContext>({
  name: "LogRecord",
  fields: {
    timeMs: {
      type: number,
      description: "When it happened, or was seen where that is not known.",
      resolve: ({ timeNs, observedNs }) => msOfNs(timeNs ?? observedNs),
    },
    timeUnixNano: { type: text, description: "With all digits.", resolve: (log) => String(log.timeNs ?? log.observedNs) },
    severityNumber: { type: count, description: "17 and more is an error; 0: not said.", resolve: ({ severity }) => severity },
    severityText: { type: text },
    service: { type: text, resolve: ({ source }) => serviceOf(source.resource) },
    body: {
      type: text,
      description: "A text as it is, anything else as JSON.",
      resolve: ({ body }) => (typeof body === "string" ? body : JSON.stringify(plainJson(body))),
    },
    eventName: { type: text },
    traceId: { type: text, description: "Empty where it belongs to no trace." },
    spanId: { type: text },
    attributes: attributesField("Of the record.", ({ attributes }) => attributes),
    resource: attributesField("Of what made the record.", ({ source }) => source.resource),
  },
});

const warnings = {
  warnings: { type: listOf(GraphQLString), description: "What is missing: files that are damaged." },
} as const;

export const traceConnection = connectionType(summaryType, warnings);
export const logConnection = connectionType(logType, warnings);
