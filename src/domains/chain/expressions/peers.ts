/** PromQL about peers. */
import { labelOf, select } from "../../../core/promql-text.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { clientLabels, perClient, sameClient } from "./client.ts";

/** However they connected. */
export const connectedPeers = perClient("sum", select(p.count));

/** A chain that is made for show has as many peers as it was given: that they are few is no finding. */
const isReal = { simulated: "" } as const;

export const peersOfRealChains = perClient("sum", select(p.count, isReal));

/** Those that have connected to us. */
export const inboundOfRealChains = perClient("sum", select(p.count, { ...isReal, "peer.direction": "inbound" }));

/** Share of the mean number of the last hour that is still there; with less than six there is no share to speak of. */
export const peersLeft = `${connectedPeers} / (${perClient("sum", `avg_over_time(${select(p.count)}[1h])`)} > 5)`;

/** Peers that went, of those that are there, in ten minutes. */
export const peerChurn = `${perClient("sum", `increase(${select(p.changes, { "peer.change": "disconnected" })}[10m])`)} / (${connectedPeers} > 0)`;

const peer = labelOf(p.latency, "chain.peer");

/** Round trip that so many of the peers stay below; of a peer with two measurements the lower one, which has less of its own work in it. */
export function peerLatency(share: number): string {
  return perClient("quantile", `min by (${clientLabels}, ${peer}) (${select(p.latency)})`, share);
}

/** What had to be sent again to a peer, in the mean over those that something was sent to. */
export const peerLoss = perClient("avg", select(p.retransmitRatio));

/** Round trip as the client, or as the kernel, measured it. */
export const peerLatencyOf = (source: "ping" | "tcp"): string => select(p.latency, { "latency.source": source });

/** Blocks that a peer is behind the best of the client's peers. */
export const peerLag = `${perClient("max", select(p.peerHead))} - ${sameClient} group_right () ${select(p.peerHead)}`;
