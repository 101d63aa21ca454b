/** Transactions that wait for a block. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

export const mempoolStates = ["pending", "queued", "base_fee", "blob"] as const;
export const removalReasons = ["included", "replaced", "dropped", "unknown"] as const;
export type RemovalReason = (typeof removalReasons)[number];
/** Blocks within which a transaction that pays as estimated should be included. */
export const feeTargets = ["2", "6", "144"] as const;
export const feeQuantiles = ["0.1", "0.5", "0.9"] as const;

const perQuantile = { ...perClient, quantile: feeQuantiles } as const;

export const mempoolMetrics = defineMetrics({
  transactions: {
    name: "chainpulse.chain.mempool.transactions",
    kind: "gauge",
    unit: "{transaction}",
    help: "Transactions that wait: `pending` could be included now, `queued` misses one before it, `base_fee` pays too little for now.",
    labels: { ...perClient, "mempool.state": mempoolStates },
  },
  limit: {
    name: "chainpulse.chain.mempool.transactions.limit",
    kind: "gauge",
    unit: "{transaction}",
    help: "As many transactions the client keeps at most.",
    labels: perClient,
    rollup: "last",
  },
  size: {
    name: "chainpulse.chain.mempool.size",
    kind: "gauge",
    unit: "By",
    help: "Memory or bytes that waiting transactions take, as the client counts them against its limit.",
    labels: perClient,
  },
  sizeLimit: {
    name: "chainpulse.chain.mempool.size.limit",
    kind: "gauge",
    unit: "By",
    help: "Bytes at which the client throws out what pays least.",
    labels: perClient,
    rollup: "last",
  },
  oldest: {
    name: "chainpulse.chain.mempool.age.max",
    kind: "gauge",
    unit: "s",
    help: "How long the oldest waiting transaction has been seen here.",
    labels: perClient,
    rollup: "max",
  },
  added: {
    name: "chainpulse.chain.mempool.added",
    kind: "counter",
    unit: "{transaction}",
    help: "Transactions that came into the pool.",
    labels: perClient,
  },
  removed: {
    name: "chainpulse.chain.mempool.removed",
    kind: "counter",
    unit: "{transaction}",
    help: "Transactions that left the pool, by why; `unknown` where the client does not tell and they were not found in a block.",
    labels: { ...perClient, "removal.reason": removalReasons },
  },
  rejected: {
    name: "chainpulse.chain.mempool.rejected",
    kind: "counter",
    unit: "{transaction}",
    help: "Transactions that the client did not take.",
    labels: perClient,
  },
  waitTime: {
    name: "chainpulse.chain.mempool.wait.time",
    kind: "counter",
    unit: "s",
    help: "Time between first seeing transactions here and their block, summed over those that were included.",
    labels: perClient,
  },
  gasPrice: {
    name: "chainpulse.chain.fee.gas_price",
    kind: "gauge",
    unit: "{gwei}",
    help: "Priority fee per gas of transactions in the last blocks, gwei, by share of gas that paid at most as much.",
    labels: perQuantile,
  },
  feeRate: {
    name: "chainpulse.chain.fee.rate",
    kind: "gauge",
    unit: "{sat/vB}",
    help: "Fee per virtual byte in the last block, by share of weight that paid at most as much.",
    labels: perQuantile,
  },
  feeEstimate: {
    name: "chainpulse.chain.fee.estimate",
    kind: "gauge",
    unit: "{sat/vB}",
    help: "Fee per virtual byte that the client expects to be enough for a place in one of the next so many blocks.",
    labels: { ...perClient, "fee.target_blocks": feeTargets },
  },
  minimumFeeRate: {
    name: "chainpulse.chain.mempool.fee_rate.min",
    kind: "gauge",
    unit: "{sat/vB}",
    help: "Fee per virtual byte below which the pool takes nothing.",
    labels: perClient,
  },
  unbroadcast: {
    name: "chainpulse.chain.mempool.unbroadcast",
    kind: "gauge",
    unit: "{transaction}",
    help: "Transactions of this node's own users that no peer has asked for yet.",
    labels: perClient,
  },
});
