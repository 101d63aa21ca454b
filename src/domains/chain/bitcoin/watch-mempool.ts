/** The pool of transactions that wait, of one client of the Bitcoin Core family: how many, since when, how they end, and what a place in a block costs. */
import type { Absence } from "../../../core/absence.ts";
import type { SeenTransaction } from "../flow/transaction-flow.ts";
import { mempoolMetrics as metrics, removalReasons } from "../mempool/metrics.ts";
import { mempoolEntriesAnswer, mempoolIdsAnswer, type MempoolInfo, mempoolInfoAnswer, satPerVbyte } from "./answers.ts";
import type { FollowedChain, Watched } from "./follow-chain.ts";
import { askedPerLook, openTransactionLook } from "./look-into.ts";

/** Ids of so many are read: 14 MB. A pool at its default limit of 300 MB has fewer. */
const idsMax = 200_000;
const idsBytesMax = idsMax * 70;
/** The client sorts its pool for the list of ids, about 1.5 µs each, while nothing else can use it: that is 5 % of the time at most. */
const idsPerSecondMax = 33_000;
/** The first look's transactions are asked for their age only where they are few: an entry has 1 kB. */
const entriesMax = 1000;
/** A pool of so many is looked at more often: its ids are 67 kB. */
const smallMax = 1000;
/** Share of its time that a client may be busy with that. What it needs is at most what the quickest of the last answers took: the others waited. */
const quickShareMax = 0.01;
const answersMax = 16;

/** Of those that are told of, so many wait to be asked about; of further ones it stays unknown what they spend. */
const freshMax = 256;
/** Told of between two looks; beyond it what comes is found by the next look. */
const toldMax = 10_000;

export interface MempoolWatch {
  /** Rejects with `AskFailure`. */
  look(): Promise<void>;
  /** Looks for new ones, where that costs the client next to nothing, so that they are seen before the next look. */
  lookQuickly(): Promise<void>;
  /** Whether the client tells of transactions as they come and go. It need not be asked for them so often then. */
  told(areTold: boolean): void;
  /** It tells of one that has come. */
  came(id: string): void;
  /** It tells of one that has left, and is in no block. */
  left(id: string): void;
}

export function watchMempool(watched: Watched, chain: FollowedChain): MempoolWatch {
  const { context, ask, pool, flow } = watched;
  const { clock } = context;
  const lookInto = openTransactionLook(watched);
  let isFirst = true;
  let isLooking = false;
  let idsDueMs = Number.NEGATIVE_INFINITY;
  let quicklyDueMs = Number.POSITIVE_INFINITY;
  let areTold = false;
  let toldCount = 0;
  /** Told of, and not asked about yet. */
  const fresh: string[] = [];
  /** How long the last answers took. */
  let answersMs: readonly number[] = [];

  const tellInfo = async (): Promise<MempoolInfo> => {
    const info = await ask.rpc("getmempoolinfo", [], mempoolInfoAnswer);
    context.series(metrics.transactions, { "mempool.state": "pending" }).set(info.size);
    context.series(metrics.size, {}).set(info.usage);
    if (info.maxmempool !== undefined) context.series(metrics.sizeLimit, {}).set(info.maxmempool);
    if (info.mempoolminfee !== undefined) context.series(metrics.minimumFeeRate, {}).set(satPerVbyte(info.mempoolminfee));
    if (info.unbroadcastcount !== undefined) context.series(metrics.unbroadcast, {}).set(info.unbroadcastcount);
    return info;
  };

  /** The ages of those that were there before ChainPulse watched. */
  const readAges = async (): Promise<void> => {
    const entries = await ask.rpc("getrawmempool", [true], mempoolEntriesAnswer);
    const startMs = clock.monotonicMs() - clock.nowMs();
    for (const [id, { time }] of Object.entries(entries)) pool.waitsSince(id, startMs + time * 1000);
  };

  const tellNew = (seen: SeenTransaction): void => {
    chain.propagation?.seen("transaction", seen.hash);
    flow.seen(seen);
  };

  const lookAtIds = async (): Promise<void> => {
    const askedMs = clock.monotonicMs();
    const ids = await ask.rpc("getrawmempool", [], mempoolIdsAnswer, { bytesMax: idsBytesMax });
    const nowMs = clock.monotonicMs();
    const timeMs = clock.nowMs();
    idsDueMs = nowMs + (ids.length / idsPerSecondMax) * 1000;
    const isCheap = context.chain.tracing.enabled && !areTold && ids.length <= smallMax;
    answersMs = [...answersMs, nowMs - askedMs].slice(-answersMax);
    quicklyDueMs = isCheap ? askedMs + Math.min(...answersMs) / quickShareMax : Number.POSITIVE_INFINITY;
    const resolutionMs = pool.sinceLookMs(nowMs) ?? 0;
    const { added } = pool.look(ids, nowMs, askedMs);
    toldCount = 0;
    // Of those that were there before only such that an earlier watch has seen come.
    const waiting = isFirst ? ids.filter((id) => flow.isTraced(id)) : [];
    for (const hash of waiting) flow.seen({ hash, timeMs, method: "poll", resolutionMs });
    for (const hash of added) tellNew({ hash, timeMs, method: "poll", resolutionMs });
    context.count(metrics.added, {}, added.length);
    if (isFirst && ids.length > 0 && ids.length <= entriesMax) await readAges();
    isFirst = false;
    if (!(await lookInto(added))) pool.overlooked(nowMs);
  };

  /** One at a time: answers that overtake each other would have transactions come and go. */
  const lookAlone = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      await lookAtIds();
    } finally {
      isLooking = false;
    }
  };

  const tellPool = (): void => {
    const nowMs = clock.monotonicMs();
    const startMs = clock.nowMs() - nowMs;
    const settled = pool.settled(nowMs);
    for (const { id, fate, goneMs, resolutionMs, replacedBy } of settled) {
      const more = { resolutionMs, by: replacedBy ?? undefined };
      flow.left(id, fate === "replaced" ? fate : "dropped", startMs + goneMs, more);
    }
    const removed = settled.filter(({ wasTakenBack }) => !wasTakenBack);
    for (const reason of removalReasons) {
      context.count(metrics.removed, { "removal.reason": reason }, removed.filter(({ fate }) => fate === reason).length);
    }
    const oldest = context.series(metrics.oldest, {});
    if (pool.oldestMs === null) oldest.clear();
    else oldest.set((nowMs - pool.oldestMs) / 1000);
  };

  return {
    async look() {
      const absence = absenceOfIds(await tellInfo());
      if (absence !== null) {
        context.absent("getrawmempool", [metrics.added, metrics.removed, metrics.oldest, metrics.waitTime], absence);
        context.series(metrics.oldest, {}).clear();
        quicklyDueMs = Number.POSITIVE_INFINITY;
        return;
      }
      context.present("getrawmempool");
      if (clock.monotonicMs() >= idsDueMs) await lookAlone();
      tellPool();
    },
    async lookQuickly() {
      if (clock.monotonicMs() >= quicklyDueMs) await lookAlone();
      if (fresh.length > 0) await lookInto(fresh.splice(0, askedPerLook));
    },
    told: (now) => void (areTold = now),
    came(id) {
      if (toldCount >= toldMax || !pool.came(id, clock.monotonicMs())) return;
      toldCount++;
      if (fresh.length < freshMax) fresh.push(id);
      tellNew({ hash: id, timeMs: clock.nowMs(), method: "subscription", resolutionMs: 0 });
      context.count(metrics.added, {}, 1);
    },
    left: (id) => pool.left(id, clock.monotonicMs()),
  };
}

/** Why the ids are not asked for now. */
function absenceOfIds({ size, loaded }: MempoolInfo): Absence | null {
  // What is not read back yet has not left: told as dropped, it would come again as new, and nobody would know how long it has waited.
  if (loaded === false)
    return { reason: "stale", detail: "getmempoolinfo: loaded is false: it reads back what waited before its start" };
  if (size <= idsMax) return null;
  return { reason: "limit_reached", detail: `${size} transactions wait; the ids of at most ${idsMax} are read` };
}
