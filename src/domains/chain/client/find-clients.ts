/** Looks again and again at what is listened on here, for clients that nobody has configured. */
import { setTimeout as wait } from "node:timers/promises";
import type { ChainSection } from "../../../core/config-chain.ts";
import type { ObserveContext } from "../../../core/observer.ts";
import { isOwnHost } from "../../../io/own-host.ts";
import type { Discovery } from "./discovery.ts";
import type { FoundClients } from "./found-clients.ts";
import type { LocalDoor } from "./local-doors.ts";
import { clientMetrics } from "./metrics.ts";

export interface FindOptions {
  readonly observe: ObserveContext;
  readonly discovery: Discovery;
  readonly found: FoundClients;
  readonly doors: () => Promise<ReadonlyMap<number, LocalDoor>>;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

/** Until the signal; never rejects. What cannot be looked at is told as long as that is so. */
export async function keepFinding({ observe, discovery, found, doors, intervalMs, signal }: FindOptions): Promise<void> {
  const taken = takenPorts(observe.config.chain);
  const source = "listening sockets";
  while (!signal.aborted) {
    try {
      const discovered = await discovery.look(await doors(), taken);
      if (signal.aborted) return;
      found.update(discovered);
      observe.present(source);
    } catch (error) {
      observe.logger.debug("clients cannot be looked for", { error });
      const detail = `clients cannot be found by themselves: ${error instanceof Error ? error.message : String(error)}`;
      const fix = "Name them in chain.clients.";
      observe.absent(source, [clientMetrics.up, clientMetrics.info], { reason: "unsupported", detail, fix });
    }
    await wait(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** Ports of this machine that configured clients have: they are not to be found a second time. */
export function takenPorts({ clients }: ChainSection): ReadonlySet<number> {
  const urls = clients.flatMap(({ rpc_url: rpc, ws_url: ws, metrics_url: metrics }) => [rpc, ws, metrics]);
  const own = urls.filter((url) => url !== undefined).map((url) => new URL(url));
  return new Set(own.filter(({ hostname }) => isOwnHost(hostname)).map(portOf));
}

function portOf({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" || protocol === "wss:" ? 443 : 80;
}
