/** Any node that is built with Substrate: Polkadot, Kusama, parachains, solo chains. Its JSON-RPC is the same for all, and so are its metrics. */
import { blockMetrics as b } from "../blocks/metrics.ts";
import type { ClientKind, ItemSource } from "../client/client-kind.ts";
import { told } from "../mapping/dialect-coverage.ts";
import { substrateDialect as dialect } from "../mapping/dialects/substrate.ts";
import { watchBesideMetrics } from "../mapping/watch-beside-metrics.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { watchSubstrate } from "../substrate/watch-substrate.ts";

/** The RPC tells these sooner, or of each block and peer. */
const fromRpc = [b.number, b.network, b.lag, b.finalityDistance, b.syncing, m.transactions, p.count, p.changes];

const rpc = (...methods: readonly string[]): ItemSource => ({ from: "rpc", methods });
const none = (why: string): readonly [ItemSource] => [{ from: "none", why }];

export const substrateKind: ClientKind = {
  id: "substrate",
  title: "Substrate",
  standsFor: ["polkadot", "kusama"],
  layer: "substrate",
  ports: { rpc: [9944, 9945, 9933], metrics: [{ port: 9615, path: "/metrics" }] },
  // Whoever answers `system_name` and `system_version` is one, whatever it calls itself.
  recognises: () => true,
  recognisesMetrics: (text) => /^(?:substrate|polkadot)_block_height/m.test(text),
  evidence: {
    kind: "captured",
    of: "the metrics of a Chainflip authority (CumpsD/chainflip-docker, 2021); the RPC is written from polkadot-sdk's source, and not verified",
  },
  coverage: {
    version: [rpc("system_name", "system_version", "system_chain"), told(dialect, "version")],
    head: [rpc("chain_getBlockHash", "chain_getBlock"), told(dialect, "head")],
    syncLag: [rpc("system_health", "system_syncState"), told(dialect, "syncLag")],
    finality: [rpc("chain_getFinalizedHead", "chain_getHeader"), told(dialect, "finality")],
    reorgs: [rpc("chain_getBlock")],
    transactions: [rpc("chain_getBlock")],
    blockProcessing: [told(dialect, "blockProcessing")],
    blockArrival: [rpc("chain_getBlock")],
    gas: none("Weight takes the place of gas, and is told in events of the chain that need its metadata."),
    mempool: [rpc("author_pendingExtrinsics"), told(dialect, "mempool")],
    mempoolFees: none("Fees are in events of the chain that need its metadata."),
    mempoolChurn: [told(dialect, "mempoolChurn")],
    peers: [rpc("system_peers", "system_health"), told(dialect, "peers")],
    peerLatency: none("Neither the RPC nor the metrics tell a peer's address or latency."),
    peerChurn: [rpc("system_peers"), told(dialect, "peerChurn")],
    duties: none("Sessions and votes are in the chain's state, which needs its metadata."),
    participation: none("Sessions and votes are in the chain's state, which needs its metadata."),
    engine: none("There is one client, not two."),
    contracts: none("Contracts are a pallet that few chains have."),
    database: none("Its metrics tell of caches in memory, not of the database."),
    cache: none("Its metrics tell how large its caches are, not how often they were hit."),
    rpc: [told(dialect, "rpc")],
    runtime: [told(dialect, "runtime")],
  },
  watch: (context) => watchBesideMetrics(context, { dialect, fromApi: fromRpc, watchApi: watchSubstrate }),
};
