/** The nodes that report here; one until there is a hub. */
import { z } from "zod";
import type { CollectStatus } from "../../collect/api.ts";
import { checkStatuses, overallStatus } from "../../core/check.ts";
import type { ServeContext } from "../context.ts";
import { defineRoute, type Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { labels, nodeParams, requireNode, tag } from "./shapes.ts";

/** `up`: a tick within the last five intervals; `stale`: not; `disabled`: the configuration switches collection off. */
export const nodeStatuses = ["up", "stale", "disabled"] as const;

const node = z.object({
  id: z.string(),
  type: z.string(),
  labels,
  role: z.string(),
  version: z.string(),
  status: z.enum(nodeStatuses),
  lastSampleMs: z.number().nullable(),
});

/** A node in a list. */
export type NodeSummary = z.output<typeof node>;

const headline = z.object({ status: z.enum(checkStatuses), sentence: z.string() });

/** The local node, now. */
export async function readNode({ services, ticks }: Pick<ServeContext, "services" | "ticks">): Promise<NodeSummary> {
  const [status, lastSampleMs] = await Promise.all([ticks.collectStatus(), ticks.latestMs()]);
  const { node: configured } = services.config();
  return {
    id: services.nodeId,
    type: configured.type,
    labels: configured.labels,
    role: services.role,
    version: services.version,
    status: statusOf(services, status),
    lastSampleMs,
  };
}

function statusOf(services: Services, { lastTickMs }: CollectStatus): NodeSummary["status"] {
  const config = services.config();
  if (!config.enabled) return "disabled";
  return lastTickMs !== null && services.clock.nowMs() - lastTickMs <= 5 * config.sampling_interval_ms ? "up" : "stale";
}

/** The worst check's sentence. */
async function readHeadline(services: Services): Promise<z.output<typeof headline>> {
  const checks = await services.analyse.checks();
  const status = overallStatus(checks);
  const [worst] = checks;
  if (worst === undefined) return { status, sentence: "No check has run yet." };
  const passed = checks.filter((check) => check.status === "ok").length;
  return { status, sentence: status === "ok" ? `${passed} checks pass.` : worst.message };
}

export const nodeRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/nodes",
    access: "read",
    tag,
    summary: "The nodes that report here.",
    answer: { status: 200, schema: z.object({ nodes: z.array(node), next: z.string().nullable() }) },
    handle: async (context) => ({ nodes: [await readNode(context)], next: null }),
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/nodes/:nodeId",
    access: "read",
    tag,
    summary: "One node, and the worst that its checks say.",
    params: nodeParams,
    answer: { status: 200, schema: node.extend({ headline }) },
    async handle(context, { params }) {
      requireNode(context.services, params.nodeId);
      const [summary, worst] = await Promise.all([readNode(context), readHeadline(context.services)]);
      return { ...summary, headline: worst };
    },
  }),
];
