/** Health of the peer-to-peer side: enough peers, some that found us, near enough and without loss. */
import type { CheckDeclaration } from "../../../core/check.ts";
import { inboundOfRealChains, peerLatency, peerLoss, peersOfRealChains } from "../expressions/peers.ts";
import { inRole } from "../expressions/client.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { client } from "./client-name.ts";
import { otherRoles } from "./roles.ts";

const minuteMs = 60_000;

export const peerChecks: readonly CheckDeclaration[] = [
  {
    id: "chain.peers_validator",
    title: "Validator's peers",
    help: "Blocks and attestations reach a validator through its peers. Limits: fewer than 3 is critical by Substrate's own rule (alerting-rules.yaml); a warning below 10 is ChainPulse's own.",
    expr: inRole(peersOfRealChains, ["validator"]),
    direction: "below",
    warning: 10,
    critical: 3,
    forMs: 3 * minuteMs,
    unit: "count",
    message: `${client} has {{$value}} peers since {{$since}}.`,
    ok: `${client} has {{$value}} peers.`,
    action: "See whether its P2P port can be reached from outside, its bootstrap nodes, and the machine's network.",
    metrics: [p.count.name],
  },
  {
    id: "chain.peers",
    title: "Peers",
    help: "A client without peers hears of nothing new. Limit: fewer than 3 for three minutes, Substrate's own rule (alerting-rules.yaml).",
    expr: inRole(peersOfRealChains, otherRoles),
    direction: "below",
    warning: 3,
    critical: 1,
    forMs: 3 * minuteMs,
    unit: "count",
    message: `${client} has {{$value}} peers since {{$since}}.`,
    ok: `${client} has {{$value}} peers.`,
    action: "See whether its P2P port can be reached from outside, its bootstrap nodes, and the machine's network.",
    metrics: [p.count.name],
  },
  {
    id: "chain.peers_inbound",
    title: "Peers find this node",
    help: "Without inbound peers the port is closed to the world, and the node depends on those it knows. Limit: none for 20 minutes, Substrate's own rule (alerting-rules.yaml).",
    expr: inRole(inboundOfRealChains, ["validator", "rpc", "archive", "full", "other"]),
    direction: "below",
    warning: 1,
    forMs: 20 * minuteMs,
    intervalMs: 30_000,
    unit: "count",
    message: `No peer has connected to ${client} since {{$since}}.`,
    ok: `{{$value}} peers have connected to ${client}.`,
    action: "Open or forward its P2P port in the firewall and the router, and see the address that it announces.",
    metrics: [p.count.name],
  },
  {
    id: "chain.peer_latency",
    title: "Peer latency",
    help: "Round trip that half of the peers stay below. Peers all over the world are 0.1 to 0.2 s away. Limits (ChainPulse's own): 0.4 s, and 1 s, a quarter of the time that a block has.",
    expr: peerLatency(0.5),
    direction: "above",
    warning: 0.4,
    critical: 1,
    forMs: 5 * minuteMs,
    intervalMs: 30_000,
    unit: "seconds",
    message: `Half of ${client}'s peers are more than {{$value}} away since {{$since}}.`,
    ok: `Half of ${client}'s peers are within {{$value}}.`,
    action: "See the machine's uplink (queues, drops, retransmissions) and whether the client is too busy to answer pings.",
    metrics: [p.latency.name],
  },
  {
    id: "chain.peer_loss",
    title: "Peer loss",
    help: "Share of bytes that had to be sent again to peers. Limits: 2 % slows gossip, 5 % is a broken path, as for the machine's TCP.",
    expr: peerLoss,
    direction: "above",
    warning: 0.02,
    critical: 0.05,
    forMs: 5 * minuteMs,
    intervalMs: 30_000,
    unit: "ratio",
    message: `{{$value}} of what ${client} sends its peers is sent again since {{$since}}.`,
    ok: `{{$value}} of what ${client} sends its peers is sent again.`,
    action: "See whether all peers lose (the uplink) or some (their side), and the interface's drops.",
    metrics: [p.retransmitRatio.name],
  },
];
