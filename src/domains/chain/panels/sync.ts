/** Charts of the head and of finality. They come first: whether a client is there and in sync decides what all else means. */
import type { PanelSection } from "../../../core/panel.ts";
import { select } from "../../../core/promql-text.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import { clientMetrics } from "../client/metrics.ts";
import { consensusMetrics } from "../consensus/metrics.ts";
import { blockNumber, epochsSince } from "../expressions/blocks.ts";
import { client, clientAnd } from "./legend.ts";

export const syncPanels: PanelSection = {
  id: "chain-sync",
  title: "Sync and finality",
  overview: ["chain_lag"],
  panels: [
    {
      id: "chain_up",
      title: "Clients that answer",
      help: "1 while a client answers, 0 while it does not.",
      unit: "count",
      max: 1,
      queries: [{ expr: select(clientMetrics.up), legend: client }],
      metrics: [clientMetrics.up.name],
    },
    {
      id: "chain_lag",
      title: "Blocks behind the network",
      help: "Blocks, or slots, between the client's head and the newest that it knows of. A validator beyond two votes for an old head.",
      unit: "count",
      queries: [{ expr: select(b.lag), legend: client }],
      thresholds: [
        { value: 2, label: "validators suffer" },
        { value: 8, label: "out of sync" },
      ],
      metrics: [b.lag.name],
    },
    {
      id: "chain_head",
      title: "Newest block by state",
      help: "Numbers of the head and of the newest safe, justified and finalised block. A line that stops is a chain that stands still.",
      unit: "count",
      queries: [{ expr: select(b.number), legend: clientAnd(b.number, "block.tag") }],
      metrics: [b.number.name],
    },
    {
      id: "chain_head_age",
      title: "Age of the head",
      help: "Time since the timestamp of the head block: a saw that falls with each block. A tooth that grows on is a stalled head.",
      unit: "seconds",
      queries: [{ expr: select(b.headAge), legend: client }],
      metrics: [b.headAge.name],
    },
    {
      id: "chain_sync_progress",
      title: "Synchronised",
      help: "How much of the chain the client has, by its own word.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: select(b.syncProgress), legend: client }],
      metrics: [b.syncProgress.name],
    },
    {
      id: "chain_finality",
      title: "Blocks not yet final",
      help: "Blocks, or slots, between the head and the newest finalised one: 64 to 96 on Ethereum, a few on Substrate's chains.",
      unit: "count",
      queries: [{ expr: select(b.finalityDistance), legend: client }],
      metrics: [b.finalityDistance.name],
    },
    {
      id: "chain_epochs",
      title: "Epochs since justified and finalised",
      help: "1 and 2 on ordinary days. Beyond 5 to finality, validators that do not attest lose their stake.",
      unit: "count",
      queries: [
        { expr: epochsSince("justified"), legend: `${client} justified` },
        { expr: epochsSince("finalized"), legend: `${client} finalised` },
      ],
      thresholds: [{ value: 5, label: "inactivity leak" }],
      metrics: [consensusMetrics.epoch.name],
    },
    {
      id: "chain_head_by_number",
      title: "Head and network",
      help: "The client's head, and the newest block that it knows of: the distance is the lag.",
      unit: "count",
      queries: [
        { expr: blockNumber("head"), legend: `${client} head` },
        { expr: select(b.network), legend: `${client} network` },
      ],
      metrics: [b.number.name, b.network.name],
    },
  ],
};
