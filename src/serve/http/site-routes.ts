/** The dashboard's pages and files, and the two questions of orchestrators: alive, ready. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import type { FastifyReply, FastifyRequest } from "fastify";
import { isLoopback } from "./listen-address.ts";
import { defineRoute, type Route } from "./route.ts";
import type { WebFile } from "./web-files.ts";

const tag = "Site";

/** Routes of the dashboard's own router; each is the same page. They are public, because the page has to ask for the token. */
const clientRoutes = [
  "/",
  "/host",
  "/chain",
  "/chain/validators",
  "/chain/contracts",
  "/chain/peers",
  "/chain/compare",
  "/fleet",
  "/explore",
  "/graph",
  "/transactions",
  "/blocks",
  "/traces",
  "/logs",
  "/alerts",
  "/health",
  "/sources",
  "/targets",
  "/programs",
  "/settings",
  "/graphql-explorer",
  "/login",
];

const page = { status: 200, contentType: "text/html", description: "The dashboard." } as const;

export const siteRoutes: readonly Route[] = [
  ...clientRoutes.map((path) =>
    defineRoute({
      method: "GET",
      path,
      access: "public",
      tag,
      summary: "A page of the dashboard.",
      answer: page,
      handle({ webFiles, services: { query, logger } }, { request, reply }) {
        if (webFiles.index === null) {
          throw new ChainPulseError("UNAVAILABLE", "the dashboard has not been built", { fix: "Run: npm run build" });
        }
        // The page will ask for its charts in a moment: the query thread starts while the browser loads the page.
        query.latestMs().catch((error: unknown) => logger.debug("the query thread was not started ahead", { error }));
        return sendFile(webFiles.index, request, reply);
      },
    }),
  ),
  defineRoute({
    method: "GET",
    path: "/*",
    access: "public",
    tag,
    summary: "A file of the dashboard.",
    params: z.object({ "*": z.string() }),
    answer: { status: 200, contentType: "application/octet-stream", description: "The file." },
    handle({ webFiles }, { params, request, reply }) {
      const file = webFiles.find(`/${params["*"]}`);
      if (file === null) throw new ChainPulseError("NOT_FOUND", "no page, file or endpoint has this path");
      return sendFile(file, request, reply);
    },
  }),
  defineRoute({
    method: "GET",
    path: "/healthz",
    access: "public",
    tag,
    summary: "Alive: the server answers.",
    answer: { status: 200, contentType: "text/plain", description: "ok" },
    handle: (_, { reply }) => reply.type("text/plain; charset=utf-8").send("ok\n"),
  }),
  defineRoute({
    method: "GET",
    path: "/readyz",
    access: "public",
    tag,
    summary: "Ready: the data and query threads answer.",
    answer: { status: 200, contentType: "text/plain", description: "ready; 503 when not" },
    async handle({ services, ticks }, { reply }) {
      // Both reject with UNAVAILABLE when their thread is gone, which is the answer.
      await Promise.all([services.query.latestMs(), ticks.collectStatus()]);
      return reply.type("text/plain; charset=utf-8").send("ready\n");
    },
  }),
];

async function sendFile(file: WebFile, request: FastifyRequest, reply: FastifyReply): Promise<Buffer> {
  const accepted = request.headers["accept-encoding"];
  // On loopback bytes cost nothing, and compressing them keeps the first page of a new start waiting (100 ms for the script).
  const compress = typeof accepted === "string" && !isLoopback(request.ip);
  const { bytes, encoding } = await file.body(compress ? accepted : "");
  if (encoding !== null) reply.header("content-encoding", encoding);
  reply.type(file.contentType).header("vary", "accept-encoding");
  reply.header("cache-control", file.hashed ? "public, max-age=31536000, immutable" : "no-cache");
  return bytes;
}
