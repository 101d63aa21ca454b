/** Root fields for events: the same reads that REST makes. */
import { type GraphQLFieldConfig, GraphQLID, GraphQLInt, GraphQLObjectType, GraphQLString } from "graphql";
import type { EventDeclaration, StoredEvent } from "../../core/node-event.ts";
import { eventFilterOf, eventKindsOf } from "../telemetry/event-routes.ts";
import { pageItemsMax } from "../telemetry/fields.ts";
import { connectionType, id, listOf, number, text } from "./common-types.ts";
import type { GraphqlContext } from "./context.ts";
import { pageOf, telemetryConnection, type TelemetryPage } from "./telemetry-page.ts";

const fieldType = new GraphQLObjectType({
  name: "EventField",
  fields: { name: { type: text }, value: { type: GraphQLString, description: "A text as it is, anything else as JSON." } },
});

const eventType = new GraphQLObjectType<StoredEvent, GraphqlContext>({
  name: "Event",
  description: "Something that happened at a node and has an identity: a block, a missed duty, a reorganisation.",
  fields: {
    kind: { type: text },
    node: { type: text },
    subject: { type: text, description: "Which of the node's programs it is about." },
    key: { type: text, description: "Its identity within kind, node and subject." },
    timeMs: { type: number, description: "When it happened." },
    fields: {
      type: listOf(fieldType),
      description: "What the kind declares; amounts in wei are decimal texts.",
      resolve: ({ fields }) =>
        Object.entries(fields).map(([name, value]) => ({
          name,
          value: typeof value === "string" || value === null ? value : JSON.stringify(value),
        })),
    },
  },
});

const kindFieldType = new GraphQLObjectType({
  name: "EventKindField",
  fields: { name: { type: text }, help: { type: text } },
});

const kindType = new GraphQLObjectType<EventDeclaration, GraphqlContext>({
  name: "EventKind",
  description: "A kind of events, and what their fields say.",
  fields: {
    kind: { type: text },
    title: { type: text },
    help: { type: text },
    fields: {
      type: listOf(kindFieldType),
      resolve: ({ fields }) => Object.entries(fields).map(([name, help]) => ({ name, help })),
    },
  },
});

interface EventArguments extends TelemetryPage {
  readonly nodeId: string;
  readonly kind: string;
  readonly subject?: string | null;
  readonly key?: string | null;
  readonly from?: string | null;
  readonly to?: string | null;
}

export const events: GraphQLFieldConfig<unknown, GraphqlContext, EventArguments> = {
  type: connectionType(eventType, {
    warnings: { type: listOf(GraphQLString), description: "What is missing: a damaged file." },
  }),
  description: "Events of one kind at a node, newest first.",
  args: {
    nodeId: { type: id },
    kind: { type: text, description: "One of eventKinds, e.g. chain.block." },
    subject: { type: GraphQLString },
    key: { type: GraphQLID, description: "A block's hash, for example." },
    from: { type: GraphQLString, description: "RFC 3339, unix seconds, or relative; default: the oldest one that is kept." },
    to: { type: GraphQLString },
    first: { type: GraphQLInt, defaultValue: 50, description: `At most ${pageItemsMax}.` },
    after: { type: GraphQLString, description: "The endCursor of the page before." },
  },
  async resolve(_, asked, { serve: { services }, gone }) {
    const filter = eventFilterOf(services, asked.nodeId, {
      kind: asked.kind,
      subject: asked.subject ?? undefined,
      key: asked.key ?? undefined,
      from: asked.from ?? undefined,
      to: asked.to ?? undefined,
    });
    const page = await services.telemetry.events(filter, pageOf(asked), gone ?? undefined);
    return telemetryConnection(page, (item) => item, asked);
  },
};

export const eventKinds: GraphQLFieldConfig<unknown, GraphqlContext> = {
  type: listOf(kindType),
  description: "The kinds of events that there are.",
  resolve: (_, __, { serve: { services } }) => eventKindsOf(services),
};
