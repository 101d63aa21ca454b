/** Tells one client's part of `sightings.ts`: how much later than the first of this node's clients of the same chain it sees news. */
import type { ClientContext } from "../client/client-kind.ts";
import { blockMetrics as metrics, type PropagationKind, propagationKinds, propagationQuantiles } from "./metrics.ts";

export interface Propagation {
  /** The client has it now, as news. */
  seen(kind: PropagationKind, id: string): void;
  /** The client's head; the metrics are told with it. */
  head(number: number): void;
  /** The highest head among the chain's other clients here; `null` where there is none. */
  highestOther(): number | null;
}

/** Delays that a quantile is of. */
const recentMax = 128;

/** `chain`: what only clients of the same chain have in common. */
export function openPropagation(context: ClientContext, chain: string): Propagation {
  const { sightings, target } = context;
  const { name } = target;
  const recent: Record<PropagationKind, number[]> = { block: [], transaction: [] };

  const tell = (): void => {
    const delays = sightings.delaysOf(name);
    for (const kind of propagationKinds) {
      const seconds = delays.filter((delay) => delay.kind === kind).map((delay) => delay.seconds);
      if (seconds.length === 0) continue;
      context.count(metrics.propagated, { "propagation.of": kind }, seconds.length);
      context.count(metrics.propagationTime, { "propagation.of": kind }, sum(seconds));
      recent[kind] = [...recent[kind], ...seconds].slice(-recentMax);
      const sorted = recent[kind].toSorted((a, b) => a - b);
      for (const quantile of propagationQuantiles) {
        // Nearest rank (NIST/SEMATECH e-Handbook 7.2.6.2), so that it is a delay that there was.
        const value = sorted[Math.ceil(Number(quantile) * sorted.length) - 1];
        if (value !== undefined) context.series(metrics.propagationDelay, { "propagation.of": kind, quantile }).set(value);
      }
    }
  };

  return {
    seen: (kind, id) => sightings.seen(name, { chain, kind, id, timeMs: context.clock.monotonicMs() }),
    head(number) {
      sightings.head(name, chain, number);
      tell();
    },
    highestOther: () => sightings.highestOther(name, chain),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
