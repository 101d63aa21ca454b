/** Charts of what blocks hold, and when they come. */
import type { PanelSection } from "../../../core/panel.ts";
import { labelOf, select } from "../../../core/promql-text.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import { blockFullness, lateArrival, propagationTime } from "../expressions/blocks.ts";
import { withBlocks } from "../expressions/client.ts";
import { client, clientAnd } from "./legend.ts";

const quantile = `{{${labelOf(b.propagationDelay, "quantile")}}}`;

const inAnHour = (counter: typeof b.reorgs): string => `round(increase(${select(counter)}[1h]))`;

export const blockPanels: PanelSection = {
  id: "chain-blocks",
  title: "Blocks",
  overview: ["chain_transactions"],
  panels: [
    {
      id: "chain_transactions",
      title: "Transactions per second",
      help: "Transactions in blocks, over a minute; over an hour where blocks are minutes apart.",
      unit: "count/s",
      queries: [{ expr: withBlocks(b.transactions), legend: client }],
      metrics: [b.transactions.name],
    },
    {
      id: "chain_gas",
      title: "Gas per second",
      help: "Gas that blocks used, over a minute: what the chain computes, whoever executes it.",
      unit: "count/s",
      queries: [{ expr: withBlocks(b.gasUsed), legend: client }],
      metrics: [b.gasUsed.name],
    },
    {
      id: "chain_interval",
      title: "Time between blocks",
      help: "Between the timestamps of the head and its parent. Multiples of the usual value are missed slots.",
      unit: "seconds",
      queries: [{ expr: select(b.interval), legend: client }],
      metrics: [b.interval.name],
    },
    {
      id: "chain_arrival",
      title: "Block arrival",
      help: "How long after its timestamp, or the start of its slot, a block was seen here: the last one, and 19 of 20 of a quarter of an hour. Votes for the head are due 4 s after the start of a slot.",
      unit: "seconds",
      queries: [
        { expr: select(b.arrival), legend: `${client} last` },
        { expr: lateArrival, legend: `${client} 19 of 20` },
      ],
      thresholds: [{ value: 4, label: "attestations due" }],
      metrics: [b.arrival.name],
    },
    {
      id: "chain_propagation",
      title: "Propagation",
      help: "How much later than the first of this node's clients of the same chain a client sees blocks and transactions: half, and nine of ten, of the last 128.",
      unit: "seconds",
      queries: [
        { expr: select(b.propagationDelay), legend: `${clientAnd(b.propagationDelay, "propagation.of")}, ${quantile}` },
      ],
      metrics: [b.propagationDelay.name],
    },
    {
      id: "chain_propagation_mean",
      title: "Mean propagation",
      help: "The same as a mean of five minutes.",
      unit: "seconds",
      queries: [{ expr: propagationTime, legend: clientAnd(b.propagationTime, "propagation.of") }],
      metrics: [b.propagationTime.name, b.propagated.name],
    },
    {
      id: "chain_block_rate",
      title: "New blocks",
      help: "Blocks that became part of the chain. While a client catches up it is the speed of that.",
      unit: "count/s",
      queries: [{ expr: withBlocks(b.blocks), legend: client }],
      metrics: [b.blocks.name],
    },
    {
      id: "chain_fullness",
      title: "How full blocks are",
      help: "Gas of the head block of its limit, or weight of 4,000,000. Ethereum raises its base fee above half.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: blockFullness, legend: client }],
      metrics: [b.headGasUsed.name, b.headGasLimit.name, b.headWeight.name],
    },
    {
      id: "chain_block_transactions",
      title: "Transactions of a block",
      help: "In the head block.",
      unit: "count",
      queries: [{ expr: select(b.headTransactions), legend: client }],
      metrics: [b.headTransactions.name],
    },
    {
      id: "chain_block_size",
      title: "Size of a block",
      help: "Bytes of the head block.",
      unit: "bytes",
      queries: [{ expr: select(b.headSize), legend: client }],
      metrics: [b.headSize.name],
    },
    {
      id: "chain_reorgs",
      title: "Reorganisations and missed slots",
      help: "In the last hour: changes of branch, blocks that they took back, slots without a block.",
      unit: "count",
      queries: [
        { expr: inAnHour(b.reorgs), legend: `${client} reorganisations` },
        { expr: inAnHour(b.orphaned), legend: `${client} orphaned blocks` },
        { expr: inAnHour(b.missedSlots), legend: `${client} missed slots` },
      ],
      metrics: [b.reorgs.name, b.orphaned.name, b.missedSlots.name],
    },
  ],
};
