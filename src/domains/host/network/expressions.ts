/** PromQL that the network's panels, view and checks share. */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { connectionMetrics, targetMetrics } from "../connections/metrics.ts";
import { perSecondSlow } from "../slow-rate.ts";
import {
  type Protocol,
  networkNeighbourMetrics,
  networkProtocolMetrics,
  networkSocketMetrics,
  networkTrafficMetrics,
  type protocolCounters,
} from "./metrics.ts";

type Direction = "receive" | "transmit";

/**
 * Interfaces of the network: not the loopback, and not what containers and virtual machines are plugged into, whose traffic passes
 * through a real one too and would count twice. A container's own interface is mostly called eth0.
 */
const real = {
  "network.interface.name": {
    notMatches: "lo|(?:veth|docker|br-|cni|flannel|cali|cilium|lxc|lxd|virbr|vnet|ifb|dummy).*",
  },
} as const;

export const interfaceBytes = (direction: Direction): string =>
  perSecond(networkTrafficMetrics.io, { "network.io.direction": direction, ...real });

export const interfacePackets = (direction: Direction): string =>
  perSecond(networkTrafficMetrics.packets, { "network.io.direction": direction, ...real });

/** Rate of one of the kernel's protocol counters. */
export function protocolRate<P extends Protocol>(protocol: P, event: (typeof protocolCounters)[P][number]): string {
  return perSecond(networkProtocolMetrics.events, { "network.protocol": protocol, "network.event": event });
}

/** Segments that were sent again, of all that were sent; no value while nothing is sent. */
export const retransmitRatio = `sum(${protocolRate("Tcp", "RetransSegs")}) / (sum(${protocolRate("Tcp", "OutSegs")}) > 0)`;

/** Dropped packets of all packets, by interface and direction; no value without packets. */
export const dropRatio = `${perSecond(networkTrafficMetrics.dropped, real)} / (${perSecond(networkTrafficMetrics.packets, real)} > 0)`;

/** Damaged packets of all packets, by interface and direction. */
export const errorRatio = `${perSecond(networkTrafficMetrics.errors, real)} / (${perSecond(networkTrafficMetrics.packets, real)} > 0)`;

export const conntrackUsage = `${select(networkNeighbourMetrics.conntrackEntries)} / ${select(networkNeighbourMetrics.conntrackLimit)}`;

export const tcpMemoryUsage = `sum(${select(networkSocketMetrics.memory, { "network.protocol": "TCP" })}) / sum(${select(networkSocketMetrics.tcpMemoryLimit)})`;

/** Bytes that TCP sent again, of all that it sent, by service. */
export const serviceLoss = `${perSecondSlow(connectionMetrics.retransmitted)} / (${perSecondSlow(connectionMetrics.sent)} > 0)`;

/** The same by peer, of those that are still connected. */
export const peerLoss = `${perSecondSlow(connectionMetrics.peerRetransmitted)} / (${perSecondSlow(connectionMetrics.peerSent)} > 0) and ${select(connectionMetrics.peerConnections)}`;

/** Share of the accept queue that is taken. One more than the limit may wait: full is *above* it. Source: include/net/sock.h, sk_acceptq_is_full(). */
export const acceptQueueUsage = `${select(connectionMetrics.acceptQueue)} / (${select(connectionMetrics.acceptQueueLimit)} + 1)`;

const targetLabels = [
  labelOf(targetMetrics.up, "chainpulse.target"),
  labelOf(targetMetrics.up, "server.address"),
  labelOf(targetMetrics.up, "server.port"),
].join(", ");

/** Failed attempts of all attempts in five minutes, by target. */
export const targetLoss = `sum by (${targetLabels}) (increase(${select(targetMetrics.failures)}[5m])) / sum by (${targetLabels}) (increase(${select(targetMetrics.attempts)}[5m]))`;
