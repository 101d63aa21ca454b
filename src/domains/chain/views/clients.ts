/** The clients of a node, one row each. */
import { labelOf, select } from "../../../core/promql-text.ts";
import type { ViewField, ViewList } from "../../../core/view.ts";
import { blockMetrics as b, type PropagationKind } from "../blocks/metrics.ts";
import { clientMetrics as c } from "../client/metrics.ts";
import { consensusMetrics } from "../consensus/metrics.ts";
import { blockFullness, blockNumber, processingTime } from "../expressions/blocks.ts";
import {
  clientLabel,
  clientLabels,
  perMinute,
  requestFailures,
  requestTime,
  sameClient,
  withBlocks,
} from "../expressions/client.ts";
import { databaseRunway, databaseSize } from "../expressions/disk.ts";
import { mempoolFullness, waitingTransactions } from "../expressions/mempool.ts";
import { connectedPeers, peerLatency } from "../expressions/peers.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { chainRuntimeMetrics as r } from "../runtime/metrics.ts";
import { milliseconds, percent } from "./units.ts";

const labels = [
  { field: "kind", label: labelOf(c.info, "chain.client.kind"), help: "Which program it is." },
  { field: "layer", label: labelOf(c.info, "chain.layer"), help: "What it does for its chain: execution, consensus …" },
  { field: "version", label: labelOf(c.info, "chain.client.version"), help: "Its version, as it says it." },
  { field: "network", label: labelOf(c.info, "chain.network"), help: "Chain id, or the network's name." },
  { field: "role", label: labelOf(c.info, "chain.client.role"), help: "What it is used for; limits of checks depend on it." },
  { field: "simulated", label: labelOf(c.info, "simulated"), help: "true for a chain that is made for show." },
] as const;

const described = labels.map(({ label }) => label).filter((label) => label !== labelOf(c.info, "simulated"));

/** With what the client is: of two versions at once, as after an update, one. A client that was never reached is nothing but its name. */
const up = `${select(c.up)} * ${sameClient} group_left (${described.join(", ")}) topk by (${clientLabels}) (1, ${select(c.info)}) or ${sameClient} ${select(c.up)}`;

const peersOf = (direction: "inbound" | "outbound"): string => select(peerMetrics.count, { "peer.direction": direction });

function propagation(name: string, of: PropagationKind): ViewField {
  return {
    name,
    help: `How much later than the first of this node's clients of the chain it sees half of the ${of}s.`,
    expr: select(b.propagationDelay, { "propagation.of": of, quantile: "0.5" }),
    ...milliseconds,
  };
}

/** Fields that the group shows of all clients together, too. */
export const clientFigures = {
  lag: {
    name: "syncLagBlocks",
    help: "Blocks between the client's head and the network's.",
    unit: "{block}",
    expr: select(b.lag),
  },
  age: { name: "headAgeSeconds", help: "Time since the timestamp of the head block.", unit: "s", expr: select(b.headAge) },
  finality: {
    name: "finalityDistanceBlocks",
    help: "Blocks between the head and the newest finalised one.",
    unit: "{block}",
    expr: select(b.finalityDistance),
  },
  interval: {
    name: "blockIntervalSeconds",
    help: "Time between the head block and its parent.",
    unit: "s",
    expr: select(b.interval),
  },
  transactions: {
    name: "transactionsPerSecond",
    help: "Transactions included per second: over a minute, over an hour where blocks are minutes apart.",
    unit: "1/s",
    expr: withBlocks(b.transactions),
  },
  gas: { name: "gasPerSecond", help: "Gas used per second.", unit: "{gas}/s", expr: withBlocks(b.gasUsed) },
  fullness: {
    name: "headFullPercent",
    help: "How full the head block is, by gas or weight.",
    expr: blockFullness,
    ...percent,
  },
  baseFee: { name: "baseFeeGwei", help: "Base fee per gas of the head block.", unit: "{gwei}", expr: select(b.baseFee) },
  processing: {
    name: "blockProcessingMs",
    help: "Mean time of a block in five minutes.",
    expr: processingTime("total"),
    ...milliseconds,
  },
  arrival: {
    name: "blockArrivalMs",
    help: "How long after its timestamp, or the start of its slot, the last block was seen here.",
    expr: select(b.arrival),
    ...milliseconds,
  },
  mempool: { name: "mempoolTransactions", help: "Transactions that wait.", unit: "{transaction}", expr: waitingTransactions },
  mempoolFull: { name: "mempoolFullPercent", help: "How full the mempool is.", expr: mempoolFullness, ...percent },
  peers: { name: "connectedPeers", help: "Connected peers.", unit: "{peer}", expr: connectedPeers },
  inbound: {
    name: "inboundPeers",
    help: "Peers that have connected to this client.",
    unit: "{peer}",
    expr: peersOf("inbound"),
  },
  peerLatency: {
    name: "peerLatencyMs",
    help: "Round trip that half of the peers stay below.",
    expr: peerLatency(0.5),
    ...milliseconds,
  },
  database: { name: "databaseBytes", help: "Size of the database.", unit: "By", expr: databaseSize },
  runway: {
    name: "databaseRunwayDays",
    help: "Days for which the database can grow as in the last six hours, at most.",
    unit: "d",
    expr: databaseRunway,
  },
  rpcLatency: {
    name: "rpcLatencyMs",
    help: "Mean time of ChainPulse's requests.",
    expr: requestTime,
    ...milliseconds,
  },
  rpcFailures: { name: "rpcFailurePercent", help: "Requests of ChainPulse that failed.", expr: requestFailures, ...percent },
} as const satisfies Readonly<Record<string, ViewField>>;

export const clientList: ViewList = {
  name: "clients",
  help: "The blockchain clients that are watched.",
  key: { field: "name", label: clientLabel, help: "Name of the client on this node." },
  labels,
  fields: [
    { name: "up", help: "1 while it answers.", unit: "1", expr: up },
    { name: "headBlock", help: "Number of its newest block, or slot.", unit: "{block}", expr: blockNumber("head") },
    { name: "networkBlock", help: "Number of the newest block that it knows of.", unit: "{block}", expr: select(b.network) },
    clientFigures.lag,
    { name: "syncing", help: "1 while it says that it is catching up.", unit: "1", expr: select(b.syncing) },
    { name: "syncedPercent", help: "How much of the chain it has, by its own word.", expr: select(b.syncProgress), ...percent },
    clientFigures.age,
    { name: "headTimeSeconds", help: "Timestamp of its newest block, since the epoch.", unit: "s", expr: select(b.headTime) },
    clientFigures.finality,
    clientFigures.interval,
    clientFigures.transactions,
    clientFigures.gas,
    clientFigures.fullness,
    clientFigures.baseFee,
    clientFigures.processing,
    clientFigures.arrival,
    propagation("blockPropagationMs", "block"),
    propagation("transactionPropagationMs", "transaction"),
    { name: "reorgs", help: "Reorganisations since ChainPulse watches.", unit: "{reorg}", expr: select(b.reorgs) },
    clientFigures.mempool,
    clientFigures.mempoolFull,
    clientFigures.peers,
    clientFigures.inbound,
    { name: "outboundPeers", help: "Peers that it has connected to.", unit: "{peer}", expr: peersOf("outbound") },
    { name: "peersLimit", help: "Peers that it connects with at most.", unit: "{peer}", expr: select(peerMetrics.limit) },
    clientFigures.peerLatency,
    { name: "p2pScore", help: "How well its peers serve, from 0 to 1.", unit: "1", expr: select(peerMetrics.score) },
    {
      name: "engineUp",
      help: "1 while it reaches its execution client.",
      unit: "1",
      expr: select(consensusMetrics.engineUp),
    },
    clientFigures.database,
    clientFigures.runway,
    clientFigures.rpcLatency,
    clientFigures.rpcFailures,
    { name: "cpuPercent", help: "Processor time, of one core.", expr: perMinute(r.cpu), ...percent },
    { name: "memoryBytes", help: "Resident memory.", unit: "By", expr: select(r.memory) },
    { name: "gcPercent", help: "Share of time that goes into collecting garbage.", expr: perMinute(r.gcTime), ...percent },
    {
      name: "uptimeSeconds",
      help: "Time since it was started.",
      unit: "s",
      expr: `time() - ${select(r.startTime)}`,
    },
  ],
};

const phase = labelOf(b.lastProcessing, "block.phase");

export const phaseList: ViewList = {
  name: "blockPhases",
  help: "Where the time of a block goes, of the slowest client.",
  key: { field: "phase", label: phase, help: "Part of the processing; total is measured, not added up." },
  fields: [
    {
      name: "meanMs",
      help: "Mean time in five minutes.",
      reduce: "max",
      expr: processingTime(),
      ...milliseconds,
    },
    {
      name: "lastMs",
      help: "Of the newest block that the client has told of.",
      reduce: "max",
      expr: select(b.lastProcessing),
      ...milliseconds,
    },
  ],
};
