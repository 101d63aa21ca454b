/** What is shown of a node's network: totals, interfaces, services, peers, targets. */
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import type { ViewGroup, ViewList } from "../../../core/view.ts";
import { connectionMetrics, targetMetrics } from "../connections/metrics.ts";
import {
  acceptQueueUsage,
  conntrackUsage,
  interfaceBytes,
  interfacePackets,
  peerLoss,
  protocolRate,
  retransmitRatio,
  targetLoss,
} from "../network/expressions.ts";
import {
  networkInterfaceMetrics,
  networkProtocolMetrics,
  networkSocketMetrics,
  networkTrafficMetrics,
} from "../network/metrics.ts";

const percent = { unit: "%", scale: 100 } as const;
const milliseconds = { unit: "ms", scale: 1000 } as const;
const receive = { "network.io.direction": "receive" } as const;
const transmit = { "network.io.direction": "transmit" } as const;

const interfaces: ViewList = {
  name: "interfaces",
  help: "The network interfaces, the loopback among them.",
  key: { field: "name", label: labelOf(networkTrafficMetrics.io, "network.interface.name"), help: "Name of the interface." },
  fields: [
    { name: "receiveBytesPerSecond", help: "Received.", unit: "By/s", expr: perSecond(networkTrafficMetrics.io, receive) },
    { name: "transmitBytesPerSecond", help: "Sent.", unit: "By/s", expr: perSecond(networkTrafficMetrics.io, transmit) },
    {
      name: "receivePacketsPerSecond",
      help: "Received.",
      unit: "1/s",
      expr: perSecond(networkTrafficMetrics.packets, receive),
    },
    { name: "transmitPacketsPerSecond", help: "Sent.", unit: "1/s", expr: perSecond(networkTrafficMetrics.packets, transmit) },
    {
      name: "receiveDropsPerSecond",
      help: "Received and dropped.",
      unit: "1/s",
      expr: perSecond(networkTrafficMetrics.dropped, receive),
    },
    {
      name: "transmitDropsPerSecond",
      help: "Dropped before sending.",
      unit: "1/s",
      expr: perSecond(networkTrafficMetrics.dropped, transmit),
    },
    { name: "receiveErrorsPerSecond", help: "Damaged.", unit: "1/s", expr: perSecond(networkTrafficMetrics.errors, receive) },
    {
      name: "transmitErrorsPerSecond",
      help: "Not sent.",
      unit: "1/s",
      expr: perSecond(networkTrafficMetrics.errors, transmit),
    },
    { name: "up", help: "1 when operational.", unit: "1", expr: select(networkInterfaceMetrics.up) },
    { name: "speedBytesPerSecond", help: "Speed of the link.", unit: "By/s", expr: select(networkInterfaceMetrics.speed) },
    { name: "mtuBytes", help: "Largest packet.", unit: "By", expr: select(networkInterfaceMetrics.mtu) },
  ],
};

const peers: ViewList = {
  name: "peers",
  help: "The peers that exchange most over TCP.",
  key: { field: "address", label: labelOf(connectionMetrics.peerRtt, "network.peer.address"), help: "Address of the peer." },
  fields: [
    { name: "connections", help: "Connections.", unit: "1", expr: select(connectionMetrics.peerConnections) },
    { name: "rttMs", help: "Mean round-trip time.", expr: select(connectionMetrics.peerRtt), ...milliseconds },
    { name: "lossPercent", help: "Bytes sent again.", expr: peerLoss, ...percent },
  ],
};

const targets: ViewList = {
  name: "targets",
  help: "The addresses in host.targets.",
  key: { field: "name", label: labelOf(targetMetrics.up, "chainpulse.target"), help: "Name of the target, or its address." },
  labels: [
    { field: "address", label: labelOf(targetMetrics.up, "server.address"), help: "Name or address that is connected to." },
    { field: "port", label: labelOf(targetMetrics.up, "server.port"), help: "Port that is connected to." },
  ],
  fields: [
    { name: "up", help: "1 when the last attempt succeeded.", unit: "1", expr: select(targetMetrics.up) },
    { name: "connectMs", help: "Time to connect.", expr: select(targetMetrics.connectTime), ...milliseconds },
    { name: "lossPercent", help: "Failed attempts in five minutes.", expr: targetLoss, ...percent },
  ],
};

const listeners: ViewList = {
  name: "listeners",
  help: "Ports on which processes listen for TCP connections.",
  key: { field: "port", label: labelOf(connectionMetrics.acceptQueue, "network.service.port"), help: "The port." },
  fields: [
    { name: "queued", help: "Connections that wait to be accepted.", unit: "1", expr: select(connectionMetrics.acceptQueue) },
    { name: "queueLimit", help: "Connections that may wait.", unit: "1", expr: select(connectionMetrics.acceptQueueLimit) },
    { name: "queueUsedPercent", help: "Used part of the queue.", expr: acceptQueueUsage, ...percent },
  ],
};

export const networkView: ViewGroup = {
  name: "network",
  help: "Interfaces, protocols and connections.",
  fields: [
    {
      name: "receiveBytesPerSecond",
      help: "Received, without the loopback.",
      unit: "By/s",
      expr: interfaceBytes("receive"),
      reduce: "sum",
    },
    {
      name: "transmitBytesPerSecond",
      help: "Sent, without the loopback.",
      unit: "By/s",
      expr: interfaceBytes("transmit"),
      reduce: "sum",
    },
    { name: "receivePacketsPerSecond", help: "Received.", unit: "1/s", expr: interfacePackets("receive"), reduce: "sum" },
    { name: "transmitPacketsPerSecond", help: "Sent.", unit: "1/s", expr: interfacePackets("transmit"), reduce: "sum" },
    {
      name: "tcpEstablished",
      help: "Established TCP connections.",
      unit: "1",
      expr: select(networkProtocolMetrics.established),
    },
    { name: "tcpRetransmitPercent", help: "Segments that were sent again.", expr: retransmitRatio, ...percent },
    {
      name: "listenOverflowsPerSecond",
      help: "Connections dropped at a full accept queue.",
      unit: "1/s",
      expr: protocolRate("TcpExt", "ListenOverflows"),
    },
    { name: "tcpResetsPerSecond", help: "Resets that were sent.", unit: "1/s", expr: protocolRate("Tcp", "OutRsts") },
    {
      name: "udpReceiveErrorsPerSecond",
      help: "Datagrams lost at a full receive buffer.",
      unit: "1/s",
      expr: protocolRate("Udp", "RcvbufErrors"),
    },
    {
      name: "rttMs",
      help: "Middle round-trip time of the slowest service's connections.",
      expr: select(connectionMetrics.rtt, { "chainpulse.statistic": "p50", "network.connection.direction": { not: "local" } }),
      reduce: "max",
      ...milliseconds,
    },
    {
      name: "socketsUsed",
      help: "Sockets in use.",
      unit: "1",
      expr: select(networkSocketMetrics.sockets, { "network.protocol": "sockets" }),
    },
    { name: "conntrackUsedPercent", help: "Used part of the connection-tracking table.", expr: conntrackUsage, ...percent },
  ],
  lists: [interfaces, listeners, peers, targets],
};
