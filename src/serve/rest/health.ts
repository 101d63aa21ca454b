/** Checks and findings, as the analyse stage keeps them; and what is announced but cannot be read yet. */
import { z } from "zod";
import { checkStatuses, overallStatus } from "../../core/check.ts";
import { readChecks } from "../fleet/node-health.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { absence, checkResult, finding, nodeParams, requireNode, tag } from "./shapes.ts";

/** The analyse stage keeps fewer than this; a page is a slice of all. */
export const findingsMax = 1000;

const base = "/api/v1/performance/nodes/:nodeId";

export const healthRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: `${base}/health`,
    access: "read",
    tag,
    summary: "The newest result of every check, worst first.",
    params: nodeParams,
    answer: {
      status: 200,
      schema: z.object({ node: z.string(), status: z.enum(checkStatuses), checks: z.array(checkResult) }),
    },
    async handle({ services }, { params }) {
      requireNode(services, params.nodeId);
      const checks = await readChecks(services, params.nodeId);
      return { node: params.nodeId, status: overallStatus(checks), checks };
    },
  }),
  defineRoute({
    method: "GET",
    path: `${base}/health/history`,
    access: "read",
    tag,
    summary: "Changes of status, newest first.",
    params: nodeParams,
    query: z.strictObject({
      check: z.string().max(128).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    answer: { status: 200, schema: z.object({ changes: z.array(checkResult) }) },
    async handle({ services }, { params, query }) {
      requireNode(services, params.nodeId);
      // Of a node that reports from elsewhere its own server keeps the history.
      if (params.nodeId !== services.nodeId) return { changes: [] };
      return { changes: await services.analyse.checkHistory(query.check ?? null, query.limit) };
    },
  }),
  defineRoute({
    method: "GET",
    path: `${base}/findings`,
    access: "read",
    tag,
    summary: "What the analysers state about the node.",
    params: nodeParams,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(findingsMax).default(100),
      cursor: z
        .string()
        .regex(/^\d{1,4}$/)
        .optional(),
    }),
    answer: { status: 200, schema: z.object({ findings: z.array(finding), next: z.string().nullable() }) },
    async handle({ services }, { params, query }) {
      requireNode(services, params.nodeId);
      const all = (await services.analyse.findings(findingsMax)).filter(({ node }) => node === params.nodeId);
      const start = Number(query.cursor ?? 0);
      const end = start + query.limit;
      return { findings: all.slice(start, end), next: end < all.length ? String(end) : null };
    },
  }),
  ...(["forecasts", "models", "quantum"] as const).map((name) =>
    defineRoute({
      method: "GET",
      path: `${base}/${name}`,
      access: "read",
      tag,
      summary: `The node's ${name}; not built yet.`,
      params: nodeParams,
      answer: { status: 200, schema: z.object({ items: z.array(z.never()), unavailable: absence }) },
      handle({ services }, { params }) {
        requireNode(services, params.nodeId);
        return { items: [], unavailable: { reason: "not_built_yet", detail: `this version has no ${name}` } };
      },
    }),
  ),
];
