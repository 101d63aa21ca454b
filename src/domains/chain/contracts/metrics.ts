/** What contracts cost: gas by receipts, and where blocks can be traced, time and storage. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

/** `unknown`: blocks before Byzantium, whose receipts do not tell. */
export const callOutcomes = ["ok", "failed", "unknown"] as const;

/**
 * `contract`: its address; `accounts` for plain transfers, `new` for what creates a contract, `other` beyond the 64 heaviest pairs. `contract.method`: the
 * selector, four bytes in hex, or its name where a standard gives it one.
 */
const perMethod = { ...perClient, contract: null, "contract.method": null } as const;

export const contractMetrics = defineMetrics({
  gas: {
    name: "chainpulse.chain.contract.gas",
    kind: "counter",
    unit: "{gas}",
    help: "Gas of transactions sent to the contract, in blocks that were looked at.",
    labels: perMethod,
  },
  calls: {
    name: "chainpulse.chain.contract.calls",
    kind: "counter",
    unit: "{transaction}",
    help: "Transactions sent to the contract, in blocks that were looked at.",
    labels: { ...perMethod, "call.outcome": callOutcomes },
  },
  innerGas: {
    name: "chainpulse.chain.contract.inner.gas",
    kind: "counter",
    unit: "{gas}",
    help: "Gas that the contract's own code used, wherever it was called from, without what it called in turn; in traced blocks.",
    labels: perMethod,
  },
  storageAccess: {
    name: "chainpulse.chain.contract.storage.accesses",
    kind: "counter",
    unit: "{slot}",
    help: "Storage slots that the contract looked at (read) or left with another value (write), each once per transaction; in traced blocks.",
    labels: { ...perMethod, "storage.access": ["read", "write"] },
  },
  replayTime: {
    name: "chainpulse.chain.contract.replay.time",
    kind: "counter",
    unit: "s",
    help: "Time that the client took to run some of the contract's transactions again for a trace: measured from outside, one transaction at a time.",
    labels: perMethod,
  },
  replays: {
    name: "chainpulse.chain.contract.replays",
    kind: "counter",
    unit: "{transaction}",
    help: "Transactions whose replay was timed; the time divided by it is that of a transaction.",
    labels: perMethod,
  },
  replayGas: {
    name: "chainpulse.chain.contract.replay.gas",
    kind: "counter",
    unit: "{gas}",
    help: "Gas of the transactions whose replay was timed; the time divided by it compares contracts.",
    labels: perMethod,
  },
  tracedBlocks: {
    name: "chainpulse.chain.trace.blocks",
    kind: "counter",
    unit: "{block}",
    help: "Blocks by whether they were traced; a share of blocks is, so that tracing does not disturb.",
    labels: { ...perClient, "trace.outcome": ["traced", "left_out", "failed"] },
  },
  traceTime: {
    name: "chainpulse.chain.trace.time",
    kind: "counter",
    unit: "s",
    help: "Time that the client was busy with being traced: the price of these figures.",
    labels: perClient,
  },
});
