/** What a consensus client says of itself: whether it is in sync, whether it reaches its execution client, what is final, who its peers are. */
import { blockMetrics } from "../blocks/metrics.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { hostAndPort } from "../client/multiaddress.ts";
import { consensusMetrics } from "../consensus/metrics.ts";
import type { PeerDirection } from "../peers/metrics.ts";
import type { PeerFacts } from "../peers/peer-facts.ts";
import type { PeerAnswer, SyncStatus } from "./beacon-api.ts";
import { type ChainTime, epochOf, epochStart, slotAt } from "./chain-time.ts";

export const syncStatusMetrics = [
  blockMetrics.syncing,
  blockMetrics.syncProgress,
  consensusMetrics.optimistic,
  consensusMetrics.engineUp,
] as const;

export function tellSyncStatus(context: ClientContext, status: SyncStatus): void {
  const { headSlot, distance, isSyncing, isOptimistic, isEngineOffline } = status;
  context.series(blockMetrics.syncing, {}).set(Number(isSyncing));
  context.series(blockMetrics.syncProgress, {}).set(headSlot + distance === 0 ? 1 : headSlot / (headSlot + distance));
  // Older clients do not say these; what they do not say is not made up.
  if (isOptimistic !== null) context.series(consensusMetrics.optimistic, {}).set(Number(isOptimistic));
  if (isEngineOffline !== null) context.series(consensusMetrics.engineUp, {}).set(Number(!isEngineOffline));
}

export const finalityMetrics = [blockMetrics.finalityDistance, consensusMetrics.epoch] as const;

/** A checkpoint is the first slot of its epoch. `headSlot`: `null` where the head is not known. */
export function tellFinality(
  context: ClientContext,
  time: ChainTime,
  { justified, finalized }: { readonly justified: number; readonly finalized: number },
  headSlot: number | null,
): void {
  const epochs = { current: epochOf(time, slotAt(time, context.clock.nowMs())), justified, finalized } as const;
  for (const tag of ["current", "justified", "finalized"] as const) {
    const epoch = context.series(consensusMetrics.epoch, { "epoch.tag": tag });
    if (epochs[tag] < 0) epoch.clear();
    else epoch.set(epochs[tag]);
    if (tag !== "current") context.series(blockMetrics.number, { "block.tag": tag }).set(epochStart(time, epochs[tag]));
  }
  if (headSlot !== null) context.series(blockMetrics.finalityDistance, {}).set(headSlot - epochStart(time, finalized));
}

export function peerFacts({
  peer_id: id,
  last_seen_p2p_address: address,
  direction,
  agent_version: agent,
}: PeerAnswer): PeerFacts {
  return {
    id,
    address: hostAndPort(address ?? ""),
    client: agent === notSaidYet ? null : (agent ?? null),
    direction: directions[direction ?? ""] ?? "unknown",
    pingSeconds: null,
    head: null,
    bytesSent: null,
    bytesReceived: null,
    connectedSeconds: null,
  };
}

/** As Lodestar says it. */
const notSaidYet = "NA";

const directions: Readonly<Record<string, PeerDirection>> = { inbound: "inbound", outbound: "outbound" };
