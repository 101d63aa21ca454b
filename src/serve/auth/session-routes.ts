/** Log-in of the dashboard: a token is exchanged for a session cookie, so that scripts of the page never hold the token. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import { scopes } from "../../store/state/tokens.ts";
import { defineRoute, type Route } from "../http/route.ts";
import { sessionCookie } from "./access.ts";

const path = "/api/v1/session";
const tag = "Session";
const cookieScope = { path: "/", httpOnly: true, sameSite: "strict" } as const;

export const sessionRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path,
    access: "public",
    tag,
    summary: "Whether a token is needed, and what this caller may do.",
    answer: {
      status: 200,
      schema: z.object({
        authRequired: z.boolean(),
        authenticated: z.boolean(),
        scopes: z.array(z.enum(scopes)),
        expiresMs: z.number().nullable(),
      }),
    },
    handle: ({ access }, { principal }) => ({
      authRequired: access.required(),
      authenticated: principal !== null,
      scopes: principal?.scopes ?? [],
      expiresMs: principal?.expiresMs ?? null,
    }),
  }),
  defineRoute({
    method: "POST",
    path,
    access: "public",
    tag,
    summary: "Exchanges a token for a session cookie. Ten attempts a minute from one address.",
    // Strangers send it: a megabyte of JSON would cost them nothing and us some ms of the main thread each.
    bodyBytesMax: 1024,
    body: z.strictObject({ token: z.string().max(256) }),
    answer: { status: 204, description: "The cookie is set." },
    async handle({ services, access, allowLogin }, { body, request, reply }) {
      await allowLogin(request);
      const grant = services.tokens.verify(body.token, services.clock.nowMs());
      if (grant === null) {
        services.logger.warn("a log-in was refused", { address: request.ip });
        throw new ChainPulseError("UNAUTHENTICATED", "the token is unknown, revoked or expired");
      }
      services.logger.info("somebody has logged in", { token: grant.id, address: request.ip });
      const { cookie, expiresMs } = access.sessions.open(grant, services.config().server.auth.session_hours * 3_600_000);
      const secure = request.protocol === "https";
      reply.setCookie(sessionCookie, cookie, { ...cookieScope, secure, expires: new Date(expiresMs) }).code(204);
    },
  }),
  defineRoute({
    method: "DELETE",
    path,
    access: "public",
    tag,
    summary: "Ends the session.",
    changesState: true,
    answer: { status: 204, description: "The session has ended." },
    handle({ access }, { request, reply }) {
      const cookie = request.cookies[sessionCookie];
      if (cookie !== undefined) access.sessions.close(cookie);
      reply.clearCookie(sessionCookie, cookieScope).code(204);
    },
  }),
];
