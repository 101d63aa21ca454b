/** Peers: how many, of which kind, and how well they serve. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

/** `chain.peer`: the peer's id, or its address where that tells more; of a long one the middle is left out. */
const perPeer = { ...perClient, "chain.peer": null } as const;

export const peerDirections = ["inbound", "outbound", "unknown"] as const;
export type PeerDirection = (typeof peerDirections)[number];

export const peerMetrics = defineMetrics({
  count: {
    name: "chainpulse.chain.peers",
    kind: "gauge",
    unit: "{peer}",
    help: "Connected peers by who has connected.",
    labels: { ...perClient, "peer.direction": peerDirections },
  },
  limit: {
    name: "chainpulse.chain.peers.limit",
    kind: "gauge",
    unit: "{peer}",
    help: "As many peers the client connects with at most.",
    labels: perClient,
    rollup: "last",
  },
  byClient: {
    name: "chainpulse.chain.peers.by_client",
    kind: "gauge",
    unit: "{peer}",
    help: "Connected peers by the program that they run; `other` beyond the most frequent ones.",
    labels: { ...perClient, "peer.client": null },
  },
  changes: {
    name: "chainpulse.chain.peer.changes",
    kind: "counter",
    unit: "{peer}",
    help: "Peers that came and went since ChainPulse watches.",
    labels: { ...perClient, "peer.change": ["connected", "disconnected"] },
  },
  received: {
    name: "chainpulse.chain.p2p.received",
    kind: "counter",
    unit: "By",
    help: "Bytes that peers have sent, as the client counts them.",
    labels: perClient,
  },
  sent: {
    name: "chainpulse.chain.p2p.sent",
    kind: "counter",
    unit: "By",
    help: "Bytes sent to peers, as the client counts them.",
    labels: perClient,
  },
  info: {
    name: "chainpulse.chain.peer.info",
    kind: "gauge",
    unit: "",
    help: "1 for each peer that is watched: at most 128, those that have been connected longest.",
    labels: { ...perPeer, "peer.address": null, "peer.client": null, "peer.direction": peerDirections },
  },
  latency: {
    name: "chainpulse.chain.peer.latency",
    kind: "gauge",
    unit: "s",
    help: "Round trip to the peer: `ping` as the client measured it, which includes the peer's own work; `tcp` as the kernel did.",
    labels: { ...perPeer, "latency.source": ["ping", "tcp"] },
  },
  retransmitRatio: {
    name: "chainpulse.chain.peer.retransmit",
    kind: "gauge",
    unit: "1",
    help: "Share of the bytes sent to the peer in the last minute that had to be sent again: the loss as TCP sees it.",
    labels: perPeer,
    rollup: "max",
  },
  peerReceived: {
    name: "chainpulse.chain.peer.received",
    kind: "counter",
    unit: "By",
    help: "Bytes received from the peer.",
    labels: perPeer,
  },
  peerSent: {
    name: "chainpulse.chain.peer.sent",
    kind: "counter",
    unit: "By",
    help: "Bytes sent to the peer.",
    labels: perPeer,
  },
  peerHead: {
    name: "chainpulse.chain.peer.block.number",
    kind: "gauge",
    unit: "{block}",
    help: "Number of the newest block that the peer has told of.",
    labels: perPeer,
    rollup: "last",
  },
  peerScore: {
    name: "chainpulse.chain.peer.score",
    kind: "gauge",
    unit: "1",
    help: "How well the peer serves, from latency, loss and head; docs/chain.md has the formula.",
    labels: perPeer,
  },
  score: {
    name: "chainpulse.chain.p2p.score",
    kind: "gauge",
    unit: "1",
    help: "How well the peers together serve, from their scores, number, churn and diversity; docs/chain.md has the formula.",
    labels: perClient,
    rollup: "min",
  },
  diversity: {
    name: "chainpulse.chain.p2p.diversity",
    kind: "gauge",
    unit: "1",
    help: "How evenly peers are spread: over networks (/16, /32) and over programs; 1: all different.",
    labels: { ...perClient, "diversity.of": ["network", "client"] },
  },
});
