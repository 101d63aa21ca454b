/** GraphQL over HTTP, and subscriptions over server-sent events. Loaded on the first request that needs it. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type DocumentNode, GraphQLError, parse, specifiedRules, type ValidationRule, validate } from "graphql";
import { createHandler } from "graphql-http";
import { createHandler as createStreamHandler } from "graphql-sse/lib/use/fastify";
import { ChainPulseError, errorCodes } from "../../core/errors.ts";
import type { ServeContext } from "../context.ts";
import { clientGone } from "../http/client-gone.ts";
import { allow } from "../rest/history.ts";
import type { GraphqlContext } from "./context.ts";
import { limitOperations, operationLimits } from "./limits.ts";
import { buildSchema } from "./schema.ts";

/** The two ways to answer a request to `/graphql`. */
export interface GraphqlEndpoint {
  answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
  stream(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** Each holds a connection and is evaluated at every tick. */
const streamsMax = 64;

const rules: readonly ValidationRule[] = [...specifiedRules, limitOperations];

/** Builds the schema from the declared views. */
export function createEndpoint(serve: ServeContext): GraphqlEndpoint {
  const schema = buildSchema(serve.plan.groups);
  const contextOf = (request: FastifyRequest, gone: AbortSignal | null): GraphqlContext => ({
    serve,
    mayRead: () => serve.access.mayRead(request),
    values: allow(operationLimits.values),
    gone,
  });
  const formatError = (error: Readonly<GraphQLError | Error>): GraphQLError => toGraphqlError(error, serve);
  const handle = createHandler<FastifyRequest, AbortSignal, GraphqlContext>({
    schema,
    context: ({ raw, context }) => contextOf(raw, context),
    parse: (source, options) => parse(source, { ...options, maxTokens: operationLimits.tokens }),
    validationRules: [limitOperations],
    formatError,
  });

  const stream = createStreamHandler<GraphqlContext>({
    // No reservations: one request is one subscription, and holds its own connection.
    authenticate: () => null,
    validate: (against, document) => validate(against, document, rules),
    onSubscribe({ raw }, { operationName, query, variables }) {
      const document = parseBounded(query);
      if (document instanceof GraphQLError) return { data: null, errors: [document] };
      const named = { operationName: operationName ?? null, variableValues: variables ?? null };
      return { schema, document, contextValue: contextOf(raw, null), ...named };
    },
    onNext: (_context, _request, result) =>
      result.errors === undefined ? undefined : { ...result, errors: result.errors.map(formatError) },
  });
  let streams = 0;

  return {
    async answer(request, reply) {
      const { method, url, headers } = request;
      const body = isBody(request.body) ? request.body : null;
      const [text, init] = await handle({ method, url, headers, body, raw: request, context: clientGone(reply) });
      return reply
        .code(init.status)
        .headers(init.headers ?? {})
        .send(text ?? undefined);
    },
    async stream(request, reply) {
      if (streams >= streamsMax) {
        throw new ChainPulseError("TOO_MANY_REQUESTS", `${streamsMax} subscriptions are open already`);
      }
      streams++;
      // When the stream has ended so has its use: a closing server must not wait for the idle connection.
      reply.raw.once("finish", () => request.raw.socket.end());
      reply.raw.once("close", () => streams--);
      reply.hijack();
      await stream(request, reply);
    },
  };
}

/** Other JSON values are no GraphQL request; the handler says so. */
function isBody(body: unknown): body is Record<string, unknown> {
  return typeof body === "object" && body !== null && !Array.isArray(body);
}

function parseBounded(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, { maxTokens: operationLimits.tokens });
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** Our codes in `extensions.code`; what nobody foresaw goes to the log and not to the client. */
function toGraphqlError(error: Readonly<GraphQLError | Error>, { services }: ServeContext): GraphQLError {
  // The handler's own complaint about the request's parameters.
  if (!(error instanceof GraphQLError)) return new GraphQLError(error.message, { extensions: { code: "BAD_REQUEST" } });
  const { originalError: original, path } = error;
  // Syntax and validation errors, and those that our resolvers have made ready.
  if (original === undefined || original instanceof GraphQLError || error.extensions["code"] !== undefined) return error;
  const known = original instanceof ChainPulseError && original.code !== "INTERNAL" ? original : null;
  if (known === null) services.logger.error("a GraphQL field failed", { path: path?.join("."), error: original });
  const extensions = known === null ? { code: "INTERNAL" } : { code: known.code, fix: known.fix };
  return new GraphQLError(known?.message ?? errorCodes.INTERNAL.title, {
    ...(error.nodes === undefined ? {} : { nodes: error.nodes }),
    ...(path === undefined ? {} : { path }),
    extensions,
  });
}
