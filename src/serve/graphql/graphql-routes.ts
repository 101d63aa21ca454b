/** `/graphql`: queries by GET and POST, subscriptions where the client accepts an event stream. */
import { z } from "zod";
import type { ServeContext } from "../context.ts";
import { defineRoute, type Route, type RouteInput } from "../http/route.ts";
import type { GraphqlEndpoint } from "./endpoint.ts";

const common = {
  path: "/graphql",
  access: "read",
  tag: "GraphQL",
  streams: true,
  answer: {
    status: 200,
    contentType: "application/graphql-response+json",
    description: "GraphQL over HTTP; see docs/schema.graphql.",
  },
} as const;

/** One endpoint per server; made on first use, because most servers are never asked. */
const endpoints = new WeakMap<ServeContext, Promise<GraphqlEndpoint>>();

function endpointOf(context: ServeContext): Promise<GraphqlEndpoint> {
  const made = endpoints.get(context) ?? import("./endpoint.ts").then(({ createEndpoint }) => createEndpoint(context));
  endpoints.set(context, made);
  return made;
}

async function handle(
  context: ServeContext,
  { request, reply }: Pick<RouteInput<unknown, unknown, unknown>, "request" | "reply">,
): Promise<unknown> {
  const endpoint = await endpointOf(context);
  const streams = (request.headers.accept ?? "").includes("text/event-stream");
  return streams ? endpoint.stream(request, reply) : endpoint.answer(request, reply);
}

export const graphqlRoutes: readonly Route[] = [
  defineRoute({
    ...common,
    method: "GET",
    summary: "Answers a query given in the URL. A browser that opens the page is sent to the explorer.",
    query: z.looseObject({
      query: z.string().optional(),
      operationName: z.string().optional(),
      variables: z.string().optional().meta({ description: "JSON." }),
    }),
    handle: (context, input) =>
      input.query.query === undefined && (input.request.headers.accept ?? "").includes("text/html")
        ? input.reply.redirect("/graphql-explorer")
        : handle(context, input),
  }),
  defineRoute({
    ...common,
    method: "POST",
    summary: "Answers a query, or streams a subscription where Accept is text/event-stream.",
    body: z
      .unknown()
      .meta({ description: "{ query, operationName?, variables? }; judged by the GraphQL over HTTP specification." }),
    handle,
  }),
];
