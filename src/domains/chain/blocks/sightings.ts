/**
 * When several clients of one chain that are watched together saw the same block or transaction: how long news takes from one to another. All
 * times are of one clock, so no clocks have to agree; what remains is how finely a client is looked at. Relative to the first of them, because
 * what lies before that cannot be seen from here. It knows no metrics: `propagation.ts` tells them, each client its own.
 */
import type { PropagationKind } from "./metrics.ts";

export interface Sighting {
  /** What only clients of the same chain have in common, e.g. the hash of its first block. */
  readonly chain: string;
  readonly kind: PropagationKind;
  readonly id: string;
  /** On the monotonic clock. */
  readonly timeMs: number;
}

export interface Delay {
  readonly kind: PropagationKind;
  /** After the first client that saw it; 0 for that one. */
  readonly seconds: number;
}

export interface Sightings {
  /** The client has seen it, as news: not what was there when it was first looked at. */
  seen(client: string, sighting: Sighting): void;
  /** Delays of the client that have become known since the last call. The first to see something is told of it once a second one has, too. */
  delaysOf(client: string): readonly Delay[];
  /** The client has this head. */
  head(client: string, chain: string, number: number): void;
  /** The highest head among the chain's other clients; `null` where there is none. */
  highestOther(client: string, chain: string): number | null;
  /** The client is not watched any more. */
  forget(client: string): void;
}

interface Known {
  readonly timeMs: number;
  readonly first: string;
  readonly by: Set<string>;
}

/** Of all chains. At seven transactions a second, as Bitcoin has them, 20 minutes: more than news takes. */
const knownMax = 8192;
/** Of one client that nobody asks for: as many as are known is more than it can have in a second. */
const delaysMax = knownMax;

export function openSightings(): Sightings {
  const known = new Map<string, Known>();
  const delays = new Map<string, Delay[]>();
  const heads = new Map<string, { readonly chain: string; readonly number: number }>();

  const credit = (client: string, delay: Delay): void => {
    const waiting = delays.get(client) ?? [];
    if (waiting.length < delaysMax) waiting.push(delay);
    delays.set(client, waiting);
  };

  return {
    seen(client, { chain, kind, id, timeMs }) {
      const key = `${chain} ${id}`;
      const before = known.get(key);
      if (before === undefined) {
        known.set(key, { timeMs, first: client, by: new Set([client]) });
        const [oldest] = known.keys();
        if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
        return;
      }
      if (before.by.has(client)) return;
      if (before.by.size === 1) credit(before.first, { kind, seconds: 0 });
      before.by.add(client);
      credit(client, { kind, seconds: (timeMs - before.timeMs) / 1000 });
    },
    delaysOf(client) {
      const waiting = delays.get(client) ?? [];
      delays.delete(client);
      return waiting;
    },
    head: (client, chain, number) => void heads.set(client, { chain, number }),
    highestOther(client, chain) {
      const others = [...heads].filter(([name, head]) => name !== client && head.chain === chain);
      return others.length === 0 ? null : Math.max(...others.map(([, { number }]) => number));
    },
    forget(client) {
      delays.delete(client);
      heads.delete(client);
    },
  };
}
