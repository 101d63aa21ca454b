/**
 * The client's pool of waiting transactions: how many there are by its own count, and, where it tells of each, how long they wait and what becomes of
 * them.
 */
import { z } from "zod";
import type { Subscription } from "../../../io/json-rpc-subscriptions.ts";
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { mempoolMetrics, removalReasons } from "../mempool/metrics.ts";
import type { Adopted } from "./head.ts";
import { type MempoolTracker, openMempoolTracker, type PendingTransaction } from "./mempool-tracker.ts";
import { ownSeries } from "../client/own-series.ts";
import type { Part } from "../client/part.ts";
import { pendingShape, poolStatusShape } from "./shapes.ts";

/** Geth's pool holds 6,144 by default, Reth's 30,000. At some 250 bytes each these are 12 MB. */
const trackedMax = 50_000;
/** A transaction that has waited so long may have been dropped: the client is asked. */
const suspectAfterMs = 30_000;
/** Transactions that are asked for at each look, as long as half of them are gone. */
const suspectsPerRound = 16;
const roundsMax = 16;

const fix = "Let ChainPulse use the method, e.g. geth --http.api eth,net,web3,txpool.";
/** Known from being told of each transaction only. */
const churnMetrics = [mempoolMetrics.added, mempoolMetrics.removed, mempoolMetrics.waitTime, mempoolMetrics.oldest];

/** How many wait, as the client counts them. */
export function poolPart(context: ClientContext, ask: Ask): Part {
  const { own, clear } = ownSeries(context);
  const pending = own.series(mempoolMetrics.transactions, { "mempool.state": "pending" });
  const queued = own.series(mempoolMetrics.transactions, { "mempool.state": "queued" });
  return {
    name: "mempool",
    intervalMs: context.chain.poll_interval_ms,
    metrics: [mempoolMetrics.transactions],
    fix,
    async read() {
      const status = await ask.rpc("txpool_status", [], poolStatusShape);
      pending.set(status.pending);
      queued.set(status.queued);
    },
    clear,
  };
}

export interface PoolChurn {
  readonly subscription: Subscription;
  readonly part: Part;
  /** These blocks are canonical now. */
  adopted(adopted: Adopted): void;
  /** The chain began anew, and the pool with it. */
  readonly forget: () => void;
}

/**
 * What comes and goes, from a subscription, or without one from a filter that is asked. Both tell of a transaction once it could be included: one that
 * is queued is not told of before. `onSeen`: each transaction's hash when it is told of.
 */
export function openPoolChurn(context: ClientContext, ask: Ask, onSeen: (hash: string) => void): PoolChurn {
  const { clock } = context;
  const { own, clear } = ownSeries(context);
  const tracker = openMempoolTracker(trackedMax);
  const filter = openFilter(ask);
  let isLive = false;
  const see = (transaction: PendingTransaction): void => {
    onSeen(transaction.hash);
    tracker.see(transaction, clock.monotonicMs());
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
        const transaction = pendingShape.safeParse(result);
        if (transaction.success) see(transaction.data);
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
        if (!isLive) for (const transaction of await filter.read()) see(transaction);
        await askForSuspects(context, ask, tracker);
        report(own, tracker);
      },
      clear,
    },
    adopted({ change, transactions }) {
      if (change.orphaned.length > 0) tracker.reorganised();
      for (const own of transactions.values()) {
        const pending = own.map(({ hash, from, nonce }) => ({ hash, sender: `${from}:${nonce}` }));
        tracker.include(pending, clock.monotonicMs());
      }
    },
    forget: () => tracker.forget(),
  };
}

interface Filter {
  /** What the client has told of since it was asked last; what came before the first time is not told. */
  read(): Promise<readonly PendingTransaction[]>;
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

/** `eth_getTransactionByHash`: `null` is a transaction that the client does not have, without a block it waits. */
const whereShape = z.object({ blockHash: z.string().max(128).nullish() }).nullable();

/** Those that have waited for long are asked for in turn; many that are gone are found within some looks. */
async function askForSuspects({ clock }: ClientContext, ask: Ask, tracker: MempoolTracker): Promise<void> {
  for (let round = 0; round < roundsMax; round++) {
    const suspects = tracker.suspects(clock.monotonicMs() - suspectAfterMs, suspectsPerRound);
    let gone = 0;
    for (const hash of suspects) {
      const where = await ask.rpc("eth_getTransactionByHash", [hash], whereShape);
      if (where !== null && typeof where.blockHash !== "string") continue;
      tracker.remove(hash, where === null ? "dropped" : "unknown");
      gone++;
    }
    if (gone * 2 < suspectsPerRound) return;
  }
}
