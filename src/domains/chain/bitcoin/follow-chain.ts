/** The chain of one client of the Bitcoin Core family: its head, how far it is behind, what its blocks hold, and which waiting transactions they end. */
import type { HeadChange } from "../blocks/chain-tracker.ts";
import { followHeads } from "../blocks/head-follower.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { openPropagation, type Propagation } from "../blocks/propagation.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { Contradiction } from "../client/contradiction.ts";
import type { Optional } from "../client/optional.ts";
import { databaseMetrics } from "../database/metrics.ts";
import { feeQuantiles, mempoolMetrics } from "../mempool/metrics.ts";
import { blockHash, type ChainInfo, chainInfoAnswer } from "./answers.ts";
import { type BitcoinBlock, readBlock } from "./read-block.ts";
import type { TransactionPool } from "./transaction-pool.ts";

/** What the parts that watch one client share. */
export interface Watched {
  readonly context: ClientContext;
  readonly ask: Ask;
  readonly optional: Optional;
  readonly pool: TransactionPool;
}

export interface FollowedChain {
  /** Looks at the head, and tells what has changed. Rejects with `AskFailure` and `Contradiction`. */
  look(): Promise<void>;
  /** The block came at that time, ms since the epoch: known before the look that reads it. */
  announced(hash: string, timeMs: number): void;
  /** What the client has said of its chain last; `null` before. */
  readonly info: ChainInfo | null;
  readonly propagation: Propagation | null;
}

export function followChain({ context, ask, optional, pool }: Watched): FollowedChain {
  const transactionIds = new Map<string, readonly string[]>();
  let announcement: { readonly hash: string; readonly timeMs: number } | null = null;
  let info: ChainInfo | null = null;
  let propagation: Propagation | null = null;

  const read = async (hash: string): Promise<BitcoinBlock | null> => {
    const answer = await readBlock(ask, optional, hash, info !== null && !isCatchingUp(info));
    if (answer === null) return null;
    transactionIds.set(hash, answer.transactionIds);
    return answer.block;
  };
  const follower = followHeads<BitcoinBlock>(context, { read });

  /** A block that came while ChainPulse watched has a time at which it was seen; one that was fetched to catch up has none. */
  const firstSeenMs = (hash: string, now: ChainInfo): number | null => {
    if (follower.tracker.head === null || isCatchingUp(now)) return null;
    return announcement?.hash === hash ? announcement.timeMs : context.clock.nowMs();
  };

  const tellBlocks = ({ adopted, head }: HeadChange<BitcoinBlock>): void => {
    for (const { hash, firstSeenMs } of adopted) {
      const ids = transactionIds.get(hash) ?? [];
      const { count, waitedMs } = pool.included(ids, context.clock.monotonicMs());
      context.count(mempoolMetrics.removed, { "removal.reason": "included" }, count);
      context.count(mempoolMetrics.waitTime, {}, waitedMs / 1000);
      if (firstSeenMs !== null) propagation?.seen("block", hash);
    }
    for (const [index, quantile] of feeQuantiles.entries()) {
      const series = context.series(mempoolMetrics.feeRate, { quantile });
      const rate = head.feeRates?.[index];
      if (rate === undefined) series.clear();
      else series.set(rate);
    }
  };

  return {
    async look() {
      const now = await ask.rpc("getblockchaininfo", [], chainInfoAnswer);
      const seenMs = firstSeenMs(now.bestblockhash, now);
      tellChain(context, now);
      info = now;
      propagation ??= openPropagation(context, await ask.rpc("getblockhash", [0], blockHash));
      const known = follower.tracker.head;
      if (known?.hash === now.bestblockhash) await follower.follow(known);
      else {
        transactionIds.clear();
        const head = await read(now.bestblockhash);
        if (head === null) throw new Contradiction(`it does not have its own best block ${now.bestblockhash}`);
        tellBlocks(await follower.follow({ ...head, firstSeenMs: seenMs }));
      }
      propagation.head(now.blocks);
    },
    announced: (hash, timeMs) => void (announcement = { hash, timeMs }),
    get info() {
      return info;
    },
    get propagation() {
      return propagation;
    },
  };
}

/** By its own word; clients before 0.16 have none, and are catching up while they know of headers whose blocks they do not have. */
export function isCatchingUp({ initialblockdownload, headers, blocks }: ChainInfo): boolean {
  return initialblockdownload ?? headers > blocks + 1;
}

function tellChain(context: ClientContext, info: ChainInfo): void {
  // Without any header it has only its first block, of height 0; a client that has just begun says -1.
  const network = Math.max(info.headers, info.blocks);
  context.series(blockMetrics.network, {}).set(network);
  context.series(blockMetrics.lag, {}).set(network - info.blocks);
  context.series(blockMetrics.syncing, {}).set(isCatchingUp(info) ? 1 : 0);
  context.series(blockMetrics.syncProgress, {}).set(Math.min(1, info.verificationprogress));
  if (info.size_on_disk !== undefined) {
    context.series(databaseMetrics.size, { "database.part": "blocks" }).set(info.size_on_disk);
  }
}
