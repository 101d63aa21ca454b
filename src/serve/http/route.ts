/**
 * A route as one declaration: registration, access check, validation, OpenAPI and the audit of all routes derive from it.
 * There is no other way to add one.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { AccessClass, Principal } from "../auth/access.ts";
import type { ServeContext } from "../context.ts";

/** What a route answers when all is well: JSON by a schema, something else by its type, or nothing. */
export type Answer =
  | { readonly status: 200 | 201; readonly schema: z.ZodType }
  | { readonly status: 200; readonly contentType: string; readonly description: string }
  | { readonly status: 204; readonly description: string };

/** Writes an error in the words of the protocol that the route speaks. `contentType`: what OpenAPI says of it. */
export interface ErrorWriter {
  readonly contentType: string;
  send(error: ChainPulseError, request: FastifyRequest, reply: FastifyReply, context: ServeContext): void;
}

interface RouteFacts {
  readonly method: "GET" | "POST" | "DELETE";
  /** Parameters as `:name`. */
  readonly path: string;
  readonly access: AccessClass;
  readonly tag: string;
  readonly summary: string;
  readonly answer: Answer;
  /** The body is a form (Prometheus clients send one), or JSON; values of the URL's query count too, as Go's `FormValue` reads them. */
  readonly form?: boolean;
  /** Where less than the server's own bound will do. */
  readonly bodyBytesMax?: number;
  /** Changes something although its scope is not `write`, `ingest` or `admin`: sessions. */
  readonly changesState?: boolean;
  /** The body is handed over as it came, compressed where it is: one that a door of the intake thread reads. */
  readonly rawBody?: { readonly contentTypes: readonly string[] };
  /** How errors are written; default: problem+json. */
  readonly errors?: "prometheus" | ErrorWriter;
  /** The answer does not end by itself (an event stream). */
  readonly streams?: boolean;
}

/** What a handler gets: the parts of the request that its schemas have let through, and the request itself. */
export interface RouteInput<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly principal: Principal | null;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

interface RouteDeclaration<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> extends RouteFacts {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Returns the body; `undefined` where the reply has none or was taken over. */
  readonly handle: (context: ServeContext, input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>) => unknown;
}

/** A declared route, as the list, the registration and OpenAPI see it. */
export interface Route extends RouteFacts {
  readonly params: z.ZodType | null;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  run(context: ServeContext, request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

/** Ties a declaration's schemas to the types of its handler. Errors of the handler's input: `BAD_REQUEST`. */
export function defineRoute<
  P extends z.ZodType = z.ZodUndefined,
  Q extends z.ZodType = z.ZodUndefined,
  B extends z.ZodType = z.ZodUndefined,
>(declaration: RouteDeclaration<P, Q, B>): Route {
  const { params, query, body, handle, ...facts } = declaration;
  return {
    ...facts,
    params: params ?? null,
    query: query ?? null,
    body: body ?? null,
    run: async (context, request, reply) =>
      handle(context, {
        params: parsePart(params, request.params, "path"),
        query: parsePart(query, request.query, "query"),
        body: parsePart(body, facts.form === true ? formOf(request) : request.body, "body"),
        principal: request.principal,
        request,
        reply,
      }),
  };
}

/** The body's values, which come before those of the query; `spread` of anything else is nothing. */
function formOf({ query, body }: FastifyRequest): unknown {
  return { ...(typeof query === "object" ? query : {}), ...(typeof body === "object" ? body : {}) };
}

/** Details of a request that did not parse: one entry per wrong value. */
export class InvalidRequest extends ChainPulseError {
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(part: string, issues: readonly z.core.$ZodIssue[]) {
    const errors = issues.map(({ path, message }) => ({ path: [part, ...path].join("."), message }));
    super("BAD_REQUEST", errors.map(({ path, message }) => `${path}: ${message}`).join("; "));
    this.errors = errors;
  }
}

function parsePart<T extends z.ZodType>(schema: T | undefined, value: unknown, part: string): z.output<T> {
  // Without a schema, `T` is ZodUndefined: there is nothing to read, and what was sent is not looked at.
  if (schema === undefined) return undefined as z.output<T>;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidRequest(part, parsed.error.issues);
  return parsed.data;
}
