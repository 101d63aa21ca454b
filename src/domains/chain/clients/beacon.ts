/** Any consensus client, by the API that all of them have. What only a client's own metrics tell is a matter of its own kind. */
import { watchBeacon } from "../beacon/watch-beacon.ts";
import type { ClientKind, ItemSource } from "../client/client-kind.ts";

/** Below `/eth/v1/`, blocks below `/eth/v2/`. */
const api = (...methods: string[]): readonly [ItemSource] => [{ from: "rpc", methods }];
const none = (why: string): readonly [ItemSource] => [{ from: "none", why }];

const atExecution = "The execution client has it.";
const notInApi = "The Beacon API does not tell it.";

/** What the Beacon API gives of each item, for all kinds of the family. */
export const beaconCoverage = {
  version: api("node/version", "config/spec", "beacon/genesis"),
  head: api("beacon/headers", "beacon/blocks", "events"),
  syncLag: api("node/syncing", "beacon/headers", "beacon/genesis"),
  finality: api("beacon/states/finality_checkpoints", "events"),
  reorgs: api("beacon/headers", "beacon/blocks"),
  transactions: api("beacon/blocks"),
  blockProcessing: none(notInApi),
  blockArrival: api("events"),
  gas: api("beacon/blocks"),
  mempool: none(atExecution),
  mempoolFees: none(atExecution),
  mempoolChurn: none(atExecution),
  peers: api("node/peers"),
  peerLatency: none(`${notInApi} Where peers are connected by TCP, the kernel does.`),
  peerChurn: api("node/peers"),
  duties: api(
    "beacon/blocks",
    "beacon/states/committees",
    "beacon/states/validators",
    "beacon/states/sync_committees",
    "validator/duties/proposer",
  ),
  participation: api("beacon/blocks", "beacon/states/committees"),
  engine: api("node/syncing"),
  contracts: none(atExecution),
  database: none(notInApi),
  cache: none(notInApi),
  rpc: none(notInApi),
  runtime: none(notInApi),
} as const satisfies ClientKind["coverage"];

export const beaconKind: ClientKind = {
  id: "beacon",
  title: "Beacon API (any consensus client)",
  standsFor: ["lighthouse", "prysm", "teku", "nimbus", "grandine"],
  layer: "consensus",
  // Usual ports of Lighthouse and Nimbus, Teku, Prysm, Grandine and Lodestar.
  ports: { rpc: [5052, 5051, 3500, 9596], metrics: [] },
  recognises: () => true,
  evidence: { kind: "live", of: "Lodestar 1.5.1, two nodes with validators on a devnet of its own" },
  coverage: beaconCoverage,
  watch: (context) => watchBeacon(context),
};
