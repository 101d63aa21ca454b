/** `POST …/series`: many expressions over one range, as the dashboard asks for a page of charts. */
import { z } from "zod";
import { clientGone } from "../http/client-gone.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { queryGrid } from "./history.ts";
import { labels, nodeParams, requireNode, tag } from "./shapes.ts";
import { gridOf, maxPoints, parseTime, pointsMax, timeText } from "./time-range.ts";

/** As long as a page of charts needs; each expression is parsed, so their length is bounded too. */
export const namedQueries = z
  .array(z.strictObject({ id: z.string().min(1).max(200), expr: z.string().min(1).max(8192) }))
  .max(64);

const body = z.strictObject({
  queries: namedQueries,
  from: z.union([timeText, z.number()]),
  to: z.union([timeText, z.number()]),
  maxPoints: maxPoints.optional(),
  stepMs: z.number().int().min(1).optional(),
});

const result = z.object({
  id: z.string(),
  series: z.array(z.object({ labels, values: z.array(z.number().nullable()).max(pointsMax) })),
  warnings: z.array(z.string()),
  error: z.object({ code: z.string(), detail: z.string() }).optional(),
});

export const seriesRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/api/v1/performance/nodes/:nodeId/series",
    access: "read",
    tag,
    summary: "Values of expressions over a range, on one grid of times. A query that fails does not fail the others.",
    params: nodeParams,
    body,
    answer: {
      status: 200,
      schema: z.object({ fromMs: z.number(), toMs: z.number(), stepMs: z.number(), results: z.array(result) }),
    },
    async handle({ services, ticks }, { params, body: { queries, from, to, ...wish }, reply }) {
      requireNode(services, params.nodeId);
      const nowMs = services.clock.nowMs();
      const samplingIntervalMs = services.config().sampling_interval_ms;
      const [fromMs, toMs] = [parseTime(String(from), nowMs), parseTime(String(to), nowMs)];
      // Whoever asks more finely than the ticks come has just started the node, and does not know its newest one yet.
      const newestMs = (wish.stepMs ?? samplingIntervalMs) < samplingIntervalMs ? await ticks.latestMs() : null;
      const endMs = newestMs === null || newestMs < fromMs ? toMs : Math.min(toMs, newestMs);
      const grid = gridOf({ ...wish, fromMs, toMs: endMs, samplingIntervalMs });
      const results = await queryGrid(
        services,
        queries.map(({ expr }) => expr),
        grid,
        { node: params.nodeId, signal: clientGone(reply) },
      );
      return {
        fromMs: grid.startMs,
        toMs: grid.endMs,
        stepMs: grid.stepMs,
        results: queries.map(({ id }, index) => ({ id, ...results[index] })),
      };
    },
  }),
];
