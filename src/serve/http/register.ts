/** Routes → Fastify: for each the access check before its body is read, its handler, and 405 for the methods it does not have. */
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { ChainPulseError } from "../../core/errors.ts";
import type { AccessClass } from "../auth/access.ts";
import type { ServeContext } from "../context.ts";
import { sendPrometheusError } from "../prometheus/envelope.ts";
import { classify, sendProblem } from "./problem.ts";
import type { Route } from "./route.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Of a declared route; absent where only an error is answered. */
    readonly access?: AccessClass;
  }
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const satisfies readonly HTTPMethods[];

/** Adds all routes to the server; nothing else adds any. */
export function registerRoutes(app: FastifyInstance, routes: readonly Route[], context: ServeContext): void {
  for (const route of routes) register(app, route, context);
  for (const [path, sharing] of Map.groupBy(routes, ({ path: shared }) => shared)) {
    // Under `/*` everything is "no such path", whatever the method.
    if (path !== "/*") refuseOtherMethods(app, path, new Set(sharing.map(({ method }) => method)));
  }
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
    errorHandler: (error, request, reply) => sendError(route, classify(error, request, logger), request, reply),
  });
}

function sendError(route: Route, error: ChainPulseError, request: FastifyRequest, reply: FastifyReply): void {
  if (route.errors === "prometheus") sendPrometheusError(error, reply);
  else sendProblem(error, request, reply);
}

/** Bodies of routes that read none, forms where JSON is meant, and compressed bodies, which nothing here inflates. */
function refuseBody(route: Route, request: FastifyRequest): void {
  const refuse = (message: string): never => {
    throw new ChainPulseError("UNSUPPORTED_MEDIA_TYPE", message);
  };
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") refuse(`content-encoding ${encoding} is not read here`);
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (type === "application/x-www-form-urlencoded" && route.form !== true)
    refuse("a form is not read here; send application/json");
}

function refuseOtherMethods(app: FastifyInstance, path: string, taken: ReadonlySet<HTTPMethods>): void {
  const others = methods.filter((method) => !taken.has(method));
  const allow = [...taken].join(", ");
  app.route({
    method: others,
    url: path,
    // Before the body is read: anybody may come here.
    onRequest: async (request, reply) => {
      reply.header("allow", allow);
      throw new ChainPulseError("METHOD_NOT_ALLOWED", `${request.method} is none of ${allow}`);
    },
    handler: () => undefined,
  });
}
