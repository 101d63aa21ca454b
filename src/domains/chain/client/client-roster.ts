/** The clients of this node by name: no two have the same, and none has that of a configured one. */
import type { ObserveContext } from "../../../core/observer.ts";
import { openSightings } from "../blocks/sightings.ts";
import type { ClientKind, ClientTarget } from "./client-kind.ts";
import { openClientSession } from "./client-session.ts";
import { watchClient, type WatchedClient } from "./watched-client.ts";

export interface Roster {
  /** The kind's id, or with the first number that is free: `geth`, `geth-2`. */
  freeName(kind: ClientKind): string;
  /** Nobody else is to be called that. */
  reserve(name: string): void;
  /** Begins to watch a client under its name. */
  start(kind: ClientKind, target: ClientTarget): WatchedClient;
  /** It is known no more, and its name is free. */
  end(client: WatchedClient): void;
  /** Ends all; resolves when nothing is held any more. */
  close(): Promise<void>;
}

export function openRoster(observe: ObserveContext): Roster {
  const sightings = openSightings();
  const names = new Set<string>();
  const running = new Map<WatchedClient, string>();
  const ending = new Set<Promise<void>>();

  const end = (client: WatchedClient): void => {
    names.delete(running.get(client) ?? "");
    running.delete(client);
    const ended = client.close().finally(() => ending.delete(ended));
    ending.add(ended);
  };

  return {
    freeName({ id }) {
      if (!names.has(id)) return id;
      let number = 2;
      while (names.has(`${id}-${number}`)) number++;
      return `${id}-${number}`;
    },
    reserve: (name) => void names.add(name),
    start(kind, target) {
      names.add(target.name);
      const client = watchClient(kind, openClientSession({ observe, chain: observe.config.chain, target, kind, sightings }));
      running.set(client, target.name);
      return client;
    },
    end,
    async close() {
      for (const client of running.keys()) end(client);
      await Promise.all(ending);
    },
  };
}
