/** `GET …/processes`: the process table by pages. */
import { z } from "zod";
import { defineRoute, type Route } from "../http/route.ts";
import { processPage, readProcesses } from "../views/process-page.ts";
import { nodeParams, requireNode, tag } from "./shapes.ts";

export const processRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/nodes/:nodeId/processes",
    access: "read",
    tag,
    summary: "The node's processes at the newest tick.",
    params: nodeParams,
    query: z.strictObject({
      sort: z.string().max(64).optional(),
      order: z.enum(["asc", "desc"]).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(50),
      cursor: z
        .string()
        .regex(/^\d{1,6}$/)
        .optional(),
    }),
    answer: { status: 200, schema: processPage },
    handle({ services, ticks, plan }, { params, query: { cursor, ...query } }) {
      requireNode(services, params.nodeId);
      return readProcesses(services, ticks, plan, { ...query, node: params.nodeId, offset: Number(cursor ?? 0) });
    },
  }),
];
