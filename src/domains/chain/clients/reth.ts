/** Reth: JSON-RPC for the chain, its own metrics for what happens inside. */
import type { ClientKind } from "../client/client-kind.ts";
import { watchWithMetrics } from "../evm/watch-with-metrics.ts";
import { rethDialect as dialect } from "../mapping/dialects/reth.ts";
import { told } from "../mapping/dialect-coverage.ts";
import { evmCoverage } from "./evm.ts";

export const rethKind: ClientKind = {
  id: "reth",
  title: "Reth",
  layer: "execution",
  ports: { rpc: [8545], metrics: [{ port: 9001, path: "/metrics" }], ws: [8546] },
  recognises: (version) => version.startsWith("reth/"),
  recognisesMetrics: (text) => text.includes("reth_blockchain_tree_canonical_chain_height"),
  evidence: { kind: "documentation", of: "names in the sources of Reth; its JSON-RPC as of any execution client" },
  coverage: {
    ...evmCoverage,
    version: [...evmCoverage.version, told(dialect, "version")],
    head: [...evmCoverage.head, told(dialect, "head")],
    reorgs: [...evmCoverage.reorgs, told(dialect, "reorgs")],
    gas: [...evmCoverage.gas, told(dialect, "gas")],
    mempoolChurn: [...evmCoverage.mempoolChurn, told(dialect, "mempoolChurn")],
    blockProcessing: [told(dialect, "blockProcessing")],
    mempool: [told(dialect, "mempool"), ...evmCoverage.mempool],
    peers: [told(dialect, "peers"), ...evmCoverage.peers],
    engine: [told(dialect, "engine")],
    database: [told(dialect, "database")],
    rpc: [told(dialect, "rpc")],
    runtime: [told(dialect, "runtime")],
  },
  watch: (context) => watchWithMetrics(context, dialect),
};
