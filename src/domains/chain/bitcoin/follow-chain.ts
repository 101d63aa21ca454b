/** The chain of one client of the Bitcoin Core family: its head, how far it is behind, what its blocks hold, and which waiting transactions they end. */
import { flowAttributes as a } from "../../../core/flow-names.ts";
import type { HeadChange } from "../blocks/chain-tracker.ts";
import { followHeads } from "../blocks/head-follower.ts";
import { blockMetrics } from "../blocks/metrics.ts";
import { openPropagation, type Propagation } from "../blocks/propagation.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { Contradiction } from "../client/contradiction.ts";
import type { Optional } from "../client/optional.ts";
import { databaseMetrics } from "../database/metrics.ts";
import type { TransactionFlow } from "../flow/transaction-flow.ts";
import { feeQuantiles, mempoolMetrics } from "../mempool/metrics.ts";
import { blockHash, type ChainInfo, chainInfoAnswer } from "./answers.ts";
import { openHeadSight, type Sight } from "./head-sight.ts";
import { type BitcoinBlock, readBlock } from "./read-block.ts";
import type { TransactionPool } from "./transaction-pool.ts";

/** What the parts that watch one client share. */
export interface Watched {
  readonly context: ClientContext;
  readonly ask: Ask;
  readonly optional: Optional;
  readonly pool: TransactionPool;
  readonly flow: TransactionFlow;
}

export interface FollowedChain {
  /** Looks at the head, and tells what has changed. Rejects with `AskFailure` and `Contradiction`. */
  look(): Promise<void>;
  /** The client tells of the block now, before a look has read it; `null`: not of its number. `wasThere`: it came before it was waited for. */
  announced(block: { readonly hash: string; readonly number: number | null; readonly wasThere: boolean }): void;
  /** What the client has said of its chain last; `null` before. */
  readonly info: ChainInfo | null;
  readonly propagation: Propagation | null;
}

export function followChain({ context, ask, optional, pool, flow }: Watched): FollowedChain {
  const { clock } = context;
  const transactionIds = new Map<string, readonly string[]>();
  const sight = openHeadSight(context);
  let info: ChainInfo | null = null;
  let propagation: Propagation | null = null;

  const read = async (hash: string): Promise<BitcoinBlock | null> => {
    const answer = await readBlock(ask, optional, hash, {
      withFees: info !== null && !isCatchingUp(info),
      traceparent: flow.blockTraceparent(hash),
    });
    if (answer === null) return null;
    transactionIds.set(hash, answer.transactionIds);
    await readOrphan(answer.block.parent);
    return answer.block;
  };
  const follower = followHeads<BitcoinBlock>(context, { read });
  /**
   * What was taken back and is below the new head again is remembered, so the follower does not ask for it; but its transactions are not, and they are
   * in a block now. EVM keeps those that it traces; here all count, and asking once more costs no memory. Where that fails, nothing has changed yet.
   * Each is asked for once, whatever a client says that its parent is.
   */
  const readOrphan = async (hash: string | null): Promise<void> => {
    const { tracker } = follower;
    if (hash === null || transactionIds.has(hash) || tracker.isCanonical(hash) || tracker.block(hash) === undefined) return;
    await read(hash);
  };
  /** Whether blocks that come now are news: what is fetched to catch up is not, nor is the first that is looked at. */
  const isNews = (now: ChainInfo | null): now is ChainInfo =>
    now !== null && follower.tracker.head !== null && !isCatchingUp(now);

  const tellBlocks = ({ kind, adopted, orphaned, head }: HeadChange<BitcoinBlock>, found: Sight): void => {
    for (const { hash } of orphaned) pool.takenBack(flow.blockOrphaned(hash, found.timeMs), clock.monotonicMs());
    for (const block of adopted) {
      const ids = transactionIds.get(block.hash) ?? [];
      const { count, waitedMs, wereThere } = pool.included(ids, clock.monotonicMs());
      context.count(mempoolMetrics.removed, { "removal.reason": "included" }, count);
      context.count(mempoolMetrics.waitTime, {}, waitedMs / 1000);
      if (block.firstSeenMs !== null) propagation?.seen("block", block.hash);
      if (kind !== "first" && isNews(info)) traceBlock(block, ids, wereThere, found);
    }
    for (const [index, quantile] of feeQuantiles.entries()) {
      const series = context.series(mempoolMetrics.feeRate, { quantile });
      const rate = head.feeRates?.[index];
      if (rate === undefined) series.clear();
      else series.set(rate);
    }
  };
  const traceBlock = (block: BitcoinBlock, ids: readonly string[], wereThere: ReadonlySet<string>, found: Sight): void => {
    const { hash, number, parent, transactions } = block;
    const facts = { ...(parent === null ? {} : { [a.blockParent]: parent }), [a.blockTransactions]: transactions };
    const told = sight.toldOf(hash);
    // When the block came, and not now: what the pool was asked for while the block was read has none of its transactions any more.
    const cameMs = clock.monotonicMs() - (clock.nowMs() - (told ?? found).timeMs);
    const sinceLookMs = pool.sinceLookMs(cameMs);
    // The first one pays the miner: nobody has submitted it.
    const submitted = ids.slice(1).map((id, index) => ({
      hash: id,
      facts: { [a.index]: index + 1 },
      isFirstSeenUnknown: sinceLookMs === null || wereThere.has(id),
      resolutionMs: sinceLookMs ?? 0,
    }));
    if (told !== null) flow.blockSeen({ hash, number, ...told });
    flow.blockCanonical({ hash, number, ...found, facts }, submitted);
  };

  return {
    async look() {
      const askedMs = clock.monotonicMs();
      const now = await ask.rpc("getblockchaininfo", [], chainInfoAnswer);
      const timeMs = clock.nowMs();
      const found = sight.polled(timeMs);
      const seen = isNews(now) ? (sight.toldOf(now.bestblockhash) ?? found) : null;
      tellChain(context, now);
      info = now;
      propagation ??= openPropagation(context, await ask.rpc("getblockhash", [0], blockHash));
      const known = follower.tracker.head;
      if (known?.hash === now.bestblockhash) await follower.follow(known);
      else {
        transactionIds.clear();
        // One that is remembered was seen before: its successors were taken back, or it is taken again.
        const isNew = follower.tracker.block(now.bestblockhash) === undefined;
        if (seen !== null && isNew) flow.blockSeen({ hash: now.bestblockhash, number: now.blocks, ...seen });
        const head = await read(now.bestblockhash);
        if (head === null) throw new Contradiction(`it does not have its own best block ${now.bestblockhash}`);
        tellBlocks(await follower.follow({ ...head, firstSeenMs: seen?.timeMs ?? null }), found);
      }
      sight.looked(askedMs);
      propagation.head(now.blocks);
    },
    announced({ hash, number, wasThere }) {
      if (!isNews(info)) return;
      const seen = sight.told(hash, wasThere);
      if (number !== null) flow.blockSeen({ hash, number, ...seen });
    },
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
