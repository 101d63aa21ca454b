/** What all routes of the Prometheus HTTP API have in common. */
import type { FastifyReply } from "fastify";
import { z } from "zod";
import type { ServeContext } from "../context.ts";
import { defineRoute, type Route, type RouteInput } from "../http/route.ts";

export const tag = "Prometheus HTTP API";

/** The envelope around `data`. */
export function envelopeOf<D extends z.ZodType>(data: D): { readonly status: 200; readonly schema: z.ZodType } {
  const notes = z.array(z.string()).optional();
  return { status: 200, schema: z.object({ status: z.literal("success"), data, warnings: notes, infos: notes }) };
}

interface ApiRoute<Q extends z.ZodType> {
  readonly path: string;
  readonly summary: string;
  /** Parameters, as a query string or as a form. */
  readonly input: Q;
  /** Schema of the envelope's `data`. */
  readonly data: z.ZodType;
  /** Gives the body: an envelope, or its text. */
  readonly handle: (context: ServeContext, input: z.output<Q>, reply: FastifyReply) => unknown;
}

/** A call that Prometheus answers to GET only. */
export function apiRoute<Q extends z.ZodType>({ path, summary, input, data, handle }: ApiRoute<Q>): Route {
  return defineRoute({
    method: "GET",
    path,
    access: "read",
    tag,
    summary,
    errors: "prometheus",
    query: input,
    answer: envelopeOf(data),
    handle: (context, { query, reply }: RouteInput<unknown, z.output<Q>, unknown>) => handle(context, query, reply),
  });
}

/** The same call as GET with a query string and as POST with a form. */
export function getAndPost<Q extends z.ZodType>(route: ApiRoute<Q>): readonly Route[] {
  const { path, summary, input, data, handle } = route;
  const post = defineRoute({
    method: "POST",
    path,
    access: "read",
    tag,
    summary,
    errors: "prometheus",
    body: input,
    form: true,
    answer: envelopeOf(data),
    handle: (context, { body, reply }: RouteInput<unknown, unknown, z.output<Q>>) => handle(context, body, reply),
  });
  return [apiRoute(route), post];
}
