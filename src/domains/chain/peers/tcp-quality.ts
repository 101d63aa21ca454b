/**
 * What the kernel knows of the connections to peers: round trip, loss and bytes (`tcp_info`), joined by the addresses that a client tells.
 * Clients behind another network namespace, QUIC, and peers behind a proxy have no such connection here: nothing is said of them.
 */
import type { Absence } from "../../../core/absence.ts";
import { stateEstablished, type TcpSocket } from "../../../io/tcp-diag.ts";
import { openTcpSockets, type TcpSockets } from "../../../io/tcp-sockets.ts";
import { parsePeerAddress } from "./peer-address.ts";
import type { PeerFacts } from "./peer-facts.ts";

/** A dump walks the kernel's whole table of sockets: milliseconds each. */
const dumpIntervalMs = 5000;
/** Loss is told of so much time. */
const windowMs = 60_000;

export interface TcpQuality {
  readonly roundTripSeconds: number;
  /** Share of the bytes sent in the last minute that were sent again; `null` while nothing was sent. */
  readonly lossRatio: number | null;
  /** Since the connection was made. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** The machine's sockets by `host:port` of the other end; why not; or `null` before the first dump. */
export interface SocketView {
  read(nowMs: number): ReadonlyMap<string, readonly TcpSocket[]> | Absence | null;
}

/** Opened with the first `read`, dumped at most every five seconds. `open` is injected by tests. */
export function openSocketView(open: () => Promise<TcpSockets | Absence> = openTcpSockets): SocketView {
  let sockets: TcpSockets | Absence | null = null;
  let isOpening = false;
  let last: ReturnType<SocketView["read"]> = null;
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    read(nowMs) {
      if (sockets === null) {
        if (!isOpening) {
          isOpening = true;
          void open().then((opened) => (sockets = opened));
        }
        return null;
      }
      if (!("read" in sockets)) return sockets;
      if (nowMs - lastMs >= dumpIntervalMs) {
        lastMs = nowMs;
        const dump = sockets.read();
        last = "reason" in dump ? dump : byRemote(dump);
      }
      return last;
    },
  };
}

/** The kernel has one table for all clients that a thread watches: they share the dumps. */
export const machineSockets = openSocketView();

function byRemote(sockets: readonly TcpSocket[]): ReadonlyMap<string, readonly TcpSocket[]> {
  const connections = sockets.filter(({ state }) => state === stateEstablished);
  return Map.groupBy(connections, ({ remoteAddress, remotePort }) => endpointKey(remoteAddress, remotePort));
}

function endpointKey(host: string, port: number): string {
  return `${host} ${port}`;
}

export interface TcpJoin {
  /** Peer id → what the kernel knows of it; an absence where the list of sockets cannot be had; `null` where it is not there yet. */
  join(peers: readonly PeerFacts[], nowMs: number): ReadonlyMap<string, TcpQuality> | Absence | null;
}

interface Moment {
  readonly timeMs: number;
  readonly sentBytes: number;
  readonly retransmittedBytes: number;
}

export function openTcpJoin(view: SocketView): TcpJoin {
  let histories = new Map<string, readonly Moment[]>();
  return {
    join(peers, nowMs) {
      // Without a peer that could be found there, no dump is made.
      if (!peers.some(({ address }) => address !== null)) return new Map();
      const sockets = view.read(nowMs);
      if (sockets === null || "reason" in sockets) return sockets;
      const kept = new Map<string, readonly Moment[]>();
      const qualities = new Map<string, TcpQuality>();
      for (const peer of peers) {
        const socket = socketOf(peer, sockets);
        if (socket === null || socket.info === null) continue;
        const { sentBytes, receivedBytes, retransmittedBytes, rttSeconds } = socket.info;
        const now = { timeMs: nowMs, sentBytes, retransmittedBytes };
        const history = [...(histories.get(socket.cookie) ?? []), now].filter(({ timeMs }) => nowMs - timeMs <= windowMs);
        kept.set(socket.cookie, history);
        const lossRatio = lossSince(history[0] ?? now, now);
        qualities.set(peer.id, { roundTripSeconds: rttSeconds, lossRatio, bytesSent: sentBytes, bytesReceived: receivedBytes });
      }
      histories = kept;
      return qualities;
    },
  };
}

/** The one connection that it can be; none where several programs here are connected with the peer and the client does not say from where. */
function socketOf(peer: PeerFacts, sockets: ReadonlyMap<string, readonly TcpSocket[]>): TcpSocket | null {
  const remote = peer.address === null ? null : parsePeerAddress(peer.address);
  if (remote === null) return null;
  const candidates = sockets.get(endpointKey(remote.host, remote.port)) ?? [];
  const local = peer.localAddress === undefined || peer.localAddress === null ? null : parsePeerAddress(peer.localAddress);
  const matching =
    local === null
      ? candidates
      : candidates.filter(({ localAddress, localPort }) => localAddress === local.host && localPort === local.port);
  return matching.length === 1 ? (matching[0] ?? null) : null;
}

function lossSince(before: Moment, now: Moment): number | null {
  const sent = now.sentBytes - before.sentBytes;
  return sent > 0 ? (now.retransmittedBytes - before.retransmittedBytes) / sent : null;
}
