/**
 * The second address of OTLP (`otlp.listen`), where SDKs send to unless they are told otherwise. Its requests go through the same hooks,
 * checks and routes as all others; other paths are not there.
 */
import type { RequestListener, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { FastifyInstance } from "fastify";
import type { Config } from "../../core/config.ts";
import { ChainPulseError } from "../../core/errors.ts";
import { createServer } from "../../io/node-http.ts";
import { trackConnections } from "../http/connections.ts";
import { listenAddress, readTlsFiles } from "../http/listen-address.ts";
import { otlpPaths } from "./routes.ts";

export interface OtlpListener {
  readonly url: string;
  readonly server: Server;
  close(): Promise<void>;
}

/** `null` where none is configured. `app` must be ready. Errors: `LISTEN_REFUSED`. */
export async function startOtlpListener(app: FastifyInstance, config: Config): Promise<OtlpListener | null> {
  const { listen } = config.otlp;
  if (listen === undefined) return null;
  const { host, port } = listenAddress(config, listen);
  const { tls } = config.server;
  const onRequest: RequestListener = (request, response) => {
    if (otlpPaths.has(request.url?.split("?")[0] ?? "")) app.routing(request, response);
    else response.writeHead(404, { "content-type": "text/plain; charset=utf-8" }).end("only OTLP is received here\n");
  };
  const limits = { requestTimeout: 30_000, keepAliveTimeout: 65_000 };
  const server =
    tls === undefined ? createServer(limits, onRequest) : createTlsServer({ ...limits, ...readTlsFiles(tls) }, onRequest);
  server.maxConnections = 1024;
  const connections = trackConnections(server);
  await listening(server, host, port);
  const bound = server.address();
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    // Only a Unix socket has no port, and we never listen on one.
    url: `${tls === undefined ? "http" : "https"}://${name}:${typeof bound === "object" && bound !== null ? bound.port : port}/`,
    server,
    close: () => connections.end(() => closed(server)),
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new ChainPulseError("LISTEN_REFUSED", `cannot listen on ${host}:${port}: ${cause.message}`, {
          fix: "Stop what uses the port, or choose another in otlp.listen (port 0 takes a free one).",
          cause,
        }),
      );
    });
    server.listen({ host, port }, resolve);
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
