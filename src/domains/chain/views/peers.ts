/** The peers of a node's clients, one row each. */
import { labelOf, select } from "../../../core/promql-text.ts";
import type { ViewList } from "../../../core/view.ts";
import { perMinute } from "../expressions/client.ts";
import { peerLag, peerLatencyOf } from "../expressions/peers.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { milliseconds, percent } from "./units.ts";

export const peerList: ViewList = {
  name: "peers",
  help: "The peers that are watched; of one that several clients have, the worse figure.",
  key: { field: "peer", label: labelOf(p.info, "chain.peer"), help: "The first characters of its id, or its address." },
  labels: [
    { field: "client", label: labelOf(p.info, "chain.client"), help: "The client here that it is connected to." },
    { field: "address", label: labelOf(p.info, "peer.address"), help: "Where it is." },
    { field: "program", label: labelOf(p.info, "peer.client"), help: "What it runs." },
    { field: "direction", label: labelOf(p.info, "peer.direction"), help: "Who has connected: inbound is the peer." },
    { field: "simulated", label: labelOf(p.info, "simulated"), help: "true for a chain that is made for show." },
  ],
  fields: [
    { name: "connected", help: "1 while it is connected.", unit: "1", reduce: "max", expr: select(p.info) },
    { name: "score", help: "How well it serves, from 0 to 1.", unit: "1", reduce: "min", expr: select(p.peerScore) },
    {
      name: "pingMs",
      help: "Round trip as the client measured it, with the peer's own work.",
      reduce: "max",
      expr: peerLatencyOf("ping"),
      ...milliseconds,
    },
    {
      name: "tcpMs",
      help: "Round trip as the kernel measured it.",
      reduce: "max",
      expr: peerLatencyOf("tcp"),
      ...milliseconds,
    },
    { name: "lossPercent", help: "Bytes sent again.", reduce: "max", expr: select(p.retransmitRatio), ...percent },
    { name: "headBlock", help: "Newest block that it has told of.", unit: "{block}", reduce: "max", expr: select(p.peerHead) },
    {
      name: "lagBlocks",
      help: "Blocks behind the best of the client's peers.",
      unit: "{block}",
      reduce: "max",
      expr: peerLag,
    },
    {
      name: "receivedBytesPerSecond",
      help: "Received from it.",
      unit: "By/s",
      reduce: "max",
      expr: perMinute(p.peerReceived),
    },
    { name: "sentBytesPerSecond", help: "Sent to it.", unit: "By/s", reduce: "max", expr: perMinute(p.peerSent) },
  ],
};
