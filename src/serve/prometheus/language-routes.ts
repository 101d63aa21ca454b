/**
 * The language itself: how a query is spelt, how it is built, and, which Prometheus does not have, what each part of it gives and costs.
 * Source: web/api/v1/api.go, `formatQuery`, `parseQuery`.
 */
import { z } from "zod";
import type { ExplainedNode } from "../../core/explain.ts";
import { clientGone } from "../http/client-gone.ts";
import type { Route } from "../http/route.ts";
import { getAndPost } from "./api-route.ts";
import { success } from "./envelope.ts";
import { durationText, exprText, naming, readDurationIfSent, readTime, timeText } from "./parameters.ts";

const node = z
  .object({
    text: z.string(),
    kind: z.string(),
    type: z.enum(["scalar", "string", "instant vector", "range vector"]),
    start: z.number(),
    end: z.number(),
    seconds: z.number(),
    series: z.number().nullable(),
    samples: z.number().nullable(),
    samplesRead: z.number(),
    error: z.string().nullable(),
    get children(): z.ZodArray<z.ZodType<ExplainedNode>> {
      return z.array(node);
    },
  })
  .meta({ id: "ExplainedNode" });

const input = z.object({ query: exprText });

export const languageRoutes: readonly Route[] = [
  ...getAndPost({
    path: "/api/v1/format_query",
    summary: "The query in canonical spelling, with line breaks where it is long.",
    input,
    data: z.string(),
    handle: async ({ services }, { query }) => success(await naming("query", services.query.format(query))),
  }),
  ...getAndPost({
    path: "/api/v1/parse_query",
    summary: "The query's syntax tree.",
    input,
    data: z.looseObject({ type: z.string() }),
    handle: async ({ services }, { query }) => success(await naming("query", services.query.parse(query))),
  }),
  ...getAndPost({
    path: "/api/v1/query_explain",
    summary: "What each part of a query gives and costs, evaluated by itself at one time; not a part of Prometheus's API.",
    input: z.object({ query: exprText, time: timeText, timeout: durationText }),
    data: node,
    async handle({ services }, { query, time, timeout }, reply) {
      const nowMs = services.clock.nowMs();
      const options = { timeoutMs: readDurationIfSent("timeout", timeout), askedAtMs: nowMs };
      const timeMs = readTime("time", time, nowMs, nowMs);
      return success(await naming("query", services.query.explain(query, timeMs, options, clientGone(reply))));
    },
  }),
];
