/**
 * What an operator wants to know of any client, whatever chain it is of: the items that every client is mapped onto. The table of clients and items in the docs
 * is made from this and from the clients' `coverage`.
 */
import type { Metric } from "../../core/metric.ts";
import { blockMetrics as b } from "./blocks/metrics.ts";
import { clientMetrics as c } from "./client/metrics.ts";
import { consensusMetrics as v } from "./consensus/metrics.ts";
import { contractMetrics as k } from "./contracts/metrics.ts";
import { databaseMetrics as d } from "./database/metrics.ts";
import { mempoolMetrics as m } from "./mempool/metrics.ts";
import { peerMetrics as p } from "./peers/metrics.ts";
import { chainRuntimeMetrics as r } from "./runtime/metrics.ts";

export interface VocabularyItem {
  readonly title: string;
  readonly metrics: readonly Metric[];
}

export const vocabulary = {
  version: { title: "Client version", metrics: [c.info] },
  head: { title: "Head", metrics: [b.number, b.headTime, b.headAge] },
  syncLag: { title: "Sync lag", metrics: [b.network, b.lag, b.syncing, b.syncProgress] },
  finality: { title: "Finality", metrics: [b.finalityDistance, v.epoch] },
  reorgs: { title: "Reorganisations", metrics: [b.reorgs, b.orphaned, b.reorgDepth] },
  transactions: { title: "Transactions per second", metrics: [b.transactions, b.headTransactions] },
  blockProcessing: {
    title: "Block processing by phase",
    metrics: [b.processed, b.processingTime, b.lastProcessing, b.throughput],
  },
  blockArrival: {
    title: "Block arrival",
    metrics: [b.arrival, b.interval, b.propagated, b.propagationTime, b.propagationDelay],
  },
  gas: { title: "Gas", metrics: [b.gasUsed, b.headGasUsed, b.headGasLimit, b.baseFee] },
  mempool: { title: "Mempool: pending, queued", metrics: [m.transactions, m.size, m.limit, m.sizeLimit] },
  mempoolFees: { title: "Mempool: prices", metrics: [m.gasPrice, m.feeRate, m.feeEstimate, m.minimumFeeRate] },
  mempoolChurn: {
    title: "Mempool: age, churn",
    metrics: [m.oldest, m.added, m.removed, m.rejected, m.waitTime, m.unbroadcast],
  },
  peers: { title: "Peers: direction, client", metrics: [p.count, p.byClient, p.info, p.diversity, p.score] },
  peerLatency: { title: "Peers: latency, loss", metrics: [p.latency, p.retransmitRatio, p.peerSent, p.peerReceived] },
  peerChurn: { title: "Peers: churn", metrics: [p.changes] },
  duties: {
    title: "Consensus duties",
    metrics: [v.duties, v.votes, v.inclusionDistance, v.published, v.publishDelay, v.signFailures, v.beaconReady],
  },
  participation: { title: "Participation", metrics: [v.participation] },
  engine: { title: "Engine link", metrics: [v.engineUp, v.engineTime, v.engineRequests] },
  contracts: {
    title: "Contract execution",
    metrics: [k.gas, k.calls, k.innerGas, k.storageAccess, k.replayTime, k.replays, k.replayGas],
  },
  database: { title: "Database", metrics: [d.size, d.io, d.compactionTime, d.indexLag] },
  cache: { title: "Caches", metrics: [d.cache] },
  rpc: { title: "RPC served", metrics: [c.servedRequests, c.servedTime, c.activeRequests] },
  runtime: { title: "Runtime, garbage collection", metrics: [r.cpu, r.memory, r.heap, r.gcTime, r.openFiles, r.threads] },
} as const satisfies Readonly<Record<string, VocabularyItem>>;

export type ItemId = keyof typeof vocabulary;
