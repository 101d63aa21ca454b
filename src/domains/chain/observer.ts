/** Watches the blockchain clients of this node. What it needs for that is loaded when there is a client, or something that looks like one. */
import type { Absence } from "../../core/absence.ts";
import type { Config } from "../../core/config.ts";
import type { ObserverDeclaration } from "../../core/observer.ts";
import { listeningSockets } from "../../io/listening-sockets.ts";
import { chainMetrics } from "./all-metrics.ts";
import { localDoors } from "./client/local-doors.ts";
import { allUsualPorts } from "./clients/usual-ports.ts";

/** A client that starts is seen after half of that on average; looking costs 5 ms of another thread's time. */
const intervalMs = 10_000;

export const chainObserver: ObserverDeclaration = {
  id: "chain.clients",
  title: "Blockchain clients",
  metrics: Object.values(chainMetrics),
  wanted,
  idle,
  async open(observe) {
    const { clientKinds } = await import("./clients/kinds.ts");
    const { watchClients } = await import("./client/watch-clients.ts");
    const doors = async () => localDoors(await listeningSockets(observe.config.host.proc_root));
    return watchClients(observe, { kinds: clientKinds, doors, intervalMs });
  },
};

/** Whether a client is configured, or something listens where one may be. No connection is made. */
async function wanted({ chain, host }: Config): Promise<boolean> {
  if (!chain.enabled) return false;
  if (chain.clients.length > 0) return true;
  if (!chain.discover) return false;
  // Where the system does not tell, nothing can be found, and nobody misses it: clients are configured there.
  const sockets = await listeningSockets(host.proc_root).catch(() => []);
  return [...localDoors(sockets).keys()].some((port) => allUsualPorts.has(port));
}

/** Nothing that is watched is no failure: checks on clients have nothing to judge then. */
function idle({ chain }: Config): Absence {
  if (!chain.enabled) return { reason: "disabled", detail: "chain.enabled is false", fix: "Set chain.enabled." };
  const detail = chain.discover
    ? "nothing listens at the usual ports of blockchain clients on this machine"
    : "no client is configured, and chain.discover is false";
  return { reason: "not_present", detail, fix: "Name the client in chain.clients; docs/chain.md." };
}
