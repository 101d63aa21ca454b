/** What traces say: one of them with all its nodes side by side, and the transactions or blocks of a stretch of time together. */
import { z } from "zod";
import { flowKinds } from "../../query/telemetry/window-analysis.ts";
import { clientGone } from "../http/client-gone.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { traceAnalysis, windowAnalysis } from "./analysis-shapes.ts";
import { rangeFields, rangeNs, tag, traceIdText } from "./fields.ts";
import { noSuchTrace } from "./trace-routes.ts";

const windowQuery = z.strictObject({
  ...rangeFields,
  kind: z.enum(flowKinds).default("transaction"),
  chain: z.string().max(512).optional().meta({ description: "Attribute chain.id: the chain's number, or its name." }),
  service: z.string().max(512).optional().meta({ description: "A client that has seen it, by its name." }),
  node: z.string().max(512).optional().meta({ description: "A node that has seen it." }),
  recent: z.coerce
    .number()
    .int()
    .min(0)
    .max(500)
    .default(50)
    .meta({ description: "How many of the newest are named one by one." }),
});

export const analysisRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/traces/:traceId/analysis",
    access: "read",
    tag,
    summary:
      "One trace with clocks corrected: its critical path, who called whom, and the life of the transaction or block that it is of.",
    params: z.object({ traceId: traceIdText }),
    answer: { status: 200, schema: traceAnalysis },
    async handle({ services }, { params: { traceId }, reply }) {
      const analysis = await services.telemetry.traceAnalysis(traceId, services.nodeId, clientGone(reply));
      if (analysis === null) throw noSuchTrace(traceId);
      return analysis;
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/trace-analysis",
    access: "read",
    tag,
    summary: "Where the network waits: the newest 2,000 transactions, or blocks, of the range by stage, hop and place.",
    query: windowQuery,
    answer: { status: 200, schema: windowAnalysis },
    handle({ services }, { query: { from, to, ...wish }, reply }) {
      const range = rangeNs({ from, to }, services.clock.nowMs());
      return services.telemetry.windowAnalysis({ ...wish, ...range }, services.nodeId, clientGone(reply));
    },
  }),
];
