/**
 * SKELETON: copy this file to `<client>.ts`, rename, add one line to `kinds.ts`, and put what a real client answers into `fixtures/`.
 * Where a family fits (evm/, bitcoin/, beacon/, substrate/), its `watch` does the work, and `watchMetrics` runs beside it.
 */
import { blockMetrics as b } from "../blocks/metrics.ts";
import type { ClientKind, ItemSource } from "../client/client-kind.ts";
import { type Dialect, rule, scaled, sum } from "../mapping/dialect.ts";
import { told } from "../mapping/dialect-coverage.ts";
import { goRules } from "../mapping/dialects/runtime.ts";
import { watchMetrics } from "../mapping/watch-metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";

/** SKELETON: the client's own names and units, with the source file that says so. */
const dialect: Dialect = {
  title: "Skeleton's metrics",
  identity: { version: { name: "skeleton_info", label: "version" }, network: { name: "skeleton_info", label: "network" } },
  rules: [
    rule(b.number, { "block.tag": "head" }, sum("skeleton_head_block")),
    rule(b.lag, {}, { kind: "value", plus: ["skeleton_best_block"], minus: ["skeleton_head_block"], atLeast: 0 }),
    rule(b.processed, { "block.phase": "total" }, sum("skeleton_block_time_ms_count")),
    rule(b.processingTime, { "block.phase": "total" }, scaled({ divisor: 1e3 }, "skeleton_block_time_ms_sum")),
    rule(
      p.count,
      { "peer.direction": { from: "dir", values: { in: "inbound", out: "outbound" }, other: "unknown" } },
      sum("skeleton_peers"),
    ),
    ...goRules,
  ],
};

/** SKELETON: one reason for each item that the client does not tell. The compiler asks for all items. */
const notTold: ItemSource = { from: "none", why: "The skeleton does not tell." };

export const skeletonKind: ClientKind = {
  id: "skeleton",
  title: "Skeleton",
  layer: "other",
  ports: { rpc: [], metrics: [{ port: 65_432, path: "/metrics" }] },
  recognises: (version) => version.startsWith("skeleton/"),
  recognisesMetrics: (text) => text.includes("skeleton_head_block"),
  // SKELETON: `captured` once the fixture is the output of a real one; `of` says which, and how it was taken.
  evidence: { kind: "documentation", of: "nothing: this client does not exist" },
  coverage: {
    version: [told(dialect, "version")],
    head: [told(dialect, "head")],
    syncLag: [told(dialect, "syncLag")],
    finality: [notTold],
    reorgs: [notTold],
    transactions: [notTold],
    blockProcessing: [told(dialect, "blockProcessing")],
    blockArrival: [notTold],
    gas: [notTold],
    mempool: [notTold],
    mempoolFees: [notTold],
    mempoolChurn: [notTold],
    peers: [told(dialect, "peers")],
    peerLatency: [notTold],
    peerChurn: [notTold],
    duties: [notTold],
    participation: [notTold],
    engine: [notTold],
    contracts: [notTold],
    database: [notTold],
    cache: [notTold],
    rpc: [notTold],
    runtime: [told(dialect, "runtime")],
  },
  watch: (context) => watchMetrics(context, dialect, { alone: true }),
};
