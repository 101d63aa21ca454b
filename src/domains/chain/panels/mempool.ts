/** Charts of waiting transactions and of what it costs not to wait. */
import type { PanelSection } from "../../../core/panel.ts";
import { select } from "../../../core/promql-text.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { perMinute } from "../expressions/client.ts";
import { mempoolFullness, waitTime } from "../expressions/mempool.ts";
import { flowMetrics as t } from "../flow/metrics.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { client, clientAnd } from "./legend.ts";

export const mempoolPanels: PanelSection = {
  id: "chain-mempool",
  title: "Mempool and fees",
  overview: ["chain_mempool"],
  panels: [
    {
      id: "chain_mempool",
      title: "Waiting transactions",
      help: "By state: pending could be included now, queued misses one before it, base_fee pays too little for now.",
      unit: "count",
      form: "stacked",
      queries: [{ expr: select(m.transactions), legend: clientAnd(m.transactions, "mempool.state") }],
      metrics: [m.transactions.name],
    },
    {
      id: "chain_mempool_flow",
      title: "In and out of the mempool",
      help: "Transactions that came (above), and that left, by why (below). What is dropped or replaced was never paid for.",
      unit: "count/s",
      queries: [
        { expr: perMinute(m.added), legend: `${client} added` },
        { expr: perMinute(m.removed), legend: clientAnd(m.removed, "removal.reason"), mirrored: true },
      ],
      metrics: [m.added.name, m.removed.name],
    },
    {
      id: "chain_mempool_room",
      title: "How full the mempool is",
      help: "By bytes or number, as the client limits it. At 100 % what pays least is thrown out.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: mempoolFullness, legend: client }],
      thresholds: [{ value: 0.8, label: "nearly full" }],
      metrics: [m.size.name, m.sizeLimit.name, m.transactions.name, m.limit.name],
    },
    {
      id: "chain_mempool_age",
      title: "How long transactions wait",
      help: "Age of the oldest waiting one, and mean time from first seeing one here to its block.",
      unit: "seconds",
      queries: [
        { expr: select(m.oldest), legend: `${client} oldest` },
        { expr: waitTime, legend: `${client} mean until its block` },
      ],
      metrics: [m.oldest.name, m.waitTime.name, m.removed.name],
    },
    {
      id: "chain_mempool_rejected",
      title: "Transactions not taken",
      help: "Underpriced, invalid or beyond the pool's limits.",
      unit: "count/s",
      queries: [{ expr: perMinute(m.rejected), legend: client }],
      metrics: [m.rejected.name],
    },
    {
      id: "chain_gas_price",
      title: "Gas price",
      help: "Gwei: base fee of the head block, and priority fees by share of gas that paid at most as much.",
      unit: "count",
      queries: [
        { expr: select(blockMetrics.baseFee), legend: `${client} base fee` },
        { expr: select(m.gasPrice), legend: `${clientAnd(m.gasPrice, "quantile")} of gas` },
      ],
      metrics: [blockMetrics.baseFee.name, m.gasPrice.name],
    },
    {
      id: "chain_fee_rate",
      title: "Fee rate",
      help: "Satoshi per virtual byte: in the last block by share of weight that paid at most as much, what the client expects to be enough, and the least that the pool takes.",
      unit: "count",
      queries: [
        { expr: select(m.feeRate), legend: `${clientAnd(m.feeRate, "quantile")} of weight` },
        { expr: select(m.feeEstimate), legend: `${clientAnd(m.feeEstimate, "fee.target_blocks")} blocks, estimated` },
        { expr: select(m.minimumFeeRate), legend: `${client} least` },
      ],
      metrics: [m.feeRate.name, m.feeEstimate.name, m.minimumFeeRate.name],
    },
    {
      id: "chain_traced",
      title: "Transactions begun to be traced",
      help: "What became of each of them is on the page Transactions.",
      unit: "count/s",
      queries: [{ expr: perMinute(t.traced), legend: client }],
      metrics: [t.traced.name],
    },
    {
      id: "chain_traced_open",
      title: "Traced transactions under way",
      help: "They wait, or their block is not as deep yet as it takes. At 20,000 of a client only half as many are traced.",
      unit: "count",
      queries: [{ expr: select(t.open), legend: client }],
      metrics: [t.open.name],
    },
    {
      id: "chain_traced_share",
      title: "Share of transactions that is traced",
      help: "Below 100 % there are more than chain.tracing.max_transactions_per_second, or than can be kept. Nodes that trace less trace a part of what others do.",
      unit: "ratio",
      max: 1,
      queries: [{ expr: select(t.ratio), legend: client }],
      metrics: [t.ratio.name],
    },
  ],
};
