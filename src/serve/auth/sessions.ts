/**
 * Dashboard sessions, on the server and in memory: a cookie that carries nothing but a random number cannot be forged or
 * replayed after log-out (the reverse is CVE-2022-23131). A restart logs everybody out; the token logs in again.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { Grant } from "../../store/state/tokens.ts";

/** What the server keeps of a log-in. */
export interface Session {
  readonly tokenId: string;
  readonly expiresMs: number;
}

/** The open sessions of one server. */
export interface Sessions {
  /** Returns the cookie's value. Ends at `lifetimeMs` from now, or with the token. */
  open(grant: Grant, lifetimeMs: number): { readonly cookie: string; readonly expiresMs: number };
  find(cookie: string): Session | null;
  close(cookie: string): void;
}

/** Far more than the people who look at one node; the oldest session goes when it is exceeded. */
const sessionsMax = 1000;

/** Starts without sessions. */
export function createSessions(clock: Clock): Sessions {
  // By hash, so that neither a timing of the look-up nor a memory dump gives a valid cookie.
  const sessions = new Map<string, Session>();
  const keyOf = (cookie: string): string => createHash("sha256").update(cookie).digest("base64");

  return {
    open(grant, lifetimeMs) {
      const cookie = randomBytes(32).toString("base64url");
      const expiresMs = Math.min(clock.nowMs() + lifetimeMs, grant.expiresMs ?? Number.POSITIVE_INFINITY);
      sessions.set(keyOf(cookie), { tokenId: grant.id, expiresMs });
      if (sessions.size > sessionsMax) {
        const oldest = sessions.keys().next();
        if (oldest.done !== true) sessions.delete(oldest.value);
      }
      return { cookie, expiresMs };
    },
    find(cookie) {
      const key = keyOf(cookie);
      const session = sessions.get(key);
      if (session === undefined) return null;
      if (session.expiresMs > clock.nowMs()) return session;
      sessions.delete(key);
      return null;
    },
    close: (cookie) => void sessions.delete(keyOf(cookie)),
  };
}
