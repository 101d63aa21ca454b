/**
 * Geth's metrics (`/debug/metrics/prometheus`). Counters and meters say `gauge`; times are nanoseconds. Newer versions have timers of
 * blocks that are emptied by each scrape, whoever makes it; older ones counted on. Both are read: how the median is spelled tells them
 * apart (`timer` in `../dialect.ts`). Sources: go-ethereum metrics/prometheus/collector.go, core/blockchain.go, core/blockchain_stats.go,
 * core/txpool/legacypool/legacypool.go, p2p/metrics.go, rpc/metrics.go, ethdb/pebble/pebble.go, metrics/metrics.go.
 */
import type { BlockPhase } from "../../blocks/metrics.ts";
import { blockMetrics as b } from "../../blocks/metrics.ts";
import { clientMetrics as c } from "../../client/metrics.ts";
import { databaseMetrics as d } from "../../database/metrics.ts";
import { mempoolMetrics as m } from "../../mempool/metrics.ts";
import { peerMetrics as p } from "../../peers/metrics.ts";
import { chainRuntimeMetrics as r } from "../../runtime/metrics.ts";
import { type Dialect, type MappingRule, rule, scaled, sum } from "../dialect.ts";

const nanoseconds = { divisor: 1e9 } as const;

/** A phase of a block's processing: timers that follow each other. */
function phase(name: BlockPhase, ...of: readonly string[]): readonly MappingRule[] {
  const labels = { "block.phase": name };
  return [
    rule(b.processed, labels, { kind: "timer", part: "count", of }),
    rule(b.processingTime, labels, { kind: "timer", part: "time", of, ...nanoseconds }),
    rule(b.lastProcessing, labels, { kind: "timer", part: "median", of, ...nanoseconds }),
  ];
}

function cache(name: string, hit: string, miss: string): readonly MappingRule[] {
  return [
    rule(d.cache, { cache: name, "cache.result": "hit" }, sum(hit)),
    rule(d.cache, { cache: name, "cache.result": "miss" }, sum(miss)),
  ];
}

export const gethDialect: Dialect = {
  title: "Geth's metrics",
  // The network is not in an old Geth's metrics; where it is, it is the chain id.
  identity: { version: { name: "geth_info", label: "version" }, network: { name: "chain_info", label: "chain_id" } },
  rules: [
    rule(b.number, { "block.tag": "head" }, sum("chain_head_block")),
    // Both are 0 until a consensus client has named a block.
    rule(b.number, { "block.tag": "safe" }, { kind: "value", plus: ["chain_head_safe"], unset: 0 }),
    rule(b.number, { "block.tag": "finalized" }, { kind: "value", plus: ["chain_head_finalized"], unset: 0 }),
    rule(b.network, {}, sum("chain_head_header")),
    rule(b.lag, {}, { kind: "value", plus: ["chain_head_header"], minus: ["chain_head_block"], atLeast: 0 }),
    rule(b.reorgs, {}, sum("chain_reorg_executes")),
    rule(b.orphaned, {}, sum("chain_reorg_drop")),

    ...phase("total", "chain_inserts"),
    ...phase("execute", "chain_execution"),
    ...phase("validate", "chain_validation"),
    ...phase("state_read", "chain_account_reads", "chain_storage_reads", "chain_code_reads"),
    ...phase("state_root", "chain_account_hashes", "chain_storage_hashes", "chain_account_updates", "chain_storage_updates"),
    // Accounts' and storage's tries are committed at the same time, so only one of them counts; then come snapshot and database.
    ...phase("commit", "chain_account_commits", "chain_snapshot_commits", "chain_triedb_commits"),
    ...phase("write", "chain_write"),
    // Mgas/s, counted as if it were a duration.
    rule(b.throughput, {}, { kind: "timer", part: "median", of: ["chain_mgasps"], factor: 1e6 }),

    rule(m.transactions, { "mempool.state": "pending" }, sum("txpool_pending")),
    rule(m.transactions, { "mempool.state": "queued" }, sum("txpool_queued")),
    // `txpool_valid` counts the accounts that transactions came from, not these: it does not say how many were added.
    rule(
      m.rejected,
      {},
      sum(
        "txpool_invalid",
        "txpool_underpriced",
        "txpool_overflowed",
        // Replacements that did not pay enough more.
        "txpool_pending_discard",
        "txpool_queued_discard",
      ),
    ),
    rule(m.removed, { "removal.reason": "replaced" }, sum("txpool_pending_replace", "txpool_queued_replace")),
    rule(
      m.removed,
      { "removal.reason": "dropped" },
      sum(
        "txpool_pending_ratelimit",
        "txpool_pending_nofunds",
        "txpool_queued_ratelimit",
        "txpool_queued_nofunds",
        "txpool_queued_eviction",
      ),
    ),

    rule(p.count, { "peer.direction": "inbound" }, sum("p2p_peers_inbound")),
    rule(p.count, { "peer.direction": "outbound" }, sum("p2p_peers_outbound")),
    rule(p.count, { "peer.direction": "unknown" }, sum("p2p_peers"), "p2p_peers_inbound"),
    rule(p.changes, { "peer.change": "connected" }, sum("p2p_dials_success", "p2p_serves_success")),
    rule(p.received, {}, sum("p2p_ingress")),
    rule(p.sent, {}, sum("p2p_egress")),

    rule(d.size, { "database.part": "chaindata" }, sum("eth_db_chaindata_disk_size")),
    rule(d.size, { "database.part": "ancient" }, sum("eth_db_chaindata_ancient_size")),
    rule(d.io, { "io.direction": "read" }, sum("eth_db_chaindata_disk_read")),
    rule(d.io, { "io.direction": "write" }, sum("eth_db_chaindata_disk_write")),
    rule(d.compactionTime, {}, scaled(nanoseconds, "eth_db_chaindata_compact_time")),
    ...cache("account", "chain_account_reads_cache_process_hit", "chain_account_reads_cache_process_miss"),
    ...cache("storage", "chain_storage_reads_cache_process_hit", "chain_storage_reads_cache_process_miss"),
    ...cache("trie_clean", "trie_memcache_clean_hit", "trie_memcache_clean_miss"),
    ...cache("snapshot_account", "state_snapshot_clean_account_hit", "state_snapshot_clean_account_miss"),
    ...cache("snapshot_storage", "state_snapshot_clean_storage_hit", "state_snapshot_clean_storage_miss"),

    rule(c.servedRequests, { "rpc.outcome": "ok" }, sum("rpc_success")),
    rule(c.servedRequests, { "rpc.outcome": "error" }, sum("rpc_failure")),

    rule(r.cpu, {}, sum("system_cpu_procload_total")),
    rule(r.heap, {}, sum("system_memory_used")),
    // A newer Geth has percentiles of its pauses under this name instead.
    rule(r.gcTime, {}, scaled(nanoseconds, { name: "system_memory_pauses", where: { quantile: "" } })),
    rule(r.threads, {}, sum("system_cpu_goroutines")),
  ],
};
