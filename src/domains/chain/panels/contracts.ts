/** Charts of what contracts cost. What is gas is called gas; what is time was measured. */
import type { PanelSection } from "../../../core/panel.ts";
import { contractMetrics as k } from "../contracts/metrics.ts";
import { perMinute } from "../expressions/client.ts";
import {
  contractLabel,
  contractRate,
  failedShareOfAll,
  replayTime,
  replayTimeOfGas,
  storageRate,
} from "../expressions/contracts.ts";
import { client, clientAnd } from "./legend.ts";

/** More lines than this cannot be told apart. */
const most = (expr: string): string => `topk(10, ${expr})`;
const contract = `${client} {{${contractLabel}}}`;

export const contractPanels: PanelSection = {
  id: "chain-contracts",
  title: "Contracts",
  panels: [
    {
      id: "chain_contract_gas",
      title: "Gas by contract",
      help: "Gas of transactions sent to the ten dearest contracts, with all that they call in turn.",
      unit: "count/s",
      form: "stacked",
      queries: [{ expr: most(contractRate(k.gas)), legend: contract }],
      metrics: [k.gas.name],
    },
    {
      id: "chain_contract_calls",
      title: "Transactions by contract",
      help: "Sent to the ten most used contracts.",
      unit: "count/s",
      form: "stacked",
      queries: [{ expr: most(contractRate(k.calls)), legend: contract }],
      metrics: [k.calls.name],
    },
    {
      id: "chain_contract_failed",
      title: "Failed transactions",
      help: "Share of transactions to contracts that failed in ten minutes: they paid for nothing.",
      unit: "ratio",
      queries: [{ expr: failedShareOfAll, legend: client }],
      metrics: [k.calls.name],
    },
    {
      id: "chain_contract_time",
      title: "Time of a transaction by contract",
      help: "Mean time that running one of its transactions again took, measured from outside, of the ten slowest contracts.",
      unit: "seconds",
      queries: [{ expr: most(replayTime), legend: contract }],
      metrics: [k.replayTime.name, k.replays.name],
    },
    {
      id: "chain_contract_gas_time",
      title: "Time of gas by contract",
      help: "Time that a million of its gas took when it was run again: what is far above the others is priced below its cost.",
      unit: "seconds",
      queries: [{ expr: most(replayTimeOfGas), legend: contract }],
      metrics: [k.replayTime.name, k.replayGas.name],
    },
    {
      id: "chain_contract_inner_gas",
      title: "Gas by whose code used it",
      help: "Gas of a contract's own code, wherever it was called from, in traced blocks: a token shows here, not where its callers do.",
      unit: "count/s",
      form: "stacked",
      queries: [{ expr: most(contractRate(k.innerGas)), legend: contract }],
      metrics: [k.innerGas.name],
    },
    {
      id: "chain_contract_storage",
      title: "Storage by contract",
      help: "Storage slots read (above) and changed (below), each once per transaction, in traced blocks.",
      unit: "count/s",
      queries: [
        { expr: most(storageRate("read")), legend: `${contract} read` },
        { expr: most(storageRate("write")), legend: `${contract} changed`, mirrored: true },
      ],
      metrics: [k.storageAccess.name],
    },
    {
      id: "chain_traced_blocks",
      title: "Traced blocks",
      help: "Only a share of blocks is traced, so that tracing does not disturb.",
      unit: "count/s",
      form: "stacked",
      queries: [{ expr: perMinute(k.tracedBlocks), legend: clientAnd(k.tracedBlocks, "trace.outcome") }],
      metrics: [k.tracedBlocks.name],
    },
    {
      id: "chain_trace_cost",
      title: "What tracing costs",
      help: "Share of time that the client is busy with being traced: the price of these charts. chain.trace_blocks.max_share limits it.",
      unit: "ratio",
      queries: [{ expr: perMinute(k.traceTime), legend: client }],
      metrics: [k.traceTime.name],
    },
  ],
};
