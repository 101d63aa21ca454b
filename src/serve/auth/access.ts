/** Who is asking, and may they: the one place that decides. */
import type { FastifyRequest } from "fastify";
import { ChainPulseError } from "../../core/errors.ts";
import { type Grant, type Scope, scopes } from "../../store/state/tokens.ts";
import type { Services } from "../services.ts";
import type { Sessions } from "./sessions.ts";

/** Who may call a route: everybody, or holders of this scope. */
export type AccessClass = "public" | Scope;

/** What the decision needs to know of a route. */
export interface Guarded {
  readonly access: AccessClass;
  /** Changes something although its scope is not `write`, `ingest` or `admin`. */
  readonly changesState?: boolean;
}

/** Who a request comes from, as far as rights go. */
export interface Principal {
  /** `local`: nobody was asked, because the server listens on loopback and asks for no token. */
  readonly kind: "local" | "token" | "session";
  readonly scopes: readonly Scope[];
  /** The one node whose samples an agent's token may write; `null` for everybody else. */
  readonly node: string | null;
  /** When the session or the token ends, ms since the epoch. */
  readonly expiresMs: number | null;
}

/** Decisions about callers; one per server. */
export interface Access {
  readonly sessions: Sessions;
  required(): boolean;
  /** `null`: nobody we know. */
  identify(request: FastifyRequest): Principal | null;
  /** Whether the caller of a stream that was admitted may still have it: tokens are revoked, sessions end. */
  mayRead(request: FastifyRequest): boolean;
  /** Sets `request.principal`, or throws `UNAUTHENTICATED` or `FORBIDDEN`. */
  admit(route: Guarded, request: FastifyRequest): void;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Set by `Access.admit` before a handler runs; `null` on public routes for strangers. */
    principal: Principal | null;
  }
}

export const sessionCookie = "chainpulse_session";

/** Cross-site pages cannot set it without a preflight, which is never granted. */
export const requestHeader = "x-chainpulse-request";

const everyone: Principal = { kind: "local", scopes, node: null, expiresMs: null };

/** `remote`: the server is reachable from other machines, where tokens are required whatever the configuration says. */
export function createAccess(services: Services, sessions: Sessions, options: { readonly remote: boolean }): Access {
  const required = (): boolean => options.remote || services.config().server.auth.required;

  const grantOf = (request: FastifyRequest): { readonly kind: "token" | "session"; readonly grant: Grant } | null => {
    const nowMs = services.clock.nowMs();
    const token = tokenOf(request);
    if (token !== undefined) {
      const grant = services.tokens.verify(token, nowMs);
      return grant === null ? null : { kind: "token", grant };
    }
    const cookie = request.cookies[sessionCookie];
    const session = cookie === undefined ? null : sessions.find(cookie);
    // Asked anew each time: a revoked token ends its sessions too.
    const grant = session === null ? null : services.tokens.active(session.tokenId, nowMs);
    return session === null || grant === null ? null : { kind: "session", grant: { ...grant, expiresMs: session.expiresMs } };
  };

  const identify = (request: FastifyRequest): Principal | null => {
    if (!required()) return everyone;
    const found = grantOf(request);
    if (found === null) return null;
    const { scopes: granted, node, expiresMs } = found.grant;
    return { kind: found.kind, scopes: granted, node, expiresMs };
  };

  return {
    sessions,
    required,
    identify,
    mayRead(request) {
      const principal = identify(request);
      return principal !== null && holds(principal, "read");
    },
    admit(route, request) {
      const principal = identify(request);
      request.principal = principal;
      if (changesState(route) && request.cookies[sessionCookie] !== undefined && request.headers[requestHeader] !== "1") {
        // With a bearer token no browser has sent the request by itself.
        if (principal?.kind !== "token") {
          throw new ChainPulseError("FORBIDDEN", `a change made with a cookie needs the header ${requestHeader}: 1`);
        }
      }
      if (route.access === "public") return;
      if (principal === null) {
        throw new ChainPulseError("UNAUTHENTICATED", `${request.method} ${request.routeOptions.url ?? ""} needs a token`, {
          fix: "Send Authorization: Bearer cpt_…; `chainpulse token create` makes one.",
        });
      }
      if (!holds(principal, route.access)) {
        throw new ChainPulseError(
          "FORBIDDEN",
          `the token has the scopes ${principal.scopes.join(", ")}; this needs ${route.access}`,
        );
      }
    },
  };
}

/**
 * The token that was sent: as a bearer, or where samples are sent to as the password of basic authentication, which is all that some
 * senders know. Not elsewhere: a browser keeps a password, and sends it along where another site wants it to.
 */
function tokenOf({ headers, routeOptions }: FastifyRequest): string | undefined {
  const [, scheme = "", sent = ""] = /^(\S+) +(\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (/^bearer$/i.test(scheme)) return sent;
  if (!/^basic$/i.test(scheme) || routeOptions.config.access !== "ingest") return undefined;
  // Source: RFC 7617, 2. The user's name has no colon in it; any name will do.
  return /^[^:]*:(.*)$/s.exec(Buffer.from(sent, "base64").toString())?.[1];
}

function holds(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes(scope) || principal.scopes.includes("admin");
}

function changesState(route: Guarded): boolean {
  return route.changesState === true || (route.access !== "public" && route.access !== "read");
}
