/**
 * Whether the port at which a client's peers connect takes connections, as seen from here. It says nothing of a firewall or a router on the way to
 * others; that there are inbound peers does.
 */
import type { Absence } from "../../../core/absence.ts";
import { measureConnect } from "../../../io/tcp-connect.ts";
import type { ClientContext } from "./client-kind.ts";
import { loop } from "./loop.ts";
import { clientMetrics } from "./metrics.ts";

/** A connection that says nothing is a line in the client's log. */
const intervalMs = 60_000;
const timeoutMs = 3000;

/** Looks at the port that is configured, until the signal; resolves at once where none is. Never rejects. */
export async function watchConfiguredPort(context: ClientContext): Promise<void> {
  const { p2pPort } = context.target;
  if (p2pPort !== null) await loop(context, { name: what, intervalMs }, () => look(context, p2pPort));
}

/**
 * For families whose clients tell their port: looks at it, at most once a minute however often it is called, unless one is configured. `null`: the
 * client does not tell, which is said. Never rejects for what the network does.
 */
export function openToldPortCheck(context: ClientContext): (port: number | null) => Promise<void> {
  let dueMs = Number.NEGATIVE_INFINITY;
  return async (port) => {
    if (context.target.p2pPort !== null) return;
    if (port === null) {
      context.series(clientMetrics.reachable, {}).clear();
      return context.absent(what, [clientMetrics.reachable], untold);
    }
    context.present(what);
    const nowMs = context.clock.monotonicMs();
    if (nowMs < dueMs) return;
    dueMs = nowMs + intervalMs;
    await look(context, port);
  };
}

const what = "P2P port";
const untold: Absence = {
  reason: "not_present",
  detail: "the client does not tell the port at which peers connect",
  fix: "Set p2p_port of the client in chain.clients; docs/chain.md.",
};

async function look(context: ClientContext, port: number): Promise<void> {
  const { target } = context;
  const host = (target.rpc ?? target.metrics)?.url.hostname.replace(/^\[|\]$/g, "") ?? "127.0.0.1";
  const { ok } = await measureConnect({ host, port }, timeoutMs);
  context.series(clientMetrics.reachable, {}).set(ok ? 1 : 0);
}
