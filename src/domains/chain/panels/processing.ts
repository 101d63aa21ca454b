/** Charts of where the time of a block goes. */
import type { PanelSection } from "../../../core/panel.ts";
import { select } from "../../../core/promql-text.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import { consensusMetrics } from "../consensus/metrics.ts";
import { processingTime } from "../expressions/blocks.ts";
import { engineTime } from "../expressions/consensus.ts";
import { client, clientAnd } from "./legend.ts";

const measured = [b.processingTime.name, b.processed.name, b.lastProcessing.name];

export const processingPanels: PanelSection = {
  id: "chain-processing",
  title: "Block processing",
  overview: ["chain_phases"],
  panels: [
    {
      id: "chain_phases",
      title: "Time of a block by phase",
      help: "Mean of five minutes, as the client tells it. State reads mean the disk, execution the processor, writing the disk's flushes.",
      unit: "seconds",
      form: "stacked",
      queries: [{ expr: processingTime({ not: "total" }), legend: clientAnd(b.lastProcessing, "block.phase") }],
      metrics: measured,
    },
    {
      id: "chain_processing",
      title: "Time of a block",
      help: "Mean of five minutes, measured as a whole: phases may overlap, and need not add up to it.",
      unit: "seconds",
      queries: [{ expr: processingTime("total"), legend: client }],
      thresholds: [{ value: 1, label: "slow" }],
      metrics: measured,
    },
    {
      id: "chain_throughput",
      title: "Execution throughput",
      help: "Gas that the client executes per second while it executes: its capacity, where gas per second is the demand.",
      unit: "count/s",
      queries: [{ expr: select(b.throughput), legend: client }],
      metrics: [b.throughput.name],
    },
    {
      id: "chain_engine",
      title: "Engine requests",
      help: "Mean time of requests between consensus and execution client. A new payload is executed in it.",
      unit: "seconds",
      queries: [{ expr: engineTime, legend: clientAnd(consensusMetrics.engineTime, "rpc.method") }],
      thresholds: [{ value: 1, label: "slow" }],
      metrics: [consensusMetrics.engineTime.name, consensusMetrics.engineRequests.name],
    },
  ],
};
