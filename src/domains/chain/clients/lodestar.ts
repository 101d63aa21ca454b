/** Lodestar: a beacon node, watched by its Beacon API and its own metrics, and a validator client, which has metrics only. */
import { watchBeacon } from "../beacon/watch-beacon.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import type { ClientKind, ItemSource } from "../client/client-kind.ts";
import { consensusMetrics as v } from "../consensus/metrics.ts";
import { told } from "../mapping/dialect-coverage.ts";
import { lodestarBeaconDialect as dialect } from "../mapping/dialects/lodestar-beacon.ts";
import { lodestarValidatorDialect as validatorDialect } from "../mapping/dialects/lodestar-validator.ts";
import { watchBesideMetrics } from "../mapping/watch-beside-metrics.ts";
import { watchMetrics } from "../mapping/watch-metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { beaconCoverage } from "./beacon.ts";

/** The Beacon API tells these sooner, or of each block and peer. */
const fromApi = [
  b.number,
  b.network,
  b.lag,
  b.syncing,
  b.reorgs,
  b.reorgDepth,
  b.arrival,
  v.epoch,
  p.count,
  p.byClient,
  p.changes,
];

const evidence = { kind: "live", of: "Lodestar 1.5.1, two nodes with validators on a devnet of its own" } as const;

export const lodestarKind: ClientKind = {
  id: "lodestar",
  title: "Lodestar",
  layer: "consensus",
  ports: { rpc: [9596], metrics: [{ port: 8008, path: "/metrics" }] },
  recognises: (version) => version.startsWith("Lodestar/"),
  recognisesMetrics: (text) => text.includes("lodestar_version") && text.includes("beacon_head_slot"),
  evidence,
  coverage: {
    ...beaconCoverage,
    version: [...beaconCoverage.version, told(dialect, "version")],
    head: [...beaconCoverage.head, told(dialect, "head")],
    syncLag: [...beaconCoverage.syncLag, told(dialect, "syncLag")],
    finality: [...beaconCoverage.finality, told(dialect, "finality")],
    reorgs: [...beaconCoverage.reorgs, told(dialect, "reorgs")],
    blockProcessing: [told(dialect, "blockProcessing")],
    blockArrival: [...beaconCoverage.blockArrival, told(dialect, "blockArrival")],
    peers: [...beaconCoverage.peers, told(dialect, "peers")],
    peerChurn: [...beaconCoverage.peerChurn, told(dialect, "peerChurn")],
    engine: [...beaconCoverage.engine, told(dialect, "engine")],
    database: [told(dialect, "database")],
    cache: [told(dialect, "cache")],
    rpc: [told(dialect, "rpc")],
    runtime: [told(dialect, "runtime")],
  },
  watch: (context) =>
    watchBesideMetrics(context, {
      dialect,
      fromApi,
      // Beside what all clients tell, its own list of peers says which program they run.
      watchApi: (beside) => watchBeacon(beside, { peersPath: "eth/v1/lodestar/peers" }),
    }),
};

const none = (why: string): readonly [ItemSource] => [{ from: "none", why }];
const atBeacon = none("The beacon node has it.");
const atExecution = none("The execution client has it.");
const notTold = none("Its metrics do not tell it.");

export const lodestarValidatorKind: ClientKind = {
  id: "lodestar-vc",
  title: "Lodestar validator client",
  layer: "validator",
  ports: { rpc: [], metrics: [{ port: 5064, path: "/metrics" }] },
  recognises: () => false,
  recognisesMetrics: (text) => text.includes("lodestar_version") && text.includes("vc_"),
  evidence,
  coverage: {
    version: [told(validatorDialect, "version")],
    head: atBeacon,
    syncLag: atBeacon,
    finality: atBeacon,
    reorgs: atBeacon,
    transactions: atExecution,
    blockProcessing: atBeacon,
    blockArrival: atBeacon,
    gas: atExecution,
    mempool: atExecution,
    mempoolFees: atExecution,
    mempoolChurn: atExecution,
    peers: none("It has none."),
    peerLatency: none("It has none."),
    peerChurn: none("It has none."),
    duties: [told(validatorDialect, "duties")],
    participation: atBeacon,
    engine: atBeacon,
    contracts: atExecution,
    database: notTold,
    cache: notTold,
    rpc: none("It serves nobody but its keys' owner."),
    runtime: [told(validatorDialect, "runtime")],
  },
  watch: (context) => watchMetrics(context, validatorDialect, { alone: true }),
};
