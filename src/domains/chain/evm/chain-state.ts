/** How far the client is with catching up, by its own word, and which of its blocks are settled. */

import type { Chain } from "./chain.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { ownSeries } from "../client/own-series.ts";
import type { Part } from "../client/part.ts";
import { headerShape, syncingShape } from "./shapes.ts";

const syncMetrics = [blockMetrics.syncing, blockMetrics.network, blockMetrics.lag, blockMetrics.syncProgress] as const;

export interface SyncPart extends Part {
  /** Whether it said so when it was asked last. */
  isSyncing(): boolean;
  /** The head is this one: of a client that says that it does not catch up, the network's too. */
  headIs(number: number): void;
}

export function syncPart(context: ClientContext, ask: Ask, chain: Chain): SyncPart {
  const { own, clear } = ownSeries(context);
  let highest: number | null = null;
  /** By its own word: a client that was not asked yet, refuses or does not answer may be hours behind, and its head says nothing of the network's. */
  let isInSync = false;
  const tell = (head: number, current: number): void => {
    const network = Math.max(highest ?? head, head);
    // A client that has nothing yet, and has not found anybody to ask, says that it is not catching up.
    if (network === 0) return clear();
    own.series(blockMetrics.network, {}).set(network);
    own.series(blockMetrics.lag, {}).set(network - head);
    own.series(blockMetrics.syncProgress, {}).set(Math.min(1, current / network));
  };
  return {
    name: "sync",
    intervalMs: 2 * context.chain.poll_interval_ms,
    metrics: syncMetrics,
    isSyncing: () => highest !== null,
    headIs(number) {
      if (isInSync) tell(number, number);
    },
    async read() {
      const progress = await ask.rpc("eth_syncing", [], syncingShape);
      const head = chain.tracker.head?.number ?? 0;
      highest = progress?.highestBlock ?? null;
      isInSync = progress === null;
      tell(head, progress?.currentBlock ?? head);
      own.series(blockMetrics.syncing, {}).set(highest === null ? 0 : 1);
    },
    clear() {
      isInSync = false;
      clear();
    },
  };
}

const settledTags = ["safe", "finalized"] as const;

/** The tags are there since the merge; a chain without a consensus client has none. `onFinalised`: at each look, the newest block that is final. */
export function finalityPart(context: ClientContext, ask: Ask, chain: Chain, onFinalised: (number: number) => void): Part {
  const { own, clear } = ownSeries(context);
  const distance = own.series(blockMetrics.finalityDistance, {});
  return {
    name: "finality",
    intervalMs: 4 * context.chain.poll_interval_ms,
    metrics: [blockMetrics.finalityDistance],
    async read() {
      for (const tag of settledTags) {
        const block = await ask.rpc("eth_getBlockByNumber", [tag, false], headerShape);
        const head = chain.tracker.head?.number ?? null;
        const series = own.series(blockMetrics.number, { "block.tag": tag });
        if (block === null) series.clear();
        else series.set(block.number);
        if (tag !== "finalized") continue;
        if (block === null || head === null || block.number > head) distance.clear();
        else {
          distance.set(head - block.number);
          onFinalised(block.number);
        }
      }
    },
    clear,
  };
}
