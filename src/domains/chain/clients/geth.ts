/** Geth (go-ethereum): JSON-RPC for the chain, its own metrics for what happens inside. */
import type { ClientKind } from "../client/client-kind.ts";
import { watchWithMetrics } from "../evm/watch-with-metrics.ts";
import { gethDialect as dialect } from "../mapping/dialects/geth.ts";
import { told } from "../mapping/dialect-coverage.ts";
import { evmCoverage } from "./evm.ts";

export const gethKind: ClientKind = {
  id: "geth",
  title: "Geth",
  layer: "execution",
  ports: { rpc: [8545], metrics: [{ port: 6060, path: "/debug/metrics/prometheus", takesFromOthers: true }], ws: [8546] },
  recognises: (version) => version.startsWith("Geth/"),
  recognisesMetrics: (text) => text.includes("chain_head_block") && text.includes("txpool_pending"),
  evidence: {
    kind: "captured",
    of: "metrics of a Geth in snap sync (CumpsD/chainflip-docker, PROMETHEUS-GETH.md); its JSON-RPC from documentation",
  },
  notes: [
    "Its timers of blocks are emptied by each scrape of its metrics, whoever makes it (but in old versions): let nothing but ChainPulse scrape it, or blocks are missing on both sides.",
    "It tells percentiles of a block's phases and no sums. Between two scrapes of 5 s there are mostly one or two blocks, of which the sum follows exactly; while it syncs there are more, and the time is an estimate.",
  ],
  coverage: {
    ...evmCoverage,
    version: [...evmCoverage.version, told(dialect, "version")],
    head: [...evmCoverage.head, told(dialect, "head")],
    syncLag: [...evmCoverage.syncLag, told(dialect, "syncLag")],
    reorgs: [...evmCoverage.reorgs, told(dialect, "reorgs")],
    mempoolChurn: [...evmCoverage.mempoolChurn, told(dialect, "mempoolChurn")],
    peerChurn: [...evmCoverage.peerChurn, told(dialect, "peerChurn")],
    blockProcessing: [told(dialect, "blockProcessing")],
    mempool: [told(dialect, "mempool"), ...evmCoverage.mempool],
    peers: [told(dialect, "peers"), ...evmCoverage.peers],
    database: [told(dialect, "database")],
    cache: [told(dialect, "cache")],
    rpc: [told(dialect, "rpc")],
    runtime: [told(dialect, "runtime")],
  },
  watch: (context) => watchWithMetrics(context, dialect),
};
