/** The series of single peers: of at most 128, those that have been connected longest. */
import { cleanText } from "../../../core/clean-text.ts";
import type { HeldSeries } from "../../../core/observer.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { peerMetrics as metrics } from "./metrics.ts";
import type { PeerFacts } from "./peer-facts.ts";
import type { TcpQuality } from "./tcp-quality.ts";

/** Peers that have series of their own. */
const seriesMax = 128;
/** Most inbound connections are crawlers', which leave within seconds: series of their own would only fill the index. */
const settledSeconds = 10;

/** One peer as of now, with all that is known of it. */
export interface PeerState {
  readonly facts: PeerFacts;
  readonly connectedSeconds: number;
  readonly tcp: TcpQuality | null;
  readonly score: number | null;
}

export interface PeerSeriesTable {
  /** Shows these peers; the series of those that are not among them end. */
  show(peers: readonly PeerState[]): void;
}

export function openPeerSeries(context: ClientContext): PeerSeriesTable {
  const rows = new Map<string, PeerRow>();
  return {
    show(peers) {
      const settled = peers.filter(({ connectedSeconds }) => connectedSeconds >= settledSeconds);
      const seated = settled.toSorted((a, b) => b.connectedSeconds - a.connectedSeconds).slice(0, seriesMax);
      const stay = new Map(seated.map((peer) => [rowKey(peer.facts), peer]));
      for (const [key, row] of rows) {
        if (stay.has(key)) continue;
        row.release();
        rows.delete(key);
      }
      for (const [key, peer] of stay) {
        const row = rows.get(key) ?? openRow(context, peer.facts);
        rows.set(key, row);
        row.set(peer);
      }
    },
  };
}

/** What stands in labels: where one of these changes, the series are others. */
function rowKey({ id, address, client, direction }: PeerFacts): string {
  return JSON.stringify([id, address, client, direction]);
}

/** Onion addresses stay whole. Of longer ids both ends are kept: the beginnings may be all the same (`16Uiu2HA…` of libp2p). */
function peerLabel(id: string): string {
  const text = cleanText(id);
  return text.length <= 72 ? text : `${text.slice(0, 12)}..${text.slice(-12)}`;
}

interface PeerRow {
  set(peer: PeerState): void;
  release(): void;
}

function openRow(context: ClientContext, facts: PeerFacts): PeerRow {
  const peer = { "chain.peer": peerLabel(facts.id) };
  const info = context.series(metrics.info, {
    ...peer,
    "peer.address": cleanText(facts.address ?? ""),
    "peer.client": cleanText(facts.client ?? ""),
    "peer.direction": facts.direction,
  });
  const ping = context.series(metrics.latency, { ...peer, "latency.source": "ping" });
  const roundTrip = context.series(metrics.latency, { ...peer, "latency.source": "tcp" });
  const loss = context.series(metrics.retransmitRatio, peer);
  const received = context.series(metrics.peerReceived, peer);
  const sent = context.series(metrics.peerSent, peer);
  const head = context.series(metrics.peerHead, peer);
  const score = context.series(metrics.peerScore, peer);
  return {
    set: (state) => {
      info.set(1);
      hold(ping, state.facts.pingSeconds);
      hold(roundTrip, state.tcp?.roundTripSeconds ?? null);
      hold(loss, state.tcp?.lossRatio ?? null);
      hold(received, state.facts.bytesReceived ?? state.tcp?.bytesReceived ?? null);
      hold(sent, state.facts.bytesSent ?? state.tcp?.bytesSent ?? null);
      hold(head, state.facts.head);
      hold(score, state.score);
    },
    release: () => {
      for (const series of [info, ping, roundTrip, loss, received, sent, head, score]) series.release();
    },
  };
}

/** A value that is not known now is not there, rather than the last one. */
export function hold(series: HeldSeries, value: number | null): void {
  if (value === null) series.clear();
  else series.set(value);
}
