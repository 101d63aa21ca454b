/** Where the client tells of each transaction that waits: how long they do, and what becomes of them. */
import { z } from "zod";
import type { ObserverMethod } from "../../../core/flow-names.ts";
import type { Subscription } from "../../../io/json-rpc-subscriptions.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { mempoolMetrics, removalReasons } from "../mempool/metrics.ts";
import type { Adopted } from "./head.ts";
import { type MempoolTracker, openMempoolTracker } from "./mempool-tracker.ts";
import { ownSeries } from "../client/own-series.ts";
import type { Part } from "../client/part.ts";
import type { Pending, PoolListener } from "./pool-listener.ts";
import { openPoolSuspects, type PoolSuspects } from "./pool-suspects.ts";
import { pendingShape, placeOf } from "./shapes.ts";

/** Geth's pool holds 6,144 by default, Reth's 30,000. At some 250 bytes each these are 12 MB. */
const trackedMax = 50_000;

/** Known from being told of each transaction only. */
const churnMetrics = [mempoolMetrics.added, mempoolMetrics.removed, mempoolMetrics.waitTime, mempoolMetrics.oldest];

export interface PoolChurn {
  readonly subscription: Subscription;
  readonly part: Part;
  /** Those that may wait though the client does not tell of them: what was in a block that was taken back. */
  readonly unsurePart: Part;
  /** These blocks are canonical now. */
  adopted(adopted: Adopted): void;
  readonly compare: PoolSuspects["compare"];
  /** The chain began anew, and the pool with it. */
  readonly forget: () => void;
}

/**
 * What comes and goes, from a subscription, or without one from a filter that is asked. Both tell of a transaction once it could be included: one that
 * is queued is not told of before.
 */
export function openPoolChurn(context: ClientContext, ask: Ask, listener: PoolListener): PoolChurn {
  const { clock } = context;
  const { own, clear } = ownSeries(context);
  const tracker = openMempoolTracker(trackedMax, listener.left);
  const suspects = openPoolSuspects(context, ask, tracker, listener);
  const filter = openFilter(ask);
  let isLive = false;
  let filteredMs = clock.monotonicMs();
  const see = (pending: Pending, method: ObserverMethod, resolutionMs: number): void => {
    listener.seen(pending, method, resolutionMs);
    tracker.see(pending, clock.monotonicMs());
  };
  const readFilter = async (): Promise<void> => {
    const askedMs = clock.monotonicMs();
    for (const pending of await filter.read()) see(pending, "poll", clock.monotonicMs() - filteredMs);
    filteredMs = askedMs;
  };
  return {
    subscription: {
      method: "eth_subscribe",
      // Whole transactions tell who sent them, and so what replaces what; not every client gives them.
      params: [["newPendingTransactions", true], ["newPendingTransactions"]],
      onLive() {
        isLive = true;
      },
      onNotice(result) {
        const pending = pendingShape.safeParse(result);
        if (pending.success) see(pending.data, "subscription", 0);
        else ask.failed("garbage");
      },
      onLost() {
        isLive = false;
      },
    },
    part: {
      name: "mempool churn",
      intervalMs: context.chain.poll_interval_ms,
      metrics: churnMetrics,
      fix: "Let it serve eth by WebSocket, and set ws_url; or let it serve eth_newPendingTransactionFilter.",
      async read() {
        if (!isLive) await readFilter();
        await suspects.look();
        report(own, tracker);
      },
      clear,
    },
    // Whether or not the client tells of what waits: the blocks that it has are traced all the same.
    unsurePart: {
      name: "transactions of blocks that were taken back",
      intervalMs: context.chain.poll_interval_ms,
      metrics: [],
      read: () => suspects.lookAtUnsure(),
      clear: () => undefined,
    },
    adopted({ change, transactions }) {
      if (change.orphaned.length > 0) tracker.reorganised();
      for (const own of transactions.values()) {
        const pending = own.map((transaction) => ({ hash: transaction.hash, sender: placeOf(transaction) }));
        tracker.include(pending, clock.monotonicMs());
      }
    },
    compare: suspects.compare,
    forget: () => tracker.forget(),
  };
}

interface Filter {
  /** What the client has told of since it was asked last; what came before the first time is not told. */
  read(): Promise<readonly Pending[]>;
}

/** A filter that nobody asks for is forgotten by the client after some minutes; one that it does not know any more is made anew. */
function openFilter(ask: Ask): Filter {
  let id: string | null = null;
  return {
    async read() {
      id ??= await ask.rpc("eth_newPendingTransactionFilter", [], z.string().max(128));
      try {
        return await ask.rpc("eth_getFilterChanges", [id], z.array(pendingShape));
      } catch (error) {
        id = null;
        throw error;
      }
    },
  };
}

function report(context: ClientContext, tracker: MempoolTracker): void {
  const { added, removed, waitedSeconds, untracked } = tracker.changes();
  context.count(mempoolMetrics.added, {}, added);
  for (const reason of removalReasons) context.count(mempoolMetrics.removed, { "removal.reason": reason }, removed[reason]);
  context.count(mempoolMetrics.waitTime, {}, waitedSeconds);
  const oldestMs = tracker.oldestMs();
  const oldest = context.series(mempoolMetrics.oldest, {});
  if (oldestMs === null) oldest.clear();
  else oldest.set((context.clock.monotonicMs() - oldestMs) / 1000);
  if (untracked > 0) {
    const detail = `${untracked} transactions in the last second beyond ${trackedMax} that are tracked`;
    context.absent("mempool tracking", [mempoolMetrics.waitTime, mempoolMetrics.removed], { reason: "limit_reached", detail });
  } else context.present("mempool tracking");
}
