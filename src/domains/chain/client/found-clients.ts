/**
 * Clients that were found, from one look to the next. One that goes away stays known for an hour: that it does not answer is what one wants to be
 * told. One that comes back with another socket was started anew, and what is remembered of it is forgotten at once.
 */
import type { Absence } from "../../../core/absence.ts";
import type { ObserveContext } from "../../../core/observer.ts";
import type { Roster } from "./client-roster.ts";
import { foundTarget } from "./client-target.ts";
import type { Discovered, FoundClient, NotFound } from "./discovery.ts";
import { clientMetrics } from "./metrics.ts";
import type { WatchedClient } from "./watched-client.ts";

export interface FoundClients {
  update(discovered: Discovered): void;
}

interface Entry {
  found: FoundClient;
  readonly name: string;
  readonly watched: WatchedClient;
  /** When something listened at its port last. */
  seenMs: number;
}

const rememberedMs = 3_600_000;

export function openFoundClients(observe: ObserveContext, roster: Roster): FoundClients {
  const entries = new Map<number, Entry>();
  const absences = openPortAbsences(observe);

  const start = (found: FoundClient, name: string): void => {
    const { chain, node } = observe.config;
    const watched = roster.start(found.kind, foundTarget(found, { chain, role: node.type, name }));
    entries.set(found.port, { found, name, watched, seenMs: observe.clock.monotonicMs() });
  };
  const end = ({ found, watched }: Entry): void => {
    roster.end(watched);
    entries.delete(found.port);
  };
  const see = (found: FoundClient): void => {
    const known = entries.get(found.port);
    if (known === undefined) return start(found, roster.freeName(found.kind));
    if (known.found.kind !== found.kind) {
      end(known);
      return start(found, roster.freeName(found.kind));
    }
    known.seenMs = observe.clock.monotonicMs();
    const isAnew = known.found.inode !== found.inode;
    if (isAnew) known.watched.session.restarted(`another program listens at port ${found.port}`);
    if (hasMore(found, known.found)) {
      end(known);
      return start(found, known.name);
    }
    if (isAnew) known.watched.again();
    known.found = { ...known.found, inode: found.inode };
  };

  return {
    update({ clients, others }) {
      for (const found of clients) see(found);
      const nowMs = observe.clock.monotonicMs();
      for (const entry of entries.values()) {
        const lastMs = Math.max(entry.seenMs, entry.watched.session.answeredMs ?? 0);
        if (nowMs - lastMs > rememberedMs) end(entry);
      }
      absences.report(others, entries.size === 0);
    },
  };
}

/** An address has become known, or is another one. That one is not seen for a moment is no reason to begin anew. */
function hasMore(now: FoundClient, before: FoundClient): boolean {
  const addresses = ({ rpc, ws, metrics }: FoundClient) => [rpc?.url.href, rpc?.cookieFile, ws?.href, metrics?.url.href];
  const known = addresses(before);
  return addresses(now).some((address, index) => address !== undefined && address !== known[index]);
}

/** What is said of ports at which no client could be found. */
function openPortAbsences(observe: ObserveContext): { report(others: readonly NotFound[], isNoneFound: boolean): void } {
  const metrics = [clientMetrics.up, clientMetrics.info];
  const told = new Set<string>();
  return {
    report(others, isNoneFound) {
      const now = new Map<string, Absence>();
      for (const other of others) if (other.outcome === "locked") now.set(`port ${other.port}`, lockedAbsence(other));
      const strangers = others.filter(({ outcome }) => outcome !== "locked");
      if (isNoneFound && strangers.length > 0) now.set("discovery", nothingAbsence(strangers));
      for (const source of told) {
        if (now.has(source)) continue;
        observe.present(source);
        told.delete(source);
      }
      for (const [source, absence] of now) {
        observe.absent(source, metrics, absence);
        told.add(source);
      }
    },
  };
}

/** What is said of a client that wants to know who asks. */
export function lockedAbsence({ port, detail, denied }: NotFound): Absence {
  const file = denied === null ? "no cookie file of it was found" : `${denied} may not be read`;
  return {
    reason: "no_permission",
    detail: `port ${port}: ${detail}; ${file}`,
    fix: "Let ChainPulse's user read the cookie file, or configure the client in chain.clients with cookie_file or basic_auth; docs/chain.md.",
  };
}

function nothingAbsence(strangers: readonly NotFound[]): Absence {
  const what = strangers.map(({ port, detail }) => `port ${port}: ${detail}`).join("; ");
  return {
    reason: "not_present",
    detail: `no blockchain client was found: ${what}`,
    fix: "Name the client in chain.clients; docs/chain.md.",
  };
}
