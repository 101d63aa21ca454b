/** Routes → Fastify: for each the access check before its body is read, and its handler. */
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { ChainPulseError } from "../../core/errors.ts";
import type { AccessClass } from "../auth/access.ts";
import type { ServeContext } from "../context.ts";
import { sendPrometheusError } from "../prometheus/envelope.ts";
import { classify, sendProblem } from "./problem.ts";
import { readRawBody } from "./raw-body.ts";
import type { Route } from "./route.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Of a declared route; absent where only an error is answered. */
    readonly access?: AccessClass;
  }
}

/** Adds all routes to the server; nothing else adds any. */
export function registerRoutes(app: FastifyInstance, routes: readonly Route[], context: ServeContext): void {
  for (const route of routes) if (route.rawBody === undefined) register(app, route, context);
  // In a scope of their own, where no body is parsed, of whatever type.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (request: FastifyRequest, payload: IncomingMessage) =>
      readRawBody(request, payload, context.services.intakeTable),
    );
    for (const route of routes) if (route.rawBody !== undefined) register(scope, route, context);
  });
}

function register(app: FastifyInstance, route: Route, context: ServeContext): void {
  const { logger } = context.services;
  app.route({
    method: route.method,
    url: route.path,
    config: { access: route.access },
    ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
    exposeHeadRoute: route.method === "GET" && route.streams !== true,
    onRequest: async (request) => context.access.admit(route, request),
    preParsing: async (request, _reply, payload) => {
      refuseBody(route, request);
      return payload;
    },
    handler: (request, reply) => route.run(context, request, reply),
    errorHandler: (error, request, reply) => sendError(route, classify(error, request, logger), request, reply, context),
  });
}

function sendError(
  { errors }: Route,
  error: ChainPulseError,
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServeContext,
): void {
  if (errors === undefined) sendProblem(error, request, reply);
  else if (errors === "prometheus") sendPrometheusError(error, reply);
  else errors.send(error, request, reply, context);
}

/** Bodies of routes that read none, forms where JSON is meant, and compressed bodies, which nothing here inflates. */
function refuseBody(route: Route, request: FastifyRequest): void {
  if (route.rawBody !== undefined) return;
  const refuse = (message: string): never => {
    throw new ChainPulseError("UNSUPPORTED_MEDIA_TYPE", message);
  };
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") refuse(`content-encoding ${encoding} is not read here`);
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type === "application/x-www-form-urlencoded" && route.form !== true)
    refuse("a form is not read here; send application/json");
}
