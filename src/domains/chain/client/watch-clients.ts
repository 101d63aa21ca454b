/** All clients of this node, the configured and the found, each with a session of its own; it ends with the observer. */
import type { ObserveContext, Observer } from "../../../core/observer.ts";
import { findHomeFile } from "../../../io/home-files.ts";
import type { ClientKind } from "./client-kind.ts";
import { openRoster } from "./client-roster.ts";
import { followConfigured } from "./configured-client.ts";
import { openDiscovery } from "./discovery.ts";
import { keepFinding } from "./find-clients.ts";
import { openFoundClients } from "./found-clients.ts";
import { identifyMetrics, identifyRpc } from "./identify.ts";
import type { LocalDoor } from "./local-doors.ts";

export interface WatchClientsOptions {
  readonly kinds: readonly ClientKind[];
  /** What is listened on here. Rejects where that cannot be read. */
  readonly doors: () => Promise<ReadonlyMap<number, LocalDoor>>;
  /** Time between two looks at what is listened on, and between two questions to a configured client of unknown kind, ms. */
  readonly intervalMs: number;
}

/** A found client is waited for no longer than that, however patient one is with configured ones. */
const foundTimeoutMs = 3000;

export function watchClients(observe: ObserveContext, { kinds, doors, intervalMs }: WatchClientsOptions): Observer {
  const { chain } = observe.config;
  const closing = new AbortController();
  const { signal } = closing;
  const roster = openRoster(observe);

  for (const { name } of chain.clients) if (name !== undefined) roster.reserve(name);
  const configured = chain.clients.map((client) =>
    followConfigured(client, { observe, kinds, roster, signal, askAgainMs: intervalMs }),
  );
  const finding = chain.discover
    ? keepFinding({
        observe,
        discovery: openDiscovery({
          kinds,
          clock: observe.clock,
          timeoutMs: Math.min(foundTimeoutMs, chain.request_timeout_ms),
          signal,
          identifyRpc,
          identifyMetrics,
          findCookie: (paths) => findHomeFile(paths),
        }),
        found: openFoundClients(observe, roster),
        doors,
        intervalMs,
        signal,
      })
    : Promise.resolve();

  return {
    async close() {
      closing.abort();
      await Promise.all([finding, ...configured]);
      await roster.close();
    },
  };
}
