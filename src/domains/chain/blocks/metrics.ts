/** The chain as the client sees it: its head, how far it is behind, what blocks hold and where their time goes. */
import { defineMetrics } from "../../../core/metric.ts";
import { perClient } from "../labels.ts";

export const blockTags = ["head", "safe", "justified", "finalized"] as const;
export type BlockTag = (typeof blockTags)[number];

/**
 * What a block's processing consists of; a client tells some of them. `total` is measured or told, never added up here.
 * Source of the split: go-ethereum core/blockchain_stats.go (slow-block log), lodestar gossip_block_received_to_*.
 */
export const blockPhases = [
  "total",
  "receive",
  "validate",
  "execute",
  "state_read",
  "state_root",
  "commit",
  "write",
  "signatures",
  "payload",
  "blobs",
  "import",
  "fork_choice",
] as const;
export type BlockPhase = (typeof blockPhases)[number];

/** What spreads from client to client. */
export const propagationKinds = ["block", "transaction"] as const;
export type PropagationKind = (typeof propagationKinds)[number];
export const propagationQuantiles = ["0.5", "0.9"] as const;

const perPropagation = { ...perClient, "propagation.of": propagationKinds } as const;
const perPhase = { ...perClient, "block.phase": blockPhases } as const;

export const blockMetrics = defineMetrics({
  number: {
    name: "chainpulse.chain.block.number",
    kind: "gauge",
    unit: "{block}",
    help: "Number of the newest block by what is known of it; on a beacon chain, of the slot.",
    labels: { ...perClient, "block.tag": blockTags },
    rollup: "last",
  },
  network: {
    name: "chainpulse.chain.network.block.number",
    kind: "gauge",
    unit: "{block}",
    help: "Number of the newest block that the client knows of, from its peers or from the clock of slots.",
    labels: perClient,
    rollup: "last",
  },
  lag: {
    name: "chainpulse.chain.sync.lag",
    kind: "gauge",
    unit: "{block}",
    help: "Blocks, or slots, between the client's head and the network's.",
    labels: perClient,
    rollup: "max",
  },
  syncing: {
    name: "chainpulse.chain.syncing",
    kind: "gauge",
    unit: "",
    help: "1 while the client says that it is catching up.",
    labels: perClient,
    rollup: "max",
  },
  syncProgress: {
    name: "chainpulse.chain.sync.progress",
    kind: "gauge",
    unit: "1",
    help: "How much of the chain the client has, by its own word.",
    labels: perClient,
    rollup: "last",
  },
  headTime: {
    name: "chainpulse.chain.head.time",
    kind: "gauge",
    unit: "s",
    help: "Timestamp in the head block, seconds since the epoch.",
    labels: perClient,
    rollup: "last",
  },
  headAge: {
    name: "chainpulse.chain.head.age",
    kind: "gauge",
    unit: "s",
    help: "Time since the timestamp of the head block.",
    labels: perClient,
    rollup: "max",
  },
  finalityDistance: {
    name: "chainpulse.chain.finality.distance",
    kind: "gauge",
    unit: "{block}",
    help: "Blocks, or slots, between the head and the newest finalised block.",
    labels: perClient,
    rollup: "max",
  },
  blocks: {
    name: "chainpulse.chain.blocks",
    kind: "counter",
    unit: "{block}",
    help: "Blocks that became part of the canonical chain since ChainPulse watches.",
    labels: perClient,
  },
  missedSlots: {
    name: "chainpulse.chain.slots.missed",
    kind: "counter",
    unit: "{slot}",
    help: "Slots of the canonical chain without a block since ChainPulse watches.",
    labels: perClient,
  },
  transactions: {
    name: "chainpulse.chain.transactions",
    kind: "counter",
    unit: "{transaction}",
    help: "Transactions in those blocks; those of blocks that were reorganised out stay counted.",
    labels: perClient,
  },
  gasUsed: {
    name: "chainpulse.chain.gas.used",
    kind: "counter",
    unit: "{gas}",
    help: "Gas that those blocks used.",
    labels: perClient,
  },
  reorgs: {
    name: "chainpulse.chain.reorgs",
    kind: "counter",
    unit: "{reorg}",
    help: "Times that the head moved to another branch since ChainPulse watches.",
    labels: perClient,
  },
  orphaned: {
    name: "chainpulse.chain.blocks.orphaned",
    kind: "counter",
    unit: "{block}",
    help: "Blocks that were canonical and are no more.",
    labels: perClient,
  },
  reorgDepth: {
    name: "chainpulse.chain.reorg.depth",
    kind: "gauge",
    unit: "{block}",
    help: "Blocks that the last reorganisation took back.",
    labels: perClient,
    rollup: "max",
  },
  headTransactions: {
    name: "chainpulse.chain.head.transactions",
    kind: "gauge",
    unit: "{transaction}",
    help: "Transactions in the head block.",
    labels: perClient,
  },
  headGasUsed: {
    name: "chainpulse.chain.head.gas.used",
    kind: "gauge",
    unit: "{gas}",
    help: "Gas that the head block used.",
    labels: perClient,
  },
  headGasLimit: {
    name: "chainpulse.chain.head.gas.limit",
    kind: "gauge",
    unit: "{gas}",
    help: "Gas that the head block could have used.",
    labels: perClient,
  },
  headSize: {
    name: "chainpulse.chain.head.size",
    kind: "gauge",
    unit: "By",
    help: "Bytes of the head block.",
    labels: perClient,
  },
  headWeight: {
    name: "chainpulse.chain.head.weight",
    kind: "gauge",
    unit: "{weight}",
    help: "Weight of the head block (BIP 141); 4,000,000 is full.",
    labels: perClient,
  },
  baseFee: {
    name: "chainpulse.chain.head.base_fee",
    kind: "gauge",
    unit: "{gwei}",
    help: "Base fee per gas of the head block, gwei.",
    labels: perClient,
  },
  interval: {
    name: "chainpulse.chain.block.interval",
    kind: "gauge",
    unit: "s",
    help: "Time between the timestamps of the head block and its parent.",
    labels: perClient,
  },
  arrival: {
    name: "chainpulse.chain.block.arrival",
    kind: "gauge",
    unit: "s",
    help: "How long after its timestamp, or after the start of its slot, the last block was seen here. Clocks that differ make it negative.",
    labels: perClient,
    rollup: "max",
  },
  propagated: {
    name: "chainpulse.chain.propagation.count",
    kind: "counter",
    unit: "{sighting}",
    help: "Blocks and transactions that at least two clients of the same chain on this node have seen come.",
    labels: perPropagation,
  },
  propagationTime: {
    name: "chainpulse.chain.propagation.time",
    kind: "counter",
    unit: "s",
    help: "Time by which the client saw them later than the first of those clients, summed up; divided by the count, the mean.",
    labels: perPropagation,
  },
  propagationDelay: {
    name: "chainpulse.chain.propagation.delay",
    kind: "gauge",
    unit: "s",
    help: "Time by which the client saw blocks and transactions later than the first of this node's clients of the chain: quantiles of the last 128.",
    labels: { ...perPropagation, quantile: propagationQuantiles },
    rollup: "max",
  },
  processed: {
    name: "chainpulse.chain.block.processing.count",
    kind: "counter",
    unit: "{block}",
    help: "Blocks whose processing time the client has told, by phase.",
    labels: perPhase,
  },
  processingTime: {
    name: "chainpulse.chain.block.processing.time",
    kind: "counter",
    unit: "s",
    help: "Time that the client has spent on blocks, by phase; divided by the count, that of a block.",
    labels: perPhase,
  },
  lastProcessing: {
    name: "chainpulse.chain.block.processing.last",
    kind: "gauge",
    unit: "s",
    help: "Time that the client has spent on the newest block that it has told of, by phase; a client that keeps percentiles only: the middle one of its last blocks.",
    labels: perPhase,
    rollup: "max",
  },
  throughput: {
    name: "chainpulse.chain.execution.throughput",
    kind: "gauge",
    unit: "{gas}",
    help: "Gas that the client executed per second in its last blocks.",
    labels: perClient,
  },
  badBlocks: {
    name: "chainpulse.chain.blocks.invalid",
    kind: "counter",
    unit: "{block}",
    help: "Blocks that the client has found invalid.",
    labels: perClient,
  },
});
