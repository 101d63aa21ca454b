/** How long a TCP connection takes to be made. Nothing is sent; the connection is closed as soon as it stands. */
import { lookup } from "node:dns/promises";
import { connect, isIP } from "node:net";

export const connectFailures = ["timeout", "refused", "unreachable", "name", "other"] as const;
export type ConnectFailure = (typeof connectFailures)[number];

export type ConnectResult =
  | { readonly ok: true; readonly seconds: number }
  | { readonly ok: false; readonly failure: ConnectFailure; readonly detail: string };

export interface ConnectTarget {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Never rejects for what the network does. `timeoutMs` bounds looking up the name and connecting, each. */
export async function measureConnect(target: ConnectTarget, timeoutMs: number): Promise<ConnectResult> {
  const address = await resolveName(target.host, timeoutMs);
  if (typeof address !== "string") return address;
  const { promise, resolve } = Promise.withResolvers<ConnectResult>();
  const start = performance.now();
  const socket = connect({ host: address, port: target.port });
  const timer = setTimeout(() => resolve({ ok: false, failure: "timeout", detail: `no answer in ${timeoutMs} ms` }), timeoutMs);
  socket.once("connect", () => resolve({ ok: true, seconds: (performance.now() - start) / 1e3 }));
  socket.once("error", (error: NodeJS.ErrnoException) => resolve(describe(error)));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The name is looked up apart, so that a slow resolver does not look like a slow path. */
async function resolveName(host: string, timeoutMs: number): Promise<string | Extract<ConnectResult, { ok: false }>> {
  if (isIP(host) !== 0) return host;
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`looking up ${host}: no answer in ${timeoutMs} ms`)), timeoutMs);
  try {
    return (await Promise.race([lookup(host), promise])).address;
  } catch (error) {
    return { ok: false, failure: "name", detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

const failureByErrno: Readonly<Record<string, ConnectFailure>> = {
  ECONNREFUSED: "refused",
  ETIMEDOUT: "timeout",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
};

function describe(error: NodeJS.ErrnoException): ConnectResult {
  return { ok: false, failure: failureByErrno[error.code ?? ""] ?? "other", detail: error.message };
}
