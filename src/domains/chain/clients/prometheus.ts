/**
 * Whatever tells of itself by Prometheus and is no client that ChainPulse knows: a user's mapping file says which of its metrics mean
 * what. A file that is wrong is read again when the watch begins anew, so that mending it is enough.
 */
import { ChainPulseError } from "../../../core/errors.ts";
import type { ClientContext, ClientKind, ItemSource } from "../client/client-kind.ts";
import type { Dialect } from "../mapping/dialect.ts";
import { unmappedItems } from "../mapping/dialect-coverage.ts";
import { loadMappingFile } from "../mapping/mapping-file.ts";
import { watchMetrics } from "../mapping/watch-metrics.ts";

const mapped: ItemSource = { from: "metric", metrics: ["mapping_file"] };

export const prometheusKind: ClientKind = {
  id: "prometheus",
  title: "Any Prometheus target",
  layer: "other",
  ports: { rpc: [], metrics: [] },
  recognises: () => false,
  evidence: { kind: "captured", of: "a Tendermint node's metrics, through the mapping of docs/chain-mapping.md" },
  coverage: {
    version: [mapped],
    head: [mapped],
    syncLag: [mapped],
    finality: [mapped],
    reorgs: [mapped],
    transactions: [mapped],
    blockProcessing: [mapped],
    blockArrival: [mapped],
    gas: [mapped],
    mempool: [mapped],
    mempoolFees: [mapped],
    mempoolChurn: [mapped],
    peers: [mapped],
    peerLatency: [mapped],
    peerChurn: [mapped],
    duties: [mapped],
    participation: [mapped],
    engine: [mapped],
    contracts: [mapped],
    database: [mapped],
    cache: [mapped],
    rpc: [mapped],
    runtime: [mapped],
  },
  async watch(context) {
    const { name, mappingFile } = context.target;
    if (mappingFile === null) {
      const fix = "docs/chain-mapping.md says what is in one.";
      throw new ChainPulseError("CONFIG_INVALID", `${name} is of kind prometheus and has no mapping_file`, { fix });
    }
    const dialect = loadMappingFile(mappingFile);
    reportUnmapped(context, dialect, mappingFile);
    await watchMetrics(context, dialect, { alone: true });
  },
};

function reportUnmapped(context: ClientContext, dialect: Dialect, file: string): void {
  for (const { title, metrics } of unmappedItems(dialect))
    context.absent(title, metrics, { reason: "unsupported", detail: `${file} maps nothing onto it` });
}
