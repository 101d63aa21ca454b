/**
 * Nodes that are built with Substrate. What their names begin with is up to who built them. RPC times are microseconds, in buckets that
 * were made for seconds: only their sum is of use. Captured: a Chainflip authority, 2021. Sources: polkadot-sdk
 * substrate/client/service/src/metrics.rs, client/network/src/service/metrics.rs, client/rpc-servers/src/middleware/metrics.rs,
 * client/consensus/common/src/metrics.rs, client/transaction-pool/src/common/metrics.rs.
 */
import { blockMetrics as b, type BlockPhase } from "../../blocks/metrics.ts";
import { clientMetrics as c } from "../../client/metrics.ts";
import { mempoolMetrics as m } from "../../mempool/metrics.ts";
import { peerMetrics as p } from "../../peers/metrics.ts";
import { chainRuntimeMetrics as r } from "../../runtime/metrics.ts";
import { type Dialect, type MappingRule, rule, type Samples, scaled, sum } from "../dialect.ts";

const microseconds = { divisor: 1e6 } as const;

function height(status: string): Samples {
  return { name: "block_height", where: { status } };
}

function phase(name: BlockPhase, histogram: string): readonly MappingRule[] {
  const labels = { "block.phase": name };
  return [
    rule(b.processed, labels, sum(`${histogram}_count`)),
    rule(b.processingTime, labels, sum(`${histogram}_sum`)),
    rule(b.lastProcessing, labels, { kind: "mean", of: histogram }),
  ];
}

function calls(isError: string): Samples {
  return { name: "rpc_calls_finished", where: { is_error: isError }, emptyIsZero: true };
}

export const substrateDialect: Dialect = {
  title: "Substrate's metrics",
  prefixes: ["substrate_", "polkadot_"],
  identity: { version: { name: "build_info", label: "version" }, network: { name: "build_info", label: "chain" } },
  rules: [
    rule(b.number, { "block.tag": "head" }, sum(height("best"))),
    rule(b.number, { "block.tag": "finalized" }, sum(height("finalized"))),
    rule(b.network, {}, sum(height("sync_target"))),
    rule(b.lag, {}, { kind: "value", plus: [height("sync_target")], minus: [height("best")], atLeast: 0 }),
    rule(b.finalityDistance, {}, { kind: "value", plus: [height("best")], minus: [height("finalized")], atLeast: 0 }),
    rule(b.syncing, {}, { kind: "flag", of: "sub_libp2p_is_major_syncing", is: [1] }),
    ...phase("total", "block_verification_and_import_time"),
    ...phase("validate", "block_verification_time"),

    rule(m.transactions, { "mempool.state": "pending" }, sum("ready_transactions_number")),
    rule(m.rejected, {}, sum("sub_txpool_validations_invalid")),
    rule(m.removed, { "removal.reason": "included" }, sum("sub_txpool_block_transactions_pruned")),

    rule(p.count, { "peer.direction": "unknown" }, sum("sub_libp2p_peers_count")),
    rule(p.changes, { "peer.change": "connected" }, sum("sub_libp2p_distinct_peers_connections_opened_total")),
    rule(p.changes, { "peer.change": "disconnected" }, sum("sub_libp2p_distinct_peers_connections_closed_total")),
    rule(p.received, {}, sum({ name: "sub_libp2p_network_bytes_total", where: { direction: "in" } })),
    rule(p.sent, {}, sum({ name: "sub_libp2p_network_bytes_total", where: { direction: "out" } })),

    rule(c.servedRequests, { "rpc.outcome": "ok" }, sum(calls("false"))),
    rule(c.servedRequests, { "rpc.outcome": "error" }, sum(calls("true"))),
    rule(c.servedTime, {}, scaled(microseconds, "rpc_calls_time_sum")),
    rule(r.threads, {}, sum("tokio_threads_alive")),
    rule(r.startTime, {}, sum("process_start_time_seconds")),
  ],
};
