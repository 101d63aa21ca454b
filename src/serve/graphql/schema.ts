/** The GraphQL schema: the declared views as types, and the same reads that REST makes as root fields. */
import { GraphQLError, type GraphQLFieldConfig, GraphQLInt, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { overallStatus } from "../../core/check.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { ViewGroup } from "../../core/view.ts";
import { readChecks } from "../fleet/node-health.ts";
import { findingsMax } from "../rest/health.ts";
import { queryGrid } from "../rest/history.ts";
import { knownNodeIds, requireNode } from "../rest/shapes.ts";
import { gridOf, parseTime, pointsMax } from "../rest/time-range.ts";
import type { Services } from "../services.ts";
import {
  annotationType,
  connectionArguments,
  connectionOf,
  connectionType,
  findingType,
  healthType,
  id,
  listOf,
  seriesType,
  text,
} from "./common-types.ts";
import type { GraphqlContext } from "./context.ts";
import { eventKinds, events } from "./event-fields.ts";
import { nodesField } from "./fleet-types.ts";
import { logs, trace, traces } from "./telemetry-fields.ts";
import { tickTimes } from "./tick-times.ts";
import { type NodeInstant, nodePerformanceType } from "./view-types.ts";

type RootField<Arguments> = GraphQLFieldConfig<unknown, GraphqlContext, Arguments>;

interface OfNode {
  readonly nodeId: string;
}

interface Page {
  readonly first: number;
  readonly after?: string | null;
}

const nodeId = { type: id, description: "A node's id; `nodes` lists them." };

const findings: RootField<OfNode & Page> = {
  type: connectionType(findingType),
  description: "What the analysers state about a node.",
  args: { nodeId, ...connectionArguments },
  async resolve(_, { nodeId: node, ...page }, { serve: { services } }) {
    checkNode(services, node);
    const all = await services.analyse.findings(findingsMax);
    return connectionOf(
      all.filter((finding) => finding.node === node),
      page,
    );
  },
};

const health: RootField<OfNode> = {
  type: healthType,
  description: "All checks of a node, worst first.",
  args: { nodeId },
  async resolve(_, { nodeId: node }, { serve: { services } }) {
    checkNode(services, node);
    const checks = await readChecks(services, node);
    return { node, status: overallStatus(checks), checks };
  },
};

const annotations: RootField<{ readonly from: string; readonly to: string }> = {
  type: listOf(annotationType),
  description: "Marks on the time axis.",
  args: { from: { type: text, defaultValue: "-1d" }, to: { type: text, defaultValue: "now" } },
  resolve(_, { from, to }, { serve: { services } }) {
    const nowMs = services.clock.nowMs();
    return services.query.annotations(parseTime(from, nowMs), parseTime(to, nowMs));
  },
};

interface SeriesArguments extends OfNode {
  readonly query: string;
  readonly from: string;
  readonly to: string;
  readonly maxPoints: number;
}

const series: RootField<SeriesArguments> = {
  type: seriesType,
  description: "A PromQL expression over a range; $node, $rate and $window are filled in.",
  args: {
    nodeId,
    query: { type: text, description: "PromQL." },
    from: { type: text, defaultValue: "-15m", description: "RFC 3339, unix seconds, or relative." },
    to: { type: text, defaultValue: "now" },
    maxPoints: { type: GraphQLInt, defaultValue: 300, description: `At most ${pointsMax}.` },
  },
  async resolve(_, { nodeId: node, query, from, to, maxPoints }, { serve: { services }, values, gone }) {
    checkNode(services, node);
    if (maxPoints < 2 || maxPoints > pointsMax)
      throw new ChainPulseError("BAD_REQUEST", `maxPoints is not from 2 to ${pointsMax}`);
    const nowMs = services.clock.nowMs();
    const samplingIntervalMs = services.config().sampling_interval_ms;
    const grid = gridOf({ fromMs: parseTime(from, nowMs), toMs: parseTime(to, nowMs), maxPoints, samplingIntervalMs });
    const [result] = await queryGrid(services, [query], grid, { allowance: values, node, signal: gone });
    if (result?.error !== undefined) throw new GraphQLError(result.error.detail, { extensions: { code: result.error.code } });
    const found = (result?.series ?? []).map((one) => ({
      labels: Object.entries(one.labels).map(([name, value]) => ({ name, value })),
      values: one.values,
    }));
    return { fromMs: grid.startMs, stepMs: grid.stepMs, warnings: result?.warnings ?? [], series: found };
  },
};

/** A function of the views only: the SDL in `docs/` is printed from it without a server. */
export function buildSchema(groups: readonly ViewGroup[]): GraphQLSchema {
  const performance = nodePerformanceType(groups);
  const nodePerformance: RootField<OfNode & { readonly time?: string | null }> = {
    type: performance,
    description: "What one node does at one instant.",
    args: {
      nodeId,
      time: { type: GraphQLString, description: "RFC 3339, unix seconds, or relative; default: the newest tick." },
    },
    async resolve(_, { nodeId: node, time }, { serve: { services, ticks } }): Promise<NodeInstant> {
      checkNode(services, node);
      const timeMs = time === undefined || time === null ? await ticks.latestMs() : parseTime(time, services.clock.nowMs());
      return { node, timeMs };
    },
  };
  const everyTick: RootField<OfNode> = {
    type: performance,
    description: "The same at every tick. A client that is slower than the ticks misses some.",
    args: { nodeId },
    subscribe(_, { nodeId: node }, { serve: { services, ticks, closing }, mayRead }) {
      checkNode(services, node);
      return tickTimes({ ticks, closing, mayRead });
    },
    resolve: (timeMs, { nodeId: node }): NodeInstant => ({ node, timeMs: Number(timeMs) }),
  };
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: "Query",
      fields: {
        nodePerformance,
        nodes: nodesField,
        series,
        findings,
        health,
        annotations,
        traces,
        trace,
        logs,
        events,
        eventKinds,
      },
    }),
    subscription: new GraphQLObjectType({ name: "Subscription", fields: { nodePerformance: everyTick } }),
  });
}

/** As `requireNode`, with the known ids where a program finds them. */
function checkNode(services: Services, node: string): void {
  try {
    requireNode(services, node);
  } catch (error) {
    if (!(error instanceof ChainPulseError)) throw error;
    throw new GraphQLError(error.message, {
      extensions: { code: error.code, nodeIds: knownNodeIds(services) },
      originalError: error,
    });
  }
}
