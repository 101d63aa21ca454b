/**
 * Reth's metrics. Its histograms are written as summaries with quantiles, `_sum` and `_count`; durations are seconds, fees wei. From
 * documentation, not verified on a running Reth. Sources: reth crates/engine/tree/src/tree/metrics.rs, crates/evm/evm/src/metrics.rs,
 * crates/transaction-pool/src/metrics.rs, crates/net/network/src/metrics.rs, crates/node/metrics/src/version.rs, etc/grafana/dashboards.
 */
import { blockMetrics as b, type BlockPhase } from "../../blocks/metrics.ts";
import { clientMetrics as c } from "../../client/metrics.ts";
import { consensusMetrics as v } from "../../consensus/metrics.ts";
import { databaseMetrics as d } from "../../database/metrics.ts";
import { mempoolMetrics as m } from "../../mempool/metrics.ts";
import { peerMetrics as p } from "../../peers/metrics.ts";
import { chainRuntimeMetrics as r } from "../../runtime/metrics.ts";
import { type Dialect, type MappingRule, rule, scaled, sum } from "../dialect.ts";
import { processRules } from "./runtime.ts";

const wei = { divisor: 1e9 } as const;

function phase(name: BlockPhase, histogram: string): readonly MappingRule[] {
  const labels = { "block.phase": name };
  return [
    rule(b.processed, labels, sum(`${histogram}_count`)),
    rule(b.processingTime, labels, sum(`${histogram}_sum`)),
    rule(b.lastProcessing, labels, { kind: "mean", of: histogram }),
  ];
}

/** A request of the engine API; versions of a method are one method. */
function engine(method: string, histogram: string): readonly MappingRule[] {
  return [
    rule(v.engineRequests, { "rpc.method": method }, sum(`${histogram}_count`)),
    rule(v.engineTime, { "rpc.method": method }, sum(`${histogram}_sum`)),
  ];
}

const beacon = "consensus_engine_beacon";
const pools = [
  ["pending", "pending"],
  ["queued", "queued"],
  ["base_fee", "basefee"],
  ["blob", "blob"],
] as const;

export const rethDialect: Dialect = {
  title: "Reth's metrics",
  prefixes: ["reth_"],
  identity: { version: { name: "info", label: "version" }, network: null },
  rules: [
    rule(b.number, { "block.tag": "head" }, sum("blockchain_tree_canonical_chain_height")),
    rule(b.number, { "block.tag": "safe" }, { kind: "value", plus: ["blockchain_tree_safe_block_height"], unset: 0 }),
    rule(b.number, { "block.tag": "finalized" }, { kind: "value", plus: ["blockchain_tree_finalized_block_height"], unset: 0 }),
    rule(b.reorgs, {}, sum({ name: "blockchain_tree_reorgs", where: { commitment: ["head", ""] } })),
    rule(b.reorgDepth, {}, sum("blockchain_tree_latest_reorg_depth")),
    rule(b.badBlocks, {}, sum(`${beacon}_new_payload_invalid`)),
    ...phase("total", `${beacon}_new_payload_latency`),
    ...phase("execute", "sync_execution_execution_histogram"),
    ...phase("state_root", "sync_block_validation_state_root_histogram"),
    ...phase("validate", "sync_block_validation_payload_validation_histogram"),
    rule(b.throughput, {}, sum(`${beacon}_new_payload_gas_per_second_last`)),
    rule(b.baseFee, {}, scaled(wei, "transaction_pool_base_fee")),

    ...pools.map(([state, pool]) =>
      rule(m.transactions, { "mempool.state": state }, sum(`transaction_pool_${pool}_pool_transactions`)),
    ),
    rule(m.size, {}, sum(...pools.map(([, pool]) => `transaction_pool_${pool}_pool_size_bytes`))),
    rule(m.added, {}, sum("transaction_pool_inserted_transactions")),
    rule(m.rejected, {}, sum("transaction_pool_invalid_transactions")),
    rule(
      m.removed,
      { "removal.reason": "dropped" },
      sum(...pools.map(([, pool]) => `transaction_pool_${pool}_transactions_evicted`)),
    ),

    rule(p.count, { "peer.direction": "inbound" }, sum("network_incoming_connections")),
    rule(p.count, { "peer.direction": "outbound" }, sum("network_outgoing_connections")),

    ...engine("engine_newPayload", `${beacon}_new_payload_latency`),
    ...engine("engine_forkchoiceUpdated", `${beacon}_forkchoice_updated_latency`),
    rule(d.size, { "database.part": "tables" }, sum("db_table_size")),
    rule(d.size, { "database.part": "static_files" }, sum("static_files_segment_size")),

    rule(c.servedRequests, { "rpc.outcome": "ok" }, sum("rpc_server_calls_successful_total")),
    rule(c.servedRequests, { "rpc.outcome": "error" }, sum("rpc_server_calls_failed_total")),
    rule(c.servedTime, {}, sum("rpc_server_calls_time_seconds_sum")),

    ...processRules,
    rule(r.heap, {}, sum("jemalloc_allocated")),
    rule(r.threads, {}, sum("process_threads")),
  ],
};
