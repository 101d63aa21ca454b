/**
 * The machine's own TCP connections, from the kernel's socket diagnostics. A dump costs milliseconds (it walks the whole hash table),
 * `/proc/net/tcp` costs three times as much and tells no round-trip times.
 */
import type { CollectContext, Collector, CollectorDeclaration } from "../../../core/collector.ts";
import type { openNetlinkDumper } from "../../../io/netlink-socket.ts";
import type { TcpInfo, TcpSocket } from "../../../io/tcp-diag.ts";
import { openTcpSockets, type TcpSockets } from "../../../io/tcp-sockets.ts";
import { HandleTable, setIfNumber } from "../handle-table.ts";
import { selectTop } from "../process/select-top.ts";
import { type ConnectionDirection, connectionDirections, connectionMetrics as metrics } from "./metrics.ts";
import { seatServices } from "./service-seats.ts";
import { type ConnectionSummary, type PeerSummary, type ServiceSummary, percentile, summarise } from "./summarise.ts";

const maxPeers = 16;
const maxListeners = 64;

export const connectionsCollector = connectionsWith();

/** `openDumper` is injected by tests. */
export function connectionsWith(openDumper?: () => ReturnType<typeof openNetlinkDumper>): CollectorDeclaration {
  return {
    id: "host.connections",
    title: "TCP connections",
    metrics: Object.values(metrics),
    intervalMs: 10_000,
    platforms: ["linux"],
    open: async (context) => {
      const sockets = await openTcpSockets(openDumper);
      if ("read" in sockets) return new ConnectionsCollector(context, sockets);
      context.absent("netlink", Object.values(metrics), sockets);
      return { collect: () => undefined };
    },
  };
}

class ConnectionsCollector implements Collector {
  readonly #context: CollectContext;
  readonly #sockets: TcpSockets;
  readonly #services: readonly ServiceTable[];
  readonly #peers;
  readonly #listeners;
  readonly #seated = new Set<string>();
  #seatedPeers: ReadonlySet<string> = new Set();
  #before: ReadonlyMap<string, TcpInfo> | null = null;

  constructor(context: CollectContext, sockets: TcpSockets) {
    this.#context = context;
    this.#sockets = sockets;
    this.#services = connectionDirections.map((direction) => ({
      direction,
      rows: new HandleTable((port: string) => openService(context, { direction, port })),
    }));
    this.#peers = new HandleTable((address: string) => openPeer(context, address));
    this.#listeners = new HandleTable((port: string) => openListener(context, port));
  }

  collect(): void {
    const sockets = this.#read();
    if (sockets === null) return;
    const summary = summarise(sockets, this.#before);
    this.#before = summary.counters;
    const services = seatServices(summary.services, this.#seated);
    for (const { direction, rows } of this.#services) {
      for (const service of services) if (service.direction === direction) rows.row(service.port).set(service);
      rows.sweep();
    }
    this.#showPeers(summary);
    for (const { port, queued, limit } of summary.listeners.slice(0, maxListeners))
      this.#listeners.row(port).set(queued, limit);
    this.#listeners.sweep();
  }

  /** All sockets, or `null` after saying why not. */
  #read(): readonly TcpSocket[] | null {
    const sockets = this.#sockets.read();
    if (!("reason" in sockets)) {
      this.#context.present("netlink");
      return sockets;
    }
    this.#context.absent("netlink", Object.values(metrics), sockets);
    this.#before = null;
    return null;
  }

  #showPeers(summary: ConnectionSummary): void {
    const byAddress = new Map(summary.peers.map((peer) => [peer.address, peer]));
    const traffic = (address: string): number => {
      const peer = byAddress.get(address);
      return peer === undefined ? 0 : peer.sentBytes + peer.receivedBytes;
    };
    this.#seatedPeers = selectTop(byAddress.keys(), { count: maxPeers, members: this.#seatedPeers, score: traffic });
    for (const address of this.#seatedPeers) {
      const peer = byAddress.get(address);
      if (peer !== undefined) this.#peers.row(address).set(peer);
    }
    this.#peers.sweep();
  }
}

interface ServiceTable {
  readonly direction: ConnectionDirection;
  readonly rows: HandleTable<string, ReturnType<typeof openService>>;
}

function openService(context: CollectContext, key: { readonly direction: ConnectionDirection; readonly port: string }) {
  const labels = { "network.connection.direction": key.direction, "network.service.port": key.port };
  const count = context.series(metrics.count, labels);
  const p50 = context.series(metrics.rtt, { ...labels, "chainpulse.statistic": "p50" });
  const p95 = context.series(metrics.rtt, { ...labels, "chainpulse.statistic": "p95" });
  const max = context.series(metrics.rtt, { ...labels, "chainpulse.statistic": "max" });
  const deliveryRate = context.series(metrics.deliveryRate, labels);
  const sent = context.series(metrics.sent, labels);
  const received = context.series(metrics.received, labels);
  const retransmitted = context.series(metrics.retransmitted, labels);
  const totals = { sentBytes: 0, receivedBytes: 0, retransmittedBytes: 0 };
  return {
    handles: [count, p50, p95, max, deliveryRate, sent, received, retransmitted],
    set: (service: ServiceSummary) => {
      const rtts = service.rttsSeconds.toSorted((a, b) => a - b);
      count.set(service.connections);
      setIfNumber(p50, percentile(rtts, 0.5));
      setIfNumber(p95, percentile(rtts, 0.95));
      setIfNumber(max, percentile(rtts, 1));
      deliveryRate.set(service.deliveryBytesPerSecond);
      sent.set((totals.sentBytes += service.sentBytes));
      received.set((totals.receivedBytes += service.receivedBytes));
      retransmitted.set((totals.retransmittedBytes += service.retransmittedBytes));
    },
  };
}

function openPeer(context: CollectContext, address: string) {
  const labels = { "network.peer.address": address };
  const connections = context.series(metrics.peerConnections, labels);
  const rtt = context.series(metrics.peerRtt, labels);
  const sent = context.series(metrics.peerSent, labels);
  const retransmitted = context.series(metrics.peerRetransmitted, labels);
  let sentBytes = 0;
  let retransmittedBytes = 0;
  return {
    handles: [connections, rtt, sent, retransmitted],
    set: (peer: PeerSummary) => {
      connections.set(peer.connections);
      if (peer.measured > 0) rtt.set(peer.rttSumSeconds / peer.measured);
      sent.set((sentBytes += peer.sentBytes));
      retransmitted.set((retransmittedBytes += peer.retransmittedBytes));
    },
  };
}

function openListener(context: CollectContext, port: string) {
  const labels = { "network.service.port": port };
  const length = context.series(metrics.acceptQueue, labels);
  const limit = context.series(metrics.acceptQueueLimit, labels);
  return {
    handles: [length, limit],
    set: (queued: number, allowed: number) => {
      length.set(queued);
      limit.set(allowed);
    },
  };
}
