/** The HTTP server: hooks, routes, life cycle. What it serves is decided in `routes.ts`. */
import type { Server as HttpServer } from "node:http";
import { Server as TlsServer } from "node:tls";
import { parse as parseForm } from "node:querystring";
import cookie from "@fastify/cookie";
import rateLimit from "@fastify/rate-limit";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { ChainPulseError } from "../core/errors.ts";
import { createAccess } from "./auth/access.ts";
import { createSessions } from "./auth/sessions.ts";
import type { ServeContext } from "./context.ts";
import { createFleetReader } from "./fleet/fleet-figures.ts";
import { allowedMethods } from "./http/allowed-methods.ts";
import { compressPayload } from "./http/compression.ts";
import { trackConnections } from "./http/connections.ts";
import { type ListenAddress, listenAddress, readTlsFiles, type TlsFiles } from "./http/listen-address.ts";
import { checkArrival, claimedHost } from "./http/origin-guard.ts";
import { classify, sendProblem } from "./http/problem.ts";
import { registerRoutes } from "./http/register.ts";
import { setSecurityHeaders } from "./http/security-headers.ts";
import { loadWebFiles } from "./http/web-files.ts";
import { createLiveHub } from "./live/hub.ts";
import { startOtlpListener } from "./otlp/otlp-listener.ts";
import { allRoutes } from "./routes.ts";
import type { Services } from "./services.ts";
import { readProcesses } from "./views/process-page.ts";
import { createTickValues } from "./views/tick-values.ts";
import { planViews } from "./views/view-plan.ts";

/** What the composition root holds of the server. */
export interface RunningServer {
  /** With the port that was really taken. */
  readonly url: string;
  /** The second address of OTLP; `null` where there is none. */
  readonly otlpUrl: string | null;
  /**
   * The configuration has changed: reads the TLS files again and says what only a restart takes over. The other settings of the
   * server are looked up as they are used.
   */
  reconfigure(): void;
  /** Patterns of all paths that something answers, for the audit of the routes. */
  routes(): readonly string[];
  /** Ends live streams, waits a little for answers under way, then closes. */
  close(): Promise<void>;
}

/** Node's two minutes would let a handful of clients hold all connections with handshakes that they never finish. */
const handshakeTimeoutMs = 10_000;

/** It listens once `ready` has resolved. Errors: that one's, and `LISTEN_REFUSED` for an address that is refused, taken or not ours. */
export async function startServer(services: Services, ready: Promise<void> = Promise.resolve()): Promise<RunningServer> {
  const config = services.config();
  const address = listenAddress(config);
  const { tls } = config.server;
  const app = createApp(services, tls === undefined ? undefined : readTlsFiles(tls));
  await app.register(cookie);
  await app.register(rateLimit, { global: false });

  const connections = trackConnections(app.server);
  const closing = new AbortController();
  const ticks = createTickValues(services);
  const plan = planViews(services.domains);
  const context: ServeContext = {
    services,
    ticks,
    plan,
    closing: closing.signal,
    access: createAccess(services, createSessions(services.clock), { remote: address.remote }),
    fleet: createFleetReader(services, ticks),
    live: createLiveHub({ services, ticks, readProcesses: (query) => readProcesses(services, ticks, plan, query) }),
    webFiles: loadWebFiles(services.webRoot),
    // Loaded on first use: few ask.
    openApi: async () => (await import("./rest/openapi.ts")).openApiDocument(services.domains),
    allowLogin: loginLimit(app),
  };
  const served = new Set<string>();
  app.addHook("onRoute", ({ url }) => void served.add(url));
  const routes = allRoutes(services.domains);
  addHooks(app, services, { address, tls: tls !== undefined, allowed: allowedMethods(routes) });
  registerRoutes(app, routes, context);
  await ready;
  const port = await listen(app, address);
  const otlp = await startOtlpListener(app, config).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  const name = address.host.includes(":") ? `[${address.host}]` : address.host;

  return {
    url: `${tls === undefined ? "http" : "https"}://${name}:${port}/`,
    otlpUrl: otlp?.url ?? null,
    reconfigure: () => reconfigure([app.server, ...(otlp === null ? [] : [otlp.server])], services, config),
    routes: () => [...served],
    async close() {
      closing.abort();
      context.live.close();
      await otlp?.close();
      await connections.end(() => app.close());
      ticks.close();
    },
  };
}

function createApp(services: Services, tls: TlsFiles | undefined): FastifyInstance {
  const options = {
    // Requests are logged by our own hook, through the logger that all stages share.
    logger: false,
    bodyLimit: 1_048_576,
    // A request that is not complete by then is a slow-loris; no answer to a client that sends nothing.
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    // Requests under way are finished; connections that only wait are cut.
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 512 },
    // Our routes validate with zod. Without this Fastify loads two schema compilers at start: 70 of its 80 ms.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    // A path that cannot be decoded: no hook has run for it.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply): void => {
      setSecurityHeaders(reply.raw, tls !== undefined);
      sendProblem(classify(error, request, services.logger), request, reply);
    },
  } as const;
  // One type for both: nothing here depends on which of Node's two servers it is.
  const app = (
    tls === undefined ? fastify(options) : fastify({ ...options, https: { ...tls, handshakeTimeout: handshakeTimeoutMs } })
  ) as FastifyInstance;
  // Far more than the streams and scrapers of one node; each costs a descriptor and some memory.
  app.server.maxConnections = 1024;
  app.decorateRequest("principal", null);
  // Other sites can send plain text without a preflight; nothing here reads it.
  app.removeContentTypeParser("text/plain");
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body: string, done) =>
    done(null, { ...parseForm(body, "&", "=", { maxKeys: 100 }) }),
  );
  app.setErrorHandler((error, request, reply) => sendProblem(classify(error, request, services.logger), request, reply));
  app.setNotFoundHandler((request, reply) => {
    sendProblem(noSuchPath(), request, reply);
  });
  return app;
}

function noSuchPath(): ChainPulseError {
  return new ChainPulseError("NOT_FOUND", "no page, file or endpoint has this path");
}

function noSchemas(): never {
  throw new Error("a route has a Fastify schema; declare it with defineRoute");
}

interface HookOptions {
  readonly address: ListenAddress;
  readonly tls: boolean;
  readonly allowed: ReturnType<typeof allowedMethods>;
}

function addHooks(app: FastifyInstance, services: Services, { address, tls, allowed }: HookOptions): void {
  app.addHook("onRequest", async ({ method, url, headers, raw, routeOptions, is404 }, reply) => {
    setSecurityHeaders(reply.raw, tls);
    const only = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
    const arrival = {
      method,
      host: claimedHost(raw),
      origin: headers.origin,
      fetchSite: only(headers["sec-fetch-site"]),
      fetchMode: only(headers["sec-fetch-mode"]),
      fetchDestination: only(headers["sec-fetch-dest"]),
      localAddress: raw.socket.localAddress,
      page: routeOptions.config.access === "public",
    };
    checkArrival(arrival, [address.host, ...services.config().server.allowed_hosts]);
    // Before the body is read: anybody may come here.
    if (is404 || routeOptions.url === "/*") refuseMethod(method, allowed(method, pathOf(url)), reply);
    if (is404) throw noSuchPath();
  });
  app.addHook("onSend", compressPayload);
  app.addHook("onResponse", async ({ id, method, routeOptions }, reply) => {
    // The route's pattern, not the path that was sent: that may hold anything.
    const fields = { request: id, method, route: routeOptions.url, status: reply.statusCode, ms: reply.elapsedTime };
    services.logger.debug("request", fields);
  });
}

function refuseMethod(method: string, allow: string | null, reply: FastifyReply): void {
  if (allow === null) return;
  reply.header("allow", allow);
  throw new ChainPulseError("METHOD_NOT_ALLOWED", `${method} is none of ${allow}`);
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? url;
}

/** Ten attempts a minute from one address: no limit for a person, no use against 256 bits, and no flood of hashing. */
function loginLimit(app: FastifyInstance): ServeContext["allowLogin"] {
  const count = app.createRateLimit({ max: 10, timeWindow: 60_000 });
  return async (request) => {
    const verdict = await count(request);
    if (!verdict.isAllowed && verdict.isExceeded) {
      throw new ChainPulseError("TOO_MANY_REQUESTS", "too many attempts to log in from this address", {
        fix: `Try again in ${verdict.ttlInSeconds} s.`,
      });
    }
  };
}

async function listen(app: FastifyInstance, { host, port }: ListenAddress): Promise<number> {
  try {
    await app.listen({ host, port, listenTextResolver: () => "" });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new ChainPulseError("LISTEN_REFUSED", `cannot listen on ${host}:${port}: ${what}`, {
      fix: "Stop what uses the port, or choose another with --listen HOST:PORT (port 0 takes a free one).",
      cause,
    });
  }
  const bound = app.server.address();
  // Only a Unix socket has no port, and we never listen on one.
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

function reconfigure(servers: readonly HttpServer[], services: Services, started: ReturnType<Services["config"]>): void {
  const { listen: listenNow, tls } = services.config().server;
  if (listenNow !== started.server.listen || (tls === undefined) !== (started.server.tls === undefined)) {
    services.logger.warn("a changed server.listen or server.tls is taken over at the next start", { listen: listenNow });
  }
  if (services.config().otlp.listen !== started.otlp.listen) {
    services.logger.warn("a changed otlp.listen is taken over at the next start");
  }
  if (tls === undefined) return;
  try {
    const files = readTlsFiles(tls);
    // Connections that are open keep the certificate they began with.
    for (const server of servers) if (server instanceof TlsServer) server.setSecureContext(files);
  } catch (error) {
    services.logger.error("the TLS files cannot be used; the certificate before them stays", { error });
  }
}
