/** One dump of sockets, summed up by service and by peer. Pure: what was seen before is handed in and returned. */
import type { ConnectionDirection } from "./metrics.ts";
import { type TcpInfo, type TcpSocket, stateEstablished, stateListen } from "../../../io/tcp-diag.ts";

export interface Traffic {
  sentBytes: number;
  receivedBytes: number;
  retransmittedBytes: number;
}

export interface ServiceSummary extends Traffic {
  readonly direction: ConnectionDirection;
  readonly port: string;
  readonly rttsSeconds: number[];
  connections: number;
  deliveryBytesPerSecond: number;
}

export interface PeerSummary extends Traffic {
  readonly address: string;
  connections: number;
  rttSumSeconds: number;
  /** Connections that say their round-trip time. */
  measured: number;
}

export interface ListenerSummary {
  readonly port: string;
  queued: number;
  limit: number;
}

export interface ConnectionSummary {
  readonly services: readonly ServiceSummary[];
  readonly peers: readonly PeerSummary[];
  readonly listeners: readonly ListenerSummary[];
  /** Cookie → counters as of this dump, for the next one's differences. */
  readonly counters: ReadonlyMap<string, TcpInfo>;
}

/**
 * `before` is `null` at the first dump: then nothing counts as traffic. Later, a connection that was not there before was made since,
 * and all of its bytes count; one that has ended took its last bytes along.
 */
export function summarise(sockets: readonly TcpSocket[], before: ReadonlyMap<string, TcpInfo> | null): ConnectionSummary {
  const listeners = new Map<string, ListenerSummary>();
  for (const socket of sockets) if (socket.state === stateListen) addListener(listeners, socket);
  const services = new Map<string, ServiceSummary>();
  const peers = new Map<string, PeerSummary>();
  const counters = new Map<string, TcpInfo>();
  for (const socket of sockets) {
    if (socket.state !== stateEstablished) continue;
    const { direction, port } = serviceOf(socket, listeners);
    const service = entryOf(services, `${direction} ${port}`, () => emptyService(direction, port));
    service.connections++;
    const peer = direction === "local" ? null : entryOf(peers, socket.remoteAddress, () => emptyPeer(socket.remoteAddress));
    if (peer !== null) peer.connections++;
    if (socket.info === null) continue;
    counters.set(socket.cookie, socket.info);
    addInfo(socket.info, before === null ? socket.info : (before.get(socket.cookie) ?? noTraffic), service, peer);
  }
  return { services: [...services.values()], peers: [...peers.values()], listeners: [...listeners.values()], counters };
}

const noTraffic: Pick<TcpInfo, "sentBytes" | "receivedBytes" | "retransmittedBytes"> = {
  sentBytes: 0,
  receivedBytes: 0,
  retransmittedBytes: 0,
};

/** A port that we listen on is ours; a connection from one of our addresses to itself is local, and counts at the listener's port. */
function serviceOf(
  socket: TcpSocket,
  listeners: ReadonlyMap<string, unknown>,
): { direction: ConnectionDirection; port: string } {
  const localPort = String(socket.localPort);
  const remotePort = String(socket.remotePort);
  const isInbound = listeners.has(localPort);
  if (isLoopback(socket.remoteAddress) || socket.remoteAddress === socket.localAddress) {
    return { direction: "local", port: isInbound ? localPort : remotePort };
  }
  return isInbound ? { direction: "inbound", port: localPort } : { direction: "outbound", port: remotePort };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** Several sockets on one port (one per address, or SO_REUSEPORT): the fullest one is the port's trouble. */
function addListener(listeners: Map<string, ListenerSummary>, socket: TcpSocket): void {
  const listener = entryOf(listeners, String(socket.localPort), () => ({
    port: String(socket.localPort),
    queued: 0,
    limit: 0,
  }));
  if (listener.limit > 0 && socket.receiveQueue / socket.sendQueue <= listener.queued / listener.limit) return;
  listener.queued = socket.receiveQueue;
  listener.limit = socket.sendQueue;
}

function addInfo(info: TcpInfo, before: typeof noTraffic, service: ServiceSummary, peer: PeerSummary | null): void {
  service.rttsSeconds.push(info.rttSeconds);
  service.deliveryBytesPerSecond += info.deliveryBytesPerSecond;
  addTraffic(service, info, before);
  if (peer === null) return;
  peer.rttSumSeconds += info.rttSeconds;
  peer.measured++;
  addTraffic(peer, info, before);
}

function addTraffic(into: Traffic, now: typeof noTraffic, before: typeof noTraffic): void {
  into.sentBytes += now.sentBytes - before.sentBytes;
  into.receivedBytes += now.receivedBytes - before.receivedBytes;
  into.retransmittedBytes += now.retransmittedBytes - before.retransmittedBytes;
}

function emptyService(direction: ConnectionDirection, port: string): ServiceSummary {
  return { direction, port, rttsSeconds: [], connections: 0, deliveryBytesPerSecond: 0, ...noTraffic };
}

function emptyPeer(address: string): PeerSummary {
  return { address, connections: 0, rttSumSeconds: 0, measured: 0, ...noTraffic };
}

function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  let entry = map.get(key);
  if (entry === undefined) {
    entry = make();
    map.set(key, entry);
  }
  return entry;
}

/**
 * Nearest-rank percentile of sorted values, `rank` in (0, 1]: the smallest value that at least this share is not above.
 * Source: NIST/SEMATECH e-Handbook, 7.2.6.2; no interpolation, so that the value is one that was measured.
 */
export function percentile(sorted: readonly number[], rank: number): number {
  return sorted[Math.max(0, Math.ceil(rank * sorted.length) - 1)] ?? Number.NaN;
}
