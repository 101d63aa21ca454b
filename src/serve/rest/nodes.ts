/** The nodes that report here, and each of them. */
import { z } from "zod";
import { checkStatuses, overallStatus } from "../../core/check.ts";
import type { ServeContext } from "../context.ts";
import { fleetNode, readAgent, readLocalNode } from "../fleet/fleet-nodes.ts";
import { fleetPage, fleetQuery, readFleetPage } from "../fleet/fleet-page.ts";
import { readChecks } from "../fleet/node-health.ts";
import { defineRoute, type Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { nodeParams, requireNode, tag } from "./shapes.ts";

const headline = z.object({ status: z.enum(checkStatuses), sentence: z.string() });

/** The worst check's sentence. */
async function readHeadline(services: Services, node: string): Promise<z.output<typeof headline>> {
  const checks = await readChecks(services, node);
  const [worst] = checks;
  if (worst === undefined) {
    return node === services.nodeId
      ? { status: "unknown", sentence: "No check has run yet." }
      : { status: "ok", sentence: "No alert fires for this node." };
  }
  const status = overallStatus(checks);
  const passed = checks.filter((check) => check.status === "ok").length;
  return { status, sentence: status === "ok" ? `${passed} checks pass.` : worst.message };
}

async function readNode(context: ServeContext, id: string): Promise<z.output<typeof fleetNode>> {
  return (id === context.services.nodeId ? null : readAgent(context.services, id)) ?? readLocalNode(context);
}

export const nodeRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/nodes",
    access: "read",
    tag,
    summary: "The nodes that report here, by pages: filtered and sorted on the server.",
    query: fleetQuery,
    answer: { status: 200, schema: fleetPage },
    handle: (context, { query }) => readFleetPage(context, context.fleet, query),
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/nodes/:nodeId",
    access: "read",
    tag,
    summary: "One node, and the worst that its checks say.",
    params: nodeParams,
    answer: { status: 200, schema: fleetNode.extend({ headline }) },
    async handle(context, { params: { nodeId } }) {
      requireNode(context.services, nodeId);
      const [node, worst] = await Promise.all([readNode(context, nodeId), readHeadline(context.services, nodeId)]);
      return { ...node, headline: worst };
    },
  }),
];
