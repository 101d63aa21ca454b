/** Charts of peers: number, kind, coming and going, quality. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { perClient, perMinute } from "../expressions/client.ts";
import { peerChurn, peerLatency, peerLoss } from "../expressions/peers.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { client, clientAnd } from "./legend.ts";

export const peerPanels: PanelSection = {
  id: "chain-peers",
  title: "Peers",
  overview: ["chain_peers"],
  panels: [
    {
      id: "chain_peers",
      title: "Connected peers",
      help: "By who has connected. None inbound for long: the port is closed to the world.",
      unit: "count",
      form: "stacked",
      queries: [{ expr: select(p.count), legend: clientAnd(p.count, "peer.direction") }],
      metrics: [p.count.name],
    },
    {
      id: "chain_peers_by_client",
      title: "Peers by program",
      help: "What the peers run. A node whose peers all run one program falls with it.",
      unit: "count",
      form: "stacked",
      queries: [{ expr: select(p.byClient), legend: clientAnd(p.byClient, "peer.client") }],
      metrics: [p.byClient.name],
    },
    {
      id: "chain_peer_latency",
      title: "Peer latency",
      help: "Round trip that half, and nine of ten, of the peers stay below.",
      unit: "seconds",
      queries: [
        { expr: peerLatency(0.5), legend: `${client} half` },
        { expr: peerLatency(0.9), legend: `${client} 9 of 10` },
      ],
      metrics: [p.latency.name],
    },
    {
      id: "chain_peer_loss",
      title: "Peer loss",
      help: "Share of bytes that had to be sent again: mean of the peers, and of the worst one.",
      unit: "ratio",
      queries: [
        { expr: peerLoss, legend: `${client} mean` },
        { expr: perClient("max", select(p.retransmitRatio)), legend: `${client} worst` },
      ],
      metrics: [p.retransmitRatio.name],
    },
    {
      id: "chain_peer_changes",
      title: "Peers come and go",
      help: "Peers that connected (above) and went (below).",
      unit: "count/s",
      queries: [
        { expr: perMinute(p.changes, { "peer.change": "connected" }), legend: `${client} connected` },
        { expr: perMinute(p.changes, { "peer.change": "disconnected" }), legend: `${client} went`, mirrored: true },
      ],
      metrics: [p.changes.name],
    },
    {
      id: "chain_peer_churn",
      title: "Peer churn",
      help: "Peers that went in ten minutes, of those that are there. 100 % is a full change.",
      unit: "ratio",
      queries: [{ expr: peerChurn, legend: client }],
      metrics: [p.changes.name, p.count.name],
    },
    {
      id: "chain_p2p_traffic",
      title: "P2P traffic",
      help: "Bytes that peers sent (above), and that were sent to them (below), as the client counts them.",
      unit: "bytes/s",
      queries: [
        { expr: perMinute(p.received), legend: `${client} received` },
        { expr: perMinute(p.sent), legend: `${client} sent`, mirrored: true },
      ],
      metrics: [p.received.name, p.sent.name],
    },
    {
      id: "chain_p2p_score",
      title: "P2P quality",
      help: "Score of all peers together (docs/chain.md has the formula), and how evenly they are spread over networks and programs; 100 % is best.",
      unit: "ratio",
      max: 1,
      queries: [
        { expr: select(p.score), legend: `${client} score` },
        { expr: select(p.diversity), legend: `${client} diversity of {{${labelOf(p.diversity, "diversity.of")}}}` },
      ],
      metrics: [p.score.name, p.diversity.name],
    },
  ],
};
