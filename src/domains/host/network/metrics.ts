/** Interfaces, protocols, sockets and the kernel's packet path. Names: OpenTelemetry `system.network.*` where the conventions have one. */
import { defineMetrics } from "../../../core/metric.ts";

const directions = ["receive", "transmit"] as const;
const perDirection = { "network.interface.name": null, "network.io.direction": directions } as const;
const perInterface = { "network.interface.name": null } as const;
const device = { "network.interface.name": "device" } as const;
const byDirection = (suffix: string) =>
  directions.map((direction) => ({
    name: `node_network_${direction}_${suffix}_total`,
    labels: device,
    where: { "network.io.direction": direction },
  }));

/** `/proc/net/dev`. */
export const networkTrafficMetrics = defineMetrics({
  io: {
    name: "system.network.io",
    kind: "counter",
    unit: "By",
    help: "Bytes that went through the interface.",
    labels: perDirection,
    aliases: byDirection("bytes"),
  },
  packets: {
    name: "system.network.packet.count",
    kind: "counter",
    unit: "{packet}",
    help: "Packets that went through the interface.",
    labels: perDirection,
    aliases: byDirection("packets"),
  },
  dropped: {
    name: "system.network.packet.dropped",
    kind: "counter",
    unit: "{packet}",
    help: "Packets that the kernel dropped for want of room or of a taker, although they were not damaged.",
    labels: perDirection,
    aliases: byDirection("drop"),
  },
  errors: {
    name: "system.network.errors",
    kind: "counter",
    unit: "{error}",
    help: "Packets that were damaged or could not be sent.",
    labels: perDirection,
    aliases: byDirection("errs"),
  },
  fifoErrors: {
    name: "chainpulse.host.network.fifo_errors",
    kind: "counter",
    unit: "{error}",
    help: "Packets that the device's own buffer had no room for.",
    labels: perDirection,
    aliases: byDirection("fifo"),
  },
  compressed: {
    name: "chainpulse.host.network.compressed",
    kind: "counter",
    unit: "{packet}",
    help: "Compressed packets (PPP, SLIP).",
    labels: perDirection,
    aliases: byDirection("compressed"),
  },
  frameErrors: {
    name: "chainpulse.host.network.frame_errors",
    kind: "counter",
    unit: "{error}",
    help: "Received packets with a wrong length, checksum or alignment.",
    labels: perInterface,
    aliases: [{ name: "node_network_receive_frame_total", labels: device }],
  },
  multicast: {
    name: "chainpulse.host.network.multicast",
    kind: "counter",
    unit: "{packet}",
    help: "Received multicast packets.",
    labels: perInterface,
    aliases: [{ name: "node_network_receive_multicast_total", labels: device }],
  },
  collisions: {
    name: "chainpulse.host.network.collisions",
    kind: "counter",
    unit: "{collision}",
    help: "Collisions on a shared medium.",
    labels: perInterface,
    aliases: [{ name: "node_network_transmit_colls_total", labels: device }],
  },
  carrierErrors: {
    name: "chainpulse.host.network.carrier_errors",
    kind: "counter",
    unit: "{error}",
    help: "Packets that were not sent because the link was lost.",
    labels: perInterface,
    aliases: [{ name: "node_network_transmit_carrier_total", labels: device }],
  },
});

/** Numbers of `/sys/class/net/<interface>/` that describe it; node_exporter has a family for each. */
export const interfaceProperties = [
  "address_assign_type",
  "device_id",
  "dormant",
  "flags",
  "iface_id",
  "iface_link",
  "iface_link_mode",
  "name_assign_type",
  "net_dev_group",
  "protocol_type",
  "transmit_queue_length",
] as const;

export const networkInterfaceMetrics = defineMetrics({
  up: {
    name: "chainpulse.host.network.interface.up",
    kind: "gauge",
    unit: "",
    help: "1 when the interface is operational, else 0; the loopback and tunnels, whose state is unknown, count as 0.",
    labels: perInterface,
    rollup: "min",
    aliases: [{ name: "node_network_up", labels: device }],
  },
  carrier: {
    name: "chainpulse.host.network.interface.carrier",
    kind: "gauge",
    unit: "",
    help: "1 when the interface has a link.",
    labels: perInterface,
    rollup: "min",
    aliases: [{ name: "node_network_carrier", labels: device }],
  },
  carrierChanges: {
    name: "chainpulse.host.network.interface.carrier_changes",
    kind: "counter",
    unit: "{change}",
    help: "Times that the link came or went.",
    labels: perInterface,
    aliases: [{ name: "node_network_carrier_changes_total", labels: device }],
  },
  carrierTransitions: {
    name: "chainpulse.host.network.interface.carrier_transitions",
    kind: "counter",
    unit: "{change}",
    help: "Times that the link came (up) and that it went (down).",
    labels: { ...perInterface, "network.carrier.transition": ["up", "down"] },
    aliases: (["up", "down"] as const).map((transition) => ({
      name: `node_network_carrier_${transition}_changes_total`,
      labels: device,
      where: { "network.carrier.transition": transition },
    })),
  },
  noHandler: {
    name: "chainpulse.host.network.no_handler",
    kind: "counter",
    unit: "{packet}",
    help: "Received packets that no protocol took, on an inactive interface of a bond or a bridge.",
    labels: perInterface,
    aliases: [{ name: "node_network_receive_nohandler_total", labels: device }],
  },
  speed: {
    name: "chainpulse.host.network.interface.speed",
    kind: "gauge",
    unit: "By/s",
    help: "Speed of the link.",
    labels: perInterface,
    rollup: "last",
    aliases: [{ name: "node_network_speed_bytes", labels: device }],
  },
  mtu: {
    name: "chainpulse.host.network.interface.mtu",
    kind: "gauge",
    unit: "By",
    help: "Largest packet that the interface takes.",
    labels: perInterface,
    rollup: "last",
    aliases: [{ name: "node_network_mtu_bytes", labels: device }],
  },
  property: {
    name: "chainpulse.host.network.interface.property",
    kind: "gauge",
    unit: "",
    help: "What else the kernel says of the interface in numbers (Documentation/ABI/testing/sysfs-class-net).",
    labels: { ...perInterface, "network.interface.property": interfaceProperties },
    rollup: "last",
    aliases: [{ name: "node_network_{network.interface.property}", labels: device }],
  },
  info: {
    name: "chainpulse.host.network.interface.info",
    kind: "gauge",
    unit: "",
    help: "What the kernel says of the interface in words; always 1.",
    labels: {
      ...perInterface,
      "network.interface.address": null,
      "network.interface.broadcast": null,
      "network.interface.duplex": null,
      "network.interface.alias": null,
      "network.interface.state": null,
    },
    rollup: "last",
    aliases: [
      {
        name: "node_network_info",
        labels: {
          ...device,
          "network.interface.address": "address",
          "network.interface.broadcast": "broadcast",
          "network.interface.duplex": "duplex",
          "network.interface.alias": "ifalias",
          "network.interface.state": "operstate",
        },
      },
    ],
  },
});

/**
 * Counters of `/proc/net/{snmp,snmp6,netstat}` by the kernel's names (`Documentation/networking/snmp_counter.rst`): node_exporter's
 * default choice and those that explain a lossy or overloaded node.
 */
export const protocolCounters = {
  Icmp: ["InErrors", "InMsgs", "OutMsgs", "InDestUnreachs", "OutDestUnreachs"],
  Icmp6: ["InErrors", "InMsgs", "OutMsgs"],
  Ip: ["InReceives", "OutRequests", "InDiscards", "OutDiscards", "InHdrErrors", "OutNoRoutes", "ReasmFails", "FragFails"],
  Ip6: ["InOctets", "OutOctets", "InReceives", "OutRequests", "InDiscards", "OutDiscards", "OutNoRoutes"],
  IpExt: ["InOctets", "OutOctets", "InCsumErrors"],
  Tcp: [
    "ActiveOpens",
    "AttemptFails",
    "EstabResets",
    "InCsumErrors",
    "InErrs",
    "InSegs",
    "OutRsts",
    "OutSegs",
    "PassiveOpens",
    "RetransSegs",
  ],
  TcpExt: [
    "DelayedACKLost",
    "ListenDrops",
    "ListenOverflows",
    "PruneCalled",
    "SyncookiesFailed",
    "SyncookiesRecv",
    "SyncookiesSent",
    "TCPAbortOnMemory",
    "TCPAbortOnTimeout",
    "TCPBacklogDrop",
    "TCPFastRetrans",
    "TCPLostRetransmit",
    "TCPOFOQueue",
    "TCPRcvQDrop",
    "TCPReqQFullDrop",
    "TCPSlowStartRetrans",
    "TCPSpuriousRTOs",
    "TCPSynRetrans",
    "TCPTimeouts",
    "TCPZeroWindowDrop",
  ],
  Udp: ["InDatagrams", "InErrors", "NoPorts", "OutDatagrams", "RcvbufErrors", "SndbufErrors", "InCsumErrors", "MemErrors"],
  Udp6: ["InDatagrams", "InErrors", "NoPorts", "OutDatagrams", "RcvbufErrors", "SndbufErrors"],
  UdpLite: ["InErrors"],
  UdpLite6: ["InErrors"],
} as const;

export type Protocol = keyof typeof protocolCounters;
export const protocols = Object.keys(protocolCounters) as readonly Protocol[];

export const networkProtocolMetrics = defineMetrics({
  events: {
    name: "chainpulse.host.network.protocol.events",
    kind: "counter",
    unit: "{event}",
    help: "The kernel's counters of each protocol, under the kernel's names.",
    labels: { "network.protocol": protocols, "network.event": null },
    aliases: [{ name: "node_netstat_{network.protocol}_{network.event}" }],
  },
  established: {
    name: "chainpulse.host.network.tcp.established",
    kind: "gauge",
    unit: "{connection}",
    help: "TCP connections that are established or waiting to be closed by this machine.",
    aliases: [{ name: "node_netstat_Tcp_CurrEstab" }],
  },
  forwarding: {
    name: "chainpulse.host.network.ip.forwarding",
    kind: "gauge",
    unit: "",
    help: "1 when the machine forwards IPv4 packets, 2 when it does not (RFC 4293).",
    rollup: "last",
    aliases: [{ name: "node_netstat_Ip_Forwarding" }],
  },
});

export const socketProtocols = [
  "sockets",
  "TCP",
  "UDP",
  "UDPLITE",
  "RAW",
  "FRAG",
  "TCP6",
  "UDP6",
  "UDPLITE6",
  "RAW6",
  "FRAG6",
] as const;
export const socketStates = ["used", "inuse", "orphan", "tw", "alloc"] as const;

export const networkSocketMetrics = defineMetrics({
  sockets: {
    name: "chainpulse.host.network.sockets",
    kind: "updowncounter",
    unit: "{socket}",
    help: "Sockets by protocol and state: in use, orphan (closed by its process), tw (TIME_WAIT), alloc (any state); FRAG: reassembly queues.",
    labels: { "network.protocol": socketProtocols, "network.socket.state": socketStates },
    rollup: "mean",
    aliases: [{ name: "node_sockstat_{network.protocol}_{network.socket.state}" }],
  },
  memory: {
    name: "chainpulse.host.network.socket.memory",
    kind: "updowncounter",
    unit: "By",
    help: "Memory that the protocol's buffers take.",
    labels: { "network.protocol": ["TCP", "UDP", "FRAG", "FRAG6"] },
    rollup: "mean",
    aliases: [
      { name: "node_sockstat_TCP_mem_bytes", where: { "network.protocol": "TCP" } },
      { name: "node_sockstat_UDP_mem_bytes", where: { "network.protocol": "UDP" } },
      // In pages; 4 KiB on every x86-64 machine and nearly every arm64 one.
      { name: "node_sockstat_TCP_mem", where: { "network.protocol": "TCP" }, scale: 1 / 4096 },
      { name: "node_sockstat_UDP_mem", where: { "network.protocol": "UDP" }, scale: 1 / 4096 },
      { name: "node_sockstat_FRAG_memory", where: { "network.protocol": "FRAG" } },
      { name: "node_sockstat_FRAG6_memory", where: { "network.protocol": "FRAG6" } },
    ],
  },
  tcpMemoryLimit: {
    name: "chainpulse.host.network.tcp.memory.limit",
    kind: "gauge",
    unit: "By",
    help: "Memory for TCP buffers beyond which the kernel drops packets (third value of net.ipv4.tcp_mem).",
    rollup: "last",
  },
});

export const networkUdpMetrics = defineMetrics({
  queue: {
    name: "chainpulse.host.network.udp.queue",
    kind: "updowncounter",
    unit: "By",
    help: "Bytes that wait in the queues of UDP sockets: rx for their process, tx for the wire.",
    labels: { "network.type": ["ipv4", "ipv6"], "network.udp.queue": ["rx", "tx"] },
    rollup: "max",
    aliases: [
      {
        name: "node_udp_queues",
        labels: { "network.type": "ip", "network.udp.queue": "queue" },
        values: { "network.type": { ipv4: "v4", ipv6: "v6" } },
      },
    ],
  },
});

const perCpu = { "cpu.logical_number": null } as const;
const cpu = { "cpu.logical_number": "cpu" } as const;

export const networkSoftnetMetrics = defineMetrics({
  packets: {
    name: "chainpulse.host.network.softnet.packets",
    kind: "counter",
    unit: "{packet}",
    help: "Packets that the core took from the devices, and that it dropped because its backlog was full.",
    labels: { ...perCpu, "network.softnet.result": ["processed", "dropped"] },
    aliases: [
      { name: "node_softnet_processed_total", labels: cpu, where: { "network.softnet.result": "processed" } },
      { name: "node_softnet_dropped_total", labels: cpu, where: { "network.softnet.result": "dropped" } },
    ],
  },
  squeezed: {
    name: "chainpulse.host.network.softnet.squeezed",
    kind: "counter",
    unit: "{event}",
    help: "Times that the core had to stop taking packets although there were more (budget or time used up).",
    labels: perCpu,
    aliases: [{ name: "node_softnet_times_squeezed_total", labels: cpu }],
  },
});

/** Columns of `/proc/net/stat/nf_conntrack` that are counters. */
export const conntrackEvents = [
  "found",
  "invalid",
  "ignore",
  "insert",
  "insert_failed",
  "drop",
  "early_drop",
  "search_restart",
] as const;

export const networkNeighbourMetrics = defineMetrics({
  arpEntries: {
    name: "chainpulse.host.network.arp.entries",
    kind: "updowncounter",
    unit: "{entry}",
    help: "Neighbours in the ARP table.",
    labels: perInterface,
    rollup: "mean",
    aliases: [{ name: "node_arp_entries", labels: device }],
  },
  conntrackEntries: {
    name: "chainpulse.host.network.conntrack.entries",
    kind: "updowncounter",
    unit: "{entry}",
    help: "Connections that the packet filter tracks.",
    rollup: "mean",
    aliases: [{ name: "node_nf_conntrack_entries" }],
  },
  conntrackLimit: {
    name: "chainpulse.host.network.conntrack.limit",
    kind: "gauge",
    unit: "{entry}",
    help: "Connections that the packet filter can track; beyond it, new ones are dropped.",
    rollup: "last",
    aliases: [{ name: "node_nf_conntrack_entries_limit" }],
  },
  conntrackEvents: {
    name: "chainpulse.host.network.conntrack.events",
    kind: "counter",
    unit: "{event}",
    help: "What connection tracking did, summed over cores.",
    labels: { "network.conntrack.event": conntrackEvents },
    aliases: [{ name: "node_nf_conntrack_stat_{network.conntrack.event}" }],
  },
});
