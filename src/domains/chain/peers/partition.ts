/**
 * A client that has lost all its peers is named: its head may look young for a while, and its own lag is 0, because it knows of no newer block. That
 * others of the same chain are ahead is told where ChainPulse watches one of them, too.
 */
import type { ClientContext } from "../client/client-kind.ts";
import { clientEvent } from "../events.ts";

/** What a look at the client says. */
export interface Connectedness {
  readonly peers: number;
  readonly head: number | null;
  /** Head of the furthest other client of the chain that is watched; `null`: there is none. */
  readonly highestOther: number | null;
  /** The client was told to keep apart from the network. */
  readonly isSwitchedOff: boolean;
}

/** Two looks: while a client changes its only peer, it has none for a moment. */
const alonePatienceMs = 8000;

interface Alone {
  readonly sinceMs: number;
  readonly peersBefore: number;
  isNamed: boolean;
}

export function openPartitionWatch(context: ClientContext): (now: Connectedness) => void {
  let peersBefore = 0;
  let alone: Alone | null = null;

  const tell = (what: "partitioned" | "healed", key: string, detail: string): void =>
    context.emit(clientEvent.kind, key, context.clock.nowMs(), { what, detail });

  return (now) => {
    const nowMs = context.clock.nowMs();
    if (now.peers === 0 && peersBefore > 0) alone ??= { sinceMs: nowMs, peersBefore, isNamed: false };
    if (now.peers > 0) peersBefore = now.peers;
    if (alone === null) return;
    const aloneMs = nowMs - alone.sinceMs;

    if (now.peers === 0) {
      if (aloneMs < alonePatienceMs) return;
      // The same key: what is told grows while the others move on.
      tell("partitioned", `partitioned-${alone.sinceMs}`, aloneDetail(alone, now));
      if (!alone.isNamed) context.annotate(`${context.target.name} has lost all its peers`);
      alone.isNamed = true;
      return;
    }
    if (alone.isNamed && isBehind(now)) return;
    if (alone.isNamed) {
      const seconds = Math.round(aloneMs / 1000);
      tell(
        "healed",
        `healed-${nowMs}`,
        `${count(now.peers)} again; at block ${now.head ?? "?"} with the others after ${seconds} s`,
      );
      context.annotate(`${context.target.name} is connected again`);
    }
    alone = null;
  };
}

function isBehind({ head, highestOther }: Connectedness): boolean {
  return head !== null && highestOther !== null && head < highestOther;
}

function aloneDetail({ sinceMs, peersBefore }: Alone, now: Connectedness): string {
  const parts = [`no peers since ${new Date(sinceMs).toISOString()}, ${count(peersBefore)} before`];
  if (now.isSwitchedOff) parts.push("its network is switched off");
  if (now.head !== null) parts.push(`its head is ${now.head}`);
  if (isBehind(now)) parts.push(`others of its chain are at ${now.highestOther}`);
  return parts.join("; ");
}

function count(peers: number): string {
  return `${peers} ${peers === 1 ? "peer" : "peers"}`;
}
