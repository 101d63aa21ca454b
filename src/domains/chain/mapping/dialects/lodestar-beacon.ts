/**
 * Lodestar's beacon node. Nearly all its counters say `gauge`; a labelled metric without an event has no sample. How its blocks' phases
 * overlap: transition, signatures and payload are checked at the same time, each since the block was received, and `block_import` is the
 * whole of it. Captured: Lodestar 1.5.1. Sources: lodestar packages/beacon-node/src/metrics/metrics/{beacon,lodestar}.ts,
 * src/sync/interface.ts.
 */
import { blockMetrics as b, type BlockPhase } from "../../blocks/metrics.ts";
import { clientMetrics as c } from "../../client/metrics.ts";
import { consensusMetrics as v } from "../../consensus/metrics.ts";
import { databaseMetrics as d } from "../../database/metrics.ts";
import { peerMetrics as p } from "../../peers/metrics.ts";
import { type Dialect, type MappingRule, rule, type Samples, sum } from "../dialect.ts";
import { nodejsRules } from "./runtime.ts";

function phase(name: BlockPhase, histogram: string): readonly MappingRule[] {
  const labels = { "block.phase": name };
  return [
    rule(b.processed, labels, sum(`${histogram}_count`)),
    rule(b.processingTime, labels, sum(`${histogram}_sum`)),
    rule(b.lastProcessing, labels, { kind: "mean", of: histogram }),
  ];
}

function cache(name: string, hits: MappingRule["source"], misses: MappingRule["source"]): readonly MappingRule[] {
  return [
    rule(d.cache, { cache: name, "cache.result": "hit" }, hits),
    rule(d.cache, { cache: name, "cache.result": "miss" }, misses),
  ];
}

const restErrors: Samples = { name: "lodestar_api_rest_errors_total", emptyIsZero: true };
const transferred = (protocol: string): Samples => ({ name: "libp2p_data_transfer_bytes_total", where: { protocol } });

export const lodestarBeaconDialect: Dialect = {
  title: "Lodestar's metrics",
  identity: {
    version: { name: "lodestar_version", label: "version" },
    network: { name: "lodestar_version", label: "network" },
  },
  rules: [
    rule(b.number, { "block.tag": "head" }, sum("beacon_head_slot")),
    rule(b.network, {}, sum("beacon_clock_slot")),
    rule(b.lag, {}, { kind: "value", plus: ["beacon_clock_slot"], minus: ["beacon_head_slot"], atLeast: 0 }),
    // 0: no useful peers, 1 and 2: catching up, 3: up to date.
    rule(b.syncing, {}, { kind: "flag", of: "lodestar_sync_status", is: [0, 1, 2] }),
    rule(b.reorgs, {}, sum("beacon_fork_choice_reorg_total")),
    rule(b.reorgDepth, {}, { kind: "mean", of: "beacon_fork_choice_reorg_distance" }),
    ...phase("total", "lodestar_gossip_block_received_to_block_import"),
    ...phase("validate", "lodestar_gossip_block_received_to_gossip_validate"),
    ...phase("execute", "lodestar_gossip_block_received_to_state_transition"),
    ...phase("signatures", "lodestar_gossip_block_received_to_signatures_verification"),
    ...phase("payload", "lodestar_gossip_block_received_to_execution_payload_verification"),
    ...phase("blobs", "lodestar_gossip_block_received_to_blobs_availability_time"),
    rule(b.arrival, {}, { kind: "mean", of: "lodestar_gossip_block_elapsed_time_till_received" }),

    rule(v.epoch, { "epoch.tag": "current" }, sum("beacon_clock_epoch")),
    rule(v.epoch, { "epoch.tag": "justified" }, sum("beacon_current_justified_epoch")),
    rule(v.epoch, { "epoch.tag": "finalized" }, sum("beacon_finalized_epoch")),
    rule(
      v.engineRequests,
      { "rpc.method": { from: "routeId" } },
      sum("lodestar_execution_engine_http_client_request_time_seconds_count"),
    ),
    rule(
      v.engineTime,
      { "rpc.method": { from: "routeId" } },
      sum("lodestar_execution_engine_http_client_request_time_seconds_sum"),
    ),

    rule(p.count, { "peer.direction": { from: "direction", other: "unknown" } }, sum("lodestar_peers_by_direction_count")),
    rule(p.byClient, { "peer.client": { from: "client" } }, sum("lodestar_peers_by_client_count")),
    rule(p.changes, { "peer.change": "connected" }, sum("lodestar_peer_connected_total")),
    rule(p.changes, { "peer.change": "disconnected" }, sum({ name: "lodestar_peer_disconnected_total", emptyIsZero: true })),
    rule(p.received, {}, sum(transferred("global received"))),
    rule(p.sent, {}, sum(transferred("global sent"))),

    ...cache("state", sum("lodestar_state_cache_hits_total"), {
      kind: "value",
      plus: ["lodestar_state_cache_lookups_total"],
      minus: ["lodestar_state_cache_hits_total"],
    }),
    ...cache("checkpoint_state", sum("lodestar_cp_state_cache_hits_total"), {
      kind: "value",
      plus: ["lodestar_cp_state_cache_lookups_total"],
      minus: ["lodestar_cp_state_cache_hits_total"],
    }),
    ...cache(
      "balances",
      { kind: "value", plus: ["lodestar_balances_cache_requests_total"], minus: ["lodestar_balances_cache_misses_total"] },
      sum("lodestar_balances_cache_misses_total"),
    ),
    rule(d.size, { "database.part": "all" }, sum("lodestar_db_size_bytes_total")),

    rule(
      c.servedRequests,
      { "rpc.outcome": "ok" },
      {
        kind: "value",
        plus: ["lodestar_api_rest_requests_total"],
        minus: [restErrors],
      },
    ),
    rule(c.servedRequests, { "rpc.outcome": "error" }, sum(restErrors)),
    rule(c.servedTime, {}, sum("lodestar_api_rest_response_time_seconds_sum")),
    ...nodejsRules,
  ],
};
