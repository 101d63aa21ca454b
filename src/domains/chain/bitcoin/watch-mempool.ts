/** The pool of transactions that wait, of one client of the Bitcoin Core family: how many, since when, how they end, and what a place in a block costs. */
import { mempoolMetrics as metrics, removalReasons } from "../mempool/metrics.ts";
import { mempoolEntriesAnswer, mempoolIdsAnswer, mempoolInfoAnswer, satPerVbyte, transactionAnswer } from "./answers.ts";
import type { FollowedChain, Watched } from "./follow-chain.ts";
import { nullIfMissing } from "./refusal.ts";

/** Ids of so many are read: 14 MB. A pool at its default limit of 300 MB has fewer. */
const idsMax = 200_000;
const idsBytesMax = idsMax * 70;
/** The client sorts its pool for the list of ids, about 1.5 µs each, while nothing else can use it: that is 5 % of the time at most. */
const idsPerSecondMax = 33_000;
/** The first look's transactions are asked for their age only where they are few: an entry has 1 kB. */
const entriesMax = 1000;
/** New transactions of one look that are asked for what they spend. */
const lookedIntoMax = 16;

export interface MempoolWatch {
  /** Rejects with `AskFailure`. */
  look(): Promise<void>;
}

export function watchMempool({ context, ask, pool }: Watched, chain: FollowedChain): MempoolWatch {
  const { clock } = context;
  let isFirst = true;
  let idsDueMs = Number.NEGATIVE_INFINITY;

  const tellInfo = async (): Promise<number> => {
    const info = await ask.rpc("getmempoolinfo", [], mempoolInfoAnswer);
    context.series(metrics.transactions, { "mempool.state": "pending" }).set(info.size);
    context.series(metrics.size, {}).set(info.usage);
    if (info.maxmempool !== undefined) context.series(metrics.sizeLimit, {}).set(info.maxmempool);
    if (info.mempoolminfee !== undefined) context.series(metrics.minimumFeeRate, {}).set(satPerVbyte(info.mempoolminfee));
    if (info.unbroadcastcount !== undefined) context.series(metrics.unbroadcast, {}).set(info.unbroadcastcount);
    return info.size;
  };

  /** The ages of those that were there before ChainPulse watched. */
  const readAges = async (): Promise<void> => {
    const entries = await ask.rpc("getrawmempool", [true], mempoolEntriesAnswer);
    const startMs = clock.monotonicMs() - clock.nowMs();
    for (const [id, { time }] of Object.entries(entries)) pool.waitsSince(id, startMs + time * 1000);
  };

  /** What the new ones spend: only so can be told that one has replaced another. */
  const lookInto = async (ids: readonly string[]): Promise<void> => {
    for (const id of ids) {
      const transaction = await nullIfMissing(ask.rpc("getrawtransaction", [id, true], transactionAnswer));
      if (transaction === null) continue;
      const outputs = transaction.vin.filter(({ txid, vout }) => txid !== undefined && vout !== undefined);
      pool.spends(
        id,
        outputs.map(({ txid, vout }) => `${txid}:${vout}`),
      );
    }
  };

  const lookAtIds = async (): Promise<void> => {
    const ids = await ask.rpc("getrawmempool", [], mempoolIdsAnswer, { bytesMax: idsBytesMax });
    const nowMs = clock.monotonicMs();
    idsDueMs = nowMs + (ids.length / idsPerSecondMax) * 1000;
    const { added } = pool.look(ids, nowMs);
    for (const id of added) chain.propagation?.seen("transaction", id);
    context.count(metrics.added, {}, added.length);
    if (isFirst && ids.length > 0 && ids.length <= entriesMax) await readAges();
    isFirst = false;
    if (added.length <= lookedIntoMax) await lookInto(added);
    else pool.overlooked(nowMs);
  };

  const tellPool = (): void => {
    const nowMs = clock.monotonicMs();
    const reasons = pool.settled(nowMs);
    for (const reason of removalReasons) {
      context.count(metrics.removed, { "removal.reason": reason }, reasons.filter((other) => other === reason).length);
    }
    const oldest = context.series(metrics.oldest, {});
    if (pool.oldestMs === null) oldest.clear();
    else oldest.set((nowMs - pool.oldestMs) / 1000);
  };

  return {
    async look() {
      const size = await tellInfo();
      if (size > idsMax) {
        const detail = `${size} transactions wait; the ids of at most ${idsMax} are read`;
        context.absent("getrawmempool", [metrics.added, metrics.removed, metrics.oldest, metrics.waitTime], {
          reason: "limit_reached",
          detail,
        });
        context.series(metrics.oldest, {}).clear();
        return;
      }
      context.present("getrawmempool");
      if (clock.monotonicMs() >= idsDueMs) await lookAtIds();
      tellPool();
    },
  };
}
