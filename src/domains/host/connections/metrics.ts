/** The machine's own TCP connections, and how well others can be reached. OpenTelemetry has no names for either. */
import { defineMetrics } from "../../../core/metric.ts";

/** Who opened the connection: `local` has both ends on this machine. */
export const connectionDirections = ["inbound", "outbound", "local"] as const;
export type ConnectionDirection = (typeof connectionDirections)[number];

/** The service's port: our listening one for inbound and local, the peer's for outbound; `other` beyond the busiest ones. */
const perService = { "network.connection.direction": connectionDirections, "network.service.port": null } as const;
const perPeer = { "network.peer.address": null } as const;

export const connectionMetrics = defineMetrics({
  count: {
    name: "chainpulse.host.tcp.connection.count",
    kind: "updowncounter",
    unit: "{connection}",
    help: "Established TCP connections by service.",
    labels: perService,
    rollup: "mean",
  },
  rtt: {
    name: "chainpulse.host.tcp.connection.rtt",
    kind: "gauge",
    unit: "s",
    help: "Smoothed round-trip time of the service's connections: the middle one, the slowest twentieth, the slowest.",
    labels: { ...perService, "chainpulse.statistic": ["p50", "p95", "max"] },
  },
  deliveryRate: {
    name: "chainpulse.host.tcp.connection.delivery_rate",
    kind: "gauge",
    unit: "By/s",
    help: "Goodput that the kernel measured last on the service's connections, summed.",
    labels: perService,
  },
  sent: {
    name: "chainpulse.host.tcp.connection.sent",
    kind: "counter",
    unit: "By",
    help: "Bytes sent on the service's connections since ChainPulse started, retransmissions included.",
    labels: perService,
  },
  received: {
    name: "chainpulse.host.tcp.connection.received",
    kind: "counter",
    unit: "By",
    help: "Bytes received on the service's connections since ChainPulse started.",
    labels: perService,
  },
  retransmitted: {
    name: "chainpulse.host.tcp.connection.retransmitted",
    kind: "counter",
    unit: "By",
    help: "Bytes sent again on the service's connections since ChainPulse started; divided by those sent: the loss as TCP sees it.",
    labels: perService,
  },
  acceptQueue: {
    name: "chainpulse.host.tcp.accept_queue.length",
    kind: "updowncounter",
    unit: "{connection}",
    help: "Connections that wait for the listening process to accept them.",
    labels: { "network.service.port": null },
    rollup: "max",
  },
  acceptQueueLimit: {
    name: "chainpulse.host.tcp.accept_queue.limit",
    kind: "gauge",
    unit: "{connection}",
    help: "Connections that may wait; beyond it, new ones are dropped (the listener's backlog, at most net.core.somaxconn).",
    labels: { "network.service.port": null },
    rollup: "last",
  },
  peerConnections: {
    name: "chainpulse.host.tcp.peer.connection.count",
    kind: "updowncounter",
    unit: "{connection}",
    help: "Connections with one of the peers that exchange most.",
    labels: perPeer,
    rollup: "mean",
  },
  peerRtt: {
    name: "chainpulse.host.tcp.peer.rtt",
    kind: "gauge",
    unit: "s",
    help: "Mean smoothed round-trip time of the connections with the peer.",
    labels: perPeer,
  },
  peerSent: {
    name: "chainpulse.host.tcp.peer.sent",
    kind: "counter",
    unit: "By",
    help: "Bytes sent to the peer since it was first seen, retransmissions included.",
    labels: perPeer,
  },
  peerRetransmitted: {
    name: "chainpulse.host.tcp.peer.retransmitted",
    kind: "counter",
    unit: "By",
    help: "Bytes sent again to the peer since it was first seen.",
    labels: perPeer,
  },
});

const perTarget = { "chainpulse.target": null, "server.address": null, "server.port": null } as const;

export const targetMetrics = defineMetrics({
  up: {
    name: "chainpulse.host.target.up",
    kind: "gauge",
    unit: "",
    help: "1 when the last attempt to connect succeeded.",
    labels: perTarget,
    rollup: "min",
  },
  connectTime: {
    name: "chainpulse.host.target.connect_time",
    kind: "gauge",
    unit: "s",
    help: "Time that the TCP connection took to be made, without looking up the name; about one round trip.",
    labels: perTarget,
  },
  attempts: {
    name: "chainpulse.host.target.attempts",
    kind: "counter",
    unit: "{attempt}",
    help: "Attempts to connect since ChainPulse started.",
    labels: perTarget,
  },
  failures: {
    name: "chainpulse.host.target.failures",
    kind: "counter",
    unit: "{attempt}",
    help: "Attempts that failed, by reason; divided by the attempts: the loss.",
    labels: { ...perTarget, "error.type": ["timeout", "refused", "unreachable", "name", "other"] },
  },
});
