/**
 * The peers of one client, whatever chain it is of: counts, churn and diversity of all of them, series of those that stay, and a score. Families
 * hand over what the client tells (`PeerFacts`); what the kernel knows of the same connections is joined here.
 */
import type { ClientContext } from "../client/client-kind.ts";
import { peerDirections, peerMetrics as metrics } from "./metrics.ts";
import type { PeerFacts } from "./peer-facts.ts";
import { openPeerGroups } from "./peer-groups.ts";
import { hold, openPeerSeries, type PeerState } from "./peer-series.ts";
import { p2pScore, peerScore } from "./score.ts";
import { machineSockets, openTcpJoin, type SocketView, type TcpQuality } from "./tcp-quality.ts";

/** Clients keep some hundred peers. What a list has beyond this is counted, and not looked at. */
const peersMax = 4096;
/** Of the score; `score.ts` has the formula. */
const churnWindowMs = 600_000;

export interface PeerTable {
  /** All peers of now: those that are not among them have left. */
  update(peers: readonly PeerFacts[]): void;
}

/** `sockets` is injected by tests. */
export function openPeerTable(context: ClientContext, sockets: SocketView = machineSockets): PeerTable {
  const tcp = openTcpJoin(sockets);
  const showGroups = openPeerGroups(context);
  const series = openPeerSeries(context);
  const churn = openChurn(context);

  const readTcp = (peers: readonly PeerFacts[], nowMs: number): ReadonlyMap<string, TcpQuality> => {
    const qualities = tcp.join(peers, nowMs);
    if (qualities === null) return new Map();
    if (!("reason" in qualities)) {
      context.present("peers.tcp");
      return qualities;
    }
    context.absent("peers.tcp", [metrics.retransmitRatio], qualities);
    return new Map();
  };

  return {
    update(all) {
      const nowMs = context.clock.monotonicMs();
      const facts = [...new Map(all.slice(0, peersMax).map((peer) => [peer.id, peer])).values()];
      // A client that tells no peer's direction has not said that none is inbound.
      const isTold = all.length === 0 || all.some(({ direction }) => direction !== "unknown");
      for (const direction of peerDirections) {
        const count = all.filter((peer) => peer.direction === direction).length;
        hold(context.series(metrics.count, { "peer.direction": direction }), isTold || direction === "unknown" ? count : null);
      }
      const { leftInTenMinutes, firstSeenMs } = churn(facts, nowMs);
      const peers = statesOf(facts, readTcp(facts, nowMs), (id) => (nowMs - (firstSeenMs.get(id) ?? nowMs)) / 1000);
      series.show(peers);
      context.series(metrics.score, {}).set(
        p2pScore({
          count: all.length,
          scores: peers.map(({ score }) => score).filter((score) => score !== null),
          leftInTenMinutes,
          evenness: showGroups(facts),
        }),
      );
    },
  };
}

function statesOf(
  peers: readonly PeerFacts[],
  qualities: ReadonlyMap<string, TcpQuality>,
  seenSeconds: (id: string) => number,
): readonly PeerState[] {
  const heads = peers.map(({ head }) => head).filter((head) => head !== null);
  // The middle one, not the highest: a single peer that lies would make all others look late.
  const middle = heads.toSorted((a, b) => a - b)[Math.floor(heads.length / 2)];
  return peers.map((facts) => {
    const tcp = qualities.get(facts.id) ?? null;
    const score = peerScore({
      roundTripSeconds: tcp?.roundTripSeconds ?? facts.pingSeconds,
      lossRatio: tcp?.lossRatio ?? null,
      blocksBehind: facts.head === null || middle === undefined ? null : middle - facts.head,
    });
    return { facts, connectedSeconds: facts.connectedSeconds ?? seenSeconds(facts.id), tcp, score };
  });
}

interface Churn {
  readonly leftInTenMinutes: number;
  /** Peer id → when it was first seen, of those that are there. */
  readonly firstSeenMs: ReadonlyMap<string, number>;
}

/** Counts who comes and goes; the peers of the first look were there before. */
function openChurn(context: ClientContext): (peers: readonly PeerFacts[], nowMs: number) => Churn {
  let before: ReadonlyMap<string, number> | null = null;
  let departures: readonly { readonly timeMs: number; readonly count: number }[] = [];
  return (peers, nowMs) => {
    const firstSeenMs = new Map(peers.map(({ id }) => [id, before?.get(id) ?? nowMs]));
    const known = before ?? firstSeenMs;
    const came = peers.filter(({ id }) => !known.has(id)).length;
    const left = known
      .keys()
      .filter((id) => !firstSeenMs.has(id))
      .toArray().length;
    before = firstSeenMs;
    context.count(metrics.changes, { "peer.change": "connected" }, came);
    context.count(metrics.changes, { "peer.change": "disconnected" }, left);
    departures = departures.filter(({ timeMs }) => nowMs - timeMs <= churnWindowMs);
    if (left > 0) departures = [...departures, { timeMs: nowMs, count: left }];
    return { leftInTenMinutes: departures.reduce((sum, { count }) => sum + count, 0), firstSeenMs };
  };
}
