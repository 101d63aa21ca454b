/** The root field `nodes`: the pages of the fleet that REST gives, as a connection. */
import { type GraphQLFieldConfig, GraphQLFloat, GraphQLInt, GraphQLObjectType, GraphQLString } from "graphql";
import { ChainPulseError } from "../../core/errors.ts";
import { cursorOfRow, type FleetRow, fleetQuery, pageMax, readFleetPage } from "../fleet/fleet-page.ts";
import { nodeStatuses } from "../fleet/fleet-nodes.ts";
import {
  checkStatus,
  connectionType,
  enumOf,
  id,
  labelType,
  listOf,
  number,
  required,
  text,
  undescribed,
} from "./common-types.ts";
import type { GraphqlContext } from "./context.ts";

const clockType = new GraphQLObjectType({
  name: "ClockOffset",
  fields: {
    offsetMs: { type: number, description: "How far the hub's clock is ahead of the node's." },
    errorMs: { type: number, description: "By how much that may be wrong, either way." },
  },
});

const bufferType = new GraphQLObjectType({
  name: "AgentBuffer",
  description: "What waits on the node, because the hub has not taken it yet.",
  fields: {
    bytes: { type: number },
    maxBytes: { type: number },
    oldestMs: { type: GraphQLFloat, description: "Of the oldest sample that waits." },
  },
});

const stateType = new GraphQLObjectType({
  name: "AgentState",
  description: "What an agent says of itself with every batch.",
  fields: {
    clock: { type: clockType },
    buffer: { type: required(bufferType) },
    droppedSamples: { type: number, description: "Lost, because the buffer was full." },
    tlsGroup: { type: GraphQLString, description: "The group that the connection's keys were agreed with." },
  },
});

const agentType = new GraphQLObjectType({
  name: "Agent",
  description: "What is known of a node that reports from elsewhere.",
  fields: {
    firstSeenMs: { type: number },
    lastSeenMs: { type: number },
    address: { type: text },
    samplingIntervalMs: { type: number },
    storedSamples: { type: number },
    refusedSamples: { type: number },
    refusal: { type: GraphQLString, description: "Why samples were refused last." },
    state: { type: stateType },
  },
});

const figureType = new GraphQLObjectType({
  name: "Figure",
  description: "A headline figure; what it is and its unit stand in REST's `columns`.",
  fields: { name: { type: text }, value: { type: GraphQLFloat } },
});

const nodeType = new GraphQLObjectType<FleetRow>({
  name: "Node",
  description: "A node that reports here.",
  fields: {
    id: { type: id },
    type: { type: text },
    labels: {
      type: listOf(labelType),
      resolve: ({ labels }) => Object.entries(labels).map(([name, value]) => ({ name, value })),
    },
    role: { type: text },
    version: { type: GraphQLString, description: "Null for a node that has not come yet." },
    status: { type: required(enumOf("NodeStatus", "Whether a node reports.", undescribed(nodeStatuses))) },
    lastSampleMs: { type: GraphQLFloat },
    health: { type: required(checkStatus), description: "The worst alert that fires for it." },
    figures: {
      type: listOf(figureType),
      resolve: ({ figures }) => Object.entries(figures).map(([name, value]) => ({ name, value })),
    },
    agent: { type: agentType },
  },
});

interface NodesArguments {
  readonly first: number;
  readonly after?: string | null;
  readonly q?: string | null;
  readonly type?: string | null;
  readonly status?: string | null;
  readonly label?: string | null;
  readonly sort: string;
  readonly order: string;
}

const optional = { type: GraphQLString };

export const nodesField: GraphQLFieldConfig<unknown, GraphqlContext, NodesArguments> = {
  type: connectionType(nodeType),
  description: "The nodes that report here.",
  args: {
    first: { type: GraphQLInt, defaultValue: 50, description: `At most ${pageMax}.` },
    after: { type: GraphQLString, description: "The cursor of the last edge seen." },
    q: { ...optional, description: "Part of an id, a type, a label or an address." },
    type: { ...optional, description: "Several by comma." },
    status: { ...optional, description: "Several by comma." },
    label: { ...optional, description: "NAME=VALUE" },
    sort: { type: GraphQLString, defaultValue: "id", description: "id, type, status, health, lastSampleMs, or a figure." },
    order: { type: GraphQLString, defaultValue: "asc", description: "asc or desc." },
  },
  async resolve(_, { first, after, ...filters }, { serve }) {
    const given = Object.entries(filters).filter(([, value]) => value !== null);
    const asked = fleetQuery.safeParse({
      ...Object.fromEntries(given),
      limit: first,
      ...(typeof after === "string" ? { cursor: after } : {}),
    });
    if (!asked.success) throw new ChainPulseError("BAD_REQUEST", asked.error.issues.map(({ message }) => message).join("; "));
    const { nodes, next } = await readFleetPage(serve, serve.fleet, asked.data);
    const edges = nodes.map((node) => ({ cursor: cursorOfRow(serve.fleet, asked.data.sort, node), node }));
    return {
      edges,
      pageInfo: {
        hasNextPage: next !== null,
        hasPreviousPage: asked.data.cursor !== undefined,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      },
    };
  },
};
