/** The event stream, and the subscription that says what it carries. */
import { z } from "zod";
import { defineRoute, type Route } from "../http/route.ts";
import { namedQueries } from "../rest/series.ts";
import { nodeParams, requireNode } from "../rest/shapes.ts";
import { readProcesses } from "../views/process-page.ts";
import { topicNames } from "./client.ts";

const tag = "Live";

export const liveRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/live",
    access: "read",
    tag,
    summary: "Server-sent events: hello, shape, tick, checks, annotation, processes, status, resync.",
    streams: true,
    answer: {
      status: 200,
      contentType: "text/event-stream",
      description: "One stream per browser tab; topics are multiplexed. `checks` names its `node`, for its list may be empty.",
    },
    handle({ live, access }, { request, reply }) {
      live.open(reply.raw, () => access.mayRead(request));
      reply.hijack();
    },
  }),
  defineRoute({
    method: "POST",
    path: "/api/v1/live/:streamId",
    access: "read",
    tag,
    summary: "Replaces what a stream carries.",
    params: z.object({ streamId: z.uuid() }),
    body: z.strictObject({
      node: nodeParams.shape.nodeId.optional().meta({ description: "Whose values; default: this node's." }),
      queries: namedQueries,
      topics: z.array(z.enum(topicNames)).max(topicNames.length).default([]),
      processSort: z.string().max(64).optional(),
    }),
    answer: { status: 204, description: "From the next tick on." },
    async handle(
      { live, services, ticks, plan },
      { params, body: { node = services.nodeId, queries, topics, processSort }, reply },
    ) {
      requireNode(services, node);
      // A column that does not exist is told now, and not to the log at every tick.
      if (topics.includes("processes"))
        await readProcesses(services, ticks, plan, { node, sort: processSort, limit: 1, offset: 0 });
      live.subscribe(params.streamId, { node, queries, topics, processSort });
      reply.code(204);
    },
  }),
];
