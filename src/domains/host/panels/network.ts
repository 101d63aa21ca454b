/** Charts of interfaces, protocols, connections and targets. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, perSecond, select } from "../../../core/promql-text.ts";
import { connectionMetrics, targetMetrics } from "../connections/metrics.ts";
import {
  acceptQueueUsage,
  dropRatio,
  errorRatio,
  interfaceBytes,
  interfacePackets,
  peerLoss,
  protocolRate,
  retransmitRatio,
  serviceLoss,
  targetLoss,
  tcpMemoryUsage,
} from "../network/expressions.ts";
import {
  networkProtocolMetrics,
  networkSoftnetMetrics,
  networkSocketMetrics,
  networkTrafficMetrics,
} from "../network/metrics.ts";

const name = `{{${labelOf(networkTrafficMetrics.io, "network.interface.name")}}}`;
const direction = `{{${labelOf(networkTrafficMetrics.io, "network.io.direction")}}}`;
const service = `{{${labelOf(connectionMetrics.rtt, "network.connection.direction")}}} {{${labelOf(connectionMetrics.rtt, "network.service.port")}}}`;
const peer = `{{${labelOf(connectionMetrics.peerRtt, "network.peer.address")}}}`;
const target = `{{${labelOf(targetMetrics.up, "chainpulse.target")}}}`;
const events = [networkProtocolMetrics.events.name];

export const networkPanels: PanelSection = {
  id: "network",
  title: "Network",
  overview: ["network_io"],
  panels: [
    {
      id: "network_io",
      title: "Network throughput",
      help: "Received (above) and sent (below) by interface, without the loopback.",
      unit: "bytes/s",
      queries: [
        { expr: interfaceBytes("receive"), legend: `${name} received` },
        { expr: interfaceBytes("transmit"), legend: `${name} sent`, mirrored: true },
      ],
      metrics: [networkTrafficMetrics.io.name],
    },
    {
      id: "network_packets",
      title: "Packets",
      help: "Received (above) and sent (below). Cloud instances cap packets before bytes.",
      unit: "count/s",
      queries: [
        { expr: interfacePackets("receive"), legend: `${name} received` },
        { expr: interfacePackets("transmit"), legend: `${name} sent`, mirrored: true },
      ],
      metrics: [networkTrafficMetrics.packets.name],
    },
    {
      id: "network_losses",
      title: "Drops and errors",
      help: "Share of an interface's packets that were dropped or damaged. Anything above zero for long is worth a look.",
      unit: "ratio",
      queries: [
        { expr: dropRatio, legend: `${name} ${direction} dropped` },
        { expr: errorRatio, legend: `${name} ${direction} errors` },
      ],
      metrics: [networkTrafficMetrics.dropped.name, networkTrafficMetrics.errors.name],
    },
    {
      id: "network_retransmits",
      title: "TCP retransmissions",
      help: "Share of sent segments that were sent again: loss on the way. Above 1 % gossip and sync slow down.",
      unit: "ratio",
      queries: [{ expr: retransmitRatio, legend: "sent again" }],
      metrics: events,
    },
    {
      id: "network_tcp",
      title: "TCP connections",
      help: "Made by us (active) and by others (passive), refused or broken.",
      unit: "count/s",
      queries: [
        { expr: protocolRate("Tcp", "ActiveOpens"), legend: "active" },
        { expr: protocolRate("Tcp", "PassiveOpens"), legend: "passive" },
        { expr: protocolRate("Tcp", "AttemptFails"), legend: "failed" },
        { expr: protocolRate("Tcp", "EstabResets"), legend: "reset" },
      ],
      metrics: events,
    },
    {
      id: "network_listen",
      title: "Overload at listeners",
      help: "Connections dropped because a process does not accept them fast enough, and SYN cookies sent in defence.",
      unit: "count/s",
      queries: [
        { expr: protocolRate("TcpExt", "ListenOverflows"), legend: "overflows" },
        { expr: protocolRate("TcpExt", "ListenDrops"), legend: "drops" },
        { expr: protocolRate("TcpExt", "SyncookiesSent"), legend: "SYN cookies" },
      ],
      metrics: events,
    },
    {
      id: "network_accept_queues",
      title: "Accept queues",
      help: "Share of each listening port's queue that waits to be accepted, the fullest. A process that is blocked or overloaded fills it; full, it turns peers and clients away.",
      unit: "ratio",
      max: 1,
      queries: [
        {
          expr: `topk(10, ${acceptQueueUsage})`,
          legend: `port {{${labelOf(connectionMetrics.acceptQueue, "network.service.port")}}}`,
        },
      ],
      metrics: [connectionMetrics.acceptQueue.name, connectionMetrics.acceptQueueLimit.name],
    },
    {
      id: "network_udp",
      title: "UDP",
      help: "Datagrams received (above) and sent (below), and those lost at a full buffer: discovery and QUIC suffer.",
      unit: "count/s",
      queries: [
        { expr: protocolRate("Udp", "InDatagrams"), legend: "received" },
        { expr: protocolRate("Udp", "RcvbufErrors"), legend: "receive buffer full" },
        { expr: protocolRate("Udp", "OutDatagrams"), legend: "sent", mirrored: true },
        { expr: protocolRate("Udp", "SndbufErrors"), legend: "send buffer full", mirrored: true },
      ],
      metrics: events,
    },
    {
      id: "network_softnet",
      title: "Packet path",
      help: "Packets that a core dropped at a full backlog, and times it ran out of budget.",
      unit: "count/s",
      queries: [
        {
          expr: perSecond(networkSoftnetMetrics.packets, { "network.softnet.result": "dropped" }),
          legend: `core {{${labelOf(networkSoftnetMetrics.packets, "cpu.logical_number")}}} dropped`,
        },
        {
          expr: perSecond(networkSoftnetMetrics.squeezed),
          legend: `core {{${labelOf(networkSoftnetMetrics.squeezed, "cpu.logical_number")}}} squeezed`,
        },
      ],
      metrics: [networkSoftnetMetrics.packets.name, networkSoftnetMetrics.squeezed.name],
    },
    {
      id: "network_tcp_memory",
      title: "TCP memory",
      help: "Share of the memory that the kernel allows for TCP buffers; at 100 % it drops packets.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: tcpMemoryUsage, legend: "used" }],
      metrics: [networkSocketMetrics.memory.name, networkSocketMetrics.tcpMemoryLimit.name],
    },
    {
      id: "connections_rtt",
      title: "Round-trip time of connections",
      help: "Slowest twentieth by service: our listening port for inbound, the peer's port for outbound connections.",
      unit: "seconds",
      queries: [
        {
          expr: select(connectionMetrics.rtt, {
            "chainpulse.statistic": "p95",
            "network.connection.direction": { not: "local" },
          }),
          legend: service,
        },
      ],
      metrics: [connectionMetrics.rtt.name],
    },
    {
      id: "connections_loss",
      title: "Loss of connections",
      help: "Share of the bytes that TCP sent again, by service.",
      unit: "ratio",
      queries: [{ expr: serviceLoss, legend: service }],
      metrics: [connectionMetrics.retransmitted.name, connectionMetrics.sent.name],
    },
    {
      id: "connections_count",
      title: "Connections",
      help: "Established TCP connections by service.",
      unit: "count",
      queries: [{ expr: select(connectionMetrics.count), legend: service }],
      metrics: [connectionMetrics.count.name],
    },
    {
      id: "peers_rtt",
      title: "Round-trip time of peers",
      help: "Of the peers that exchange most.",
      unit: "seconds",
      queries: [{ expr: select(connectionMetrics.peerRtt), legend: peer }],
      metrics: [connectionMetrics.peerRtt.name],
    },
    {
      id: "peers_loss",
      title: "Loss of peers",
      help: "Share of the bytes that were sent again to each of these peers.",
      unit: "ratio",
      queries: [{ expr: peerLoss, legend: peer }],
      metrics: [connectionMetrics.peerRetransmitted.name, connectionMetrics.peerSent.name],
    },
    {
      id: "targets_connect",
      title: "Connect time to targets",
      help: "Time that a TCP connection to each configured target took; about one round trip.",
      unit: "seconds",
      queries: [{ expr: select(targetMetrics.connectTime), legend: target }],
      metrics: [targetMetrics.connectTime.name],
    },
    {
      id: "targets_loss",
      title: "Loss to targets",
      help: "Failed attempts of all attempts in five minutes.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: targetLoss, legend: target }],
      metrics: [targetMetrics.failures.name, targetMetrics.attempts.name],
    },
  ],
};
