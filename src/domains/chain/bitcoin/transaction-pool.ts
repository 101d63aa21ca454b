/**
 * Which transactions wait, since when, and how each of them ended, from nothing but lists of ids: what the client's pool holds now, and what blocks
 * hold. The two are asked for one after the other, so a transaction that has left the pool may be in a block that is not known yet: why it
 * left is settled a little later. Pure: times and answers are handed in.
 */
import type { RemovalReason } from "../mempool/metrics.ts";

/** A block is known within a poll of it; a transaction that is in none after that long is in none. */
const settleMs = 10_000;
/** Looks that are remembered: at ten a second, the pool is looked at for some seconds more while a block is read. */
const looksMax = 128;

export interface PoolLook {
  /** Came since the last look, in the client's order. The first look has none: those were there before. */
  readonly added: readonly string[];
}

export interface Inclusion {
  /** Transactions of the block that were seen waiting here. */
  readonly count: number;
  /** How long they waited, summed up. */
  readonly waitedMs: number;
  /** Those of them that were there at the first look: nobody knows when they came. */
  readonly wereThere: ReadonlySet<string>;
}

/** One that has left, and is in no block. */
export interface Settled {
  readonly id: string;
  readonly fate: Fate;
  /** When it was seen to have left. */
  readonly goneMs: number;
  /** By how much earlier that may have been, ms. */
  readonly resolutionMs: number;
  /** What took its place, where `fate` is `replaced`. */
  readonly replacedBy: string | null;
  /** It was in a block that was taken back, and did not come again: it has left the pool before, with that block. */
  readonly wasTakenBack: boolean;
}

export interface TransactionPool {
  /** The client's pool is these transactions now, as it was asked at `askedMs`; left out: now. */
  look(ids: readonly string[], nowMs: number, askedMs?: number): PoolLook;
  /** The client has said that this one has come. Whether it is new; before the first look nobody can tell. */
  came(id: string, nowMs: number): boolean;
  /** The client has said that this one has left, and is in no block. */
  left(id: string, nowMs: number): void;
  /** It has been in the client's pool since before it was seen here. */
  waitsSince(id: string, timeMs: number): void;
  /** What a transaction spends: of two that spend the same, the later one replaces the other. */
  spends(id: string, outputs: readonly string[]): void;
  /** Of what came with the look at that time, not all was asked for what it spends: what left then may have been replaced unseen. */
  overlooked(nowMs: number): void;
  /** A block has these transactions. */
  included(ids: readonly string[], nowMs: number): Inclusion;
  /** A block that had them was taken back: they come to the pool again, or to another block, or are settled as if they had come and left. */
  takenBack(ids: readonly string[], nowMs: number): void;
  /** Those that are in no block, each once. What was replaced is so at once, for the rest a block is waited for. */
  settled(nowMs: number): readonly Settled[];
  /** When the oldest one that waits was first seen; `null` for an empty pool. */
  readonly oldestMs: number | null;
  readonly size: number;
  /** For so long nobody had looked at that time: one that came meanwhile was not seen. `null`: nobody had, as far as is remembered. */
  sinceLookMs(atMs: number): number | null;
}

/** Why it will have left if it is in no block. */
type Fate = Exclude<RemovalReason, "included">;

interface Waiting {
  sinceMs: number;
  /** What it spends, where that is known. */
  outputs: readonly string[];
  /** `unknown` as long as it is not known what it spends: then nobody can say that something else spends it. */
  fate: Fate;
  replacedBy: string | null;
  readonly wasThere: boolean;
}

interface Gone extends Waiting {
  readonly goneMs: number;
  readonly resolutionMs: number;
}

interface TakenBack {
  readonly sinceMs: number;
  /** Not in the pool when that was asked for after it was taken back; `null`: it was not asked for yet. */
  missedMs: number | null;
}

export function openTransactionPool(): TransactionPool {
  const waiting = new Map<string, Waiting>();
  const gone = new Map<string, Gone>();
  const takenBack = new Map<string, TakenBack>();
  /** What was included lately: an answer that was on its way when the block came may name it once more. */
  const lately = new Map<string, number>();
  const spender = new Map<string, string>();
  let isFirst = true;
  /** When the client was asked for the last looks. */
  const looksMs: number[] = [];

  /** With every block as well: where the pool is not to be looked at, blocks come all the same, with half a million transactions a day. */
  const forgetIncluded = (nowMs: number): void => {
    for (const [id, timeMs] of lately) if (nowMs - timeMs > settleMs) lately.delete(id);
  };
  const forget = (id: string, { outputs }: Waiting): void => {
    for (const output of outputs) if (spender.get(output) === id) spender.delete(output);
  };

  /** Whether it is new. */
  const take = (id: string, nowMs: number): boolean => {
    if (waiting.has(id) || lately.has(id)) return false;
    const back = gone.get(id);
    gone.delete(id);
    takenBack.delete(id);
    waiting.set(id, back ?? { sinceMs: nowMs, outputs: [], fate: "unknown", replacedBy: null, wasThere: isFirst });
    return back === undefined && !isFirst;
  };
  const leave = (id: string, transaction: Waiting, nowMs: number, resolutionMs: number): void => {
    waiting.delete(id);
    gone.set(id, { ...transaction, goneMs: nowMs, resolutionMs });
  };
  const sinceLookMs = (atMs: number): number | null => {
    const before = looksMs.findLast((ms) => ms <= atMs);
    return before === undefined ? null : atMs - before;
  };
  const settleTakenBack = (nowMs: number): readonly Settled[] =>
    [...takenBack].flatMap(([id, { sinceMs, missedMs }]) => {
      if (missedMs === null || nowMs - missedMs < settleMs) return [];
      takenBack.delete(id);
      const fate = { fate: "unknown", replacedBy: null, wasTakenBack: true } as const;
      return [{ id, ...fate, goneMs: missedMs, resolutionMs: missedMs - sinceMs }];
    });

  return {
    look(ids, nowMs, askedMs = nowMs) {
      forgetIncluded(nowMs);
      const present = new Set(ids);
      const resolutionMs = sinceLookMs(nowMs) ?? 0;
      for (const [id, transaction] of waiting) {
        if (!present.has(id)) leave(id, transaction, nowMs, resolutionMs);
      }
      for (const [id, one] of takenBack) if (!present.has(id) && askedMs >= one.sinceMs) one.missedMs ??= nowMs;
      const added = ids.filter((id) => take(id, nowMs));
      isFirst = false;
      looksMs.push(askedMs);
      if (looksMs.length > looksMax) looksMs.shift();
      return { added };
    },
    came: (id, nowMs) => !isFirst && take(id, nowMs),
    left(id, nowMs) {
      const transaction = waiting.get(id);
      if (transaction !== undefined) leave(id, transaction, nowMs, 0);
    },
    waitsSince(id, timeMs) {
      const transaction = waiting.get(id);
      if (transaction !== undefined) transaction.sinceMs = Math.min(transaction.sinceMs, timeMs);
    },
    spends(id, outputs) {
      const transaction = waiting.get(id);
      if (transaction === undefined) return;
      transaction.outputs = outputs;
      if (transaction.fate === "unknown") transaction.fate = "dropped";
      for (const output of outputs) {
        const before = spender.get(output) ?? id;
        const replaced = before === id ? undefined : (gone.get(before) ?? waiting.get(before));
        if (replaced !== undefined) Object.assign(replaced, { fate: "replaced", replacedBy: id } satisfies Partial<Waiting>);
        spender.set(output, id);
      }
    },
    overlooked(nowMs) {
      for (const transaction of gone.values()) {
        if (transaction.goneMs === nowMs && transaction.fate === "dropped") transaction.fate = "unknown";
      }
    },
    included(ids, nowMs) {
      forgetIncluded(nowMs);
      let count = 0;
      let waitedMs = 0;
      const wereThere = new Set<string>();
      for (const id of ids) {
        const transaction = waiting.get(id) ?? gone.get(id);
        lately.set(id, nowMs);
        takenBack.delete(id);
        if (transaction === undefined) continue;
        waiting.delete(id);
        gone.delete(id);
        forget(id, transaction);
        count++;
        waitedMs += Math.max(0, nowMs - transaction.sinceMs);
        if (transaction.wasThere) wereThere.add(id);
      }
      return { count, waitedMs, wereThere };
    },
    takenBack(ids, nowMs) {
      for (const id of ids) {
        lately.delete(id);
        if (!waiting.has(id) && !gone.has(id)) takenBack.set(id, { sinceMs: nowMs, missedMs: null });
      }
    },
    settled(nowMs) {
      const settled = [...settleTakenBack(nowMs)];
      for (const [id, transaction] of gone) {
        const { fate, goneMs, resolutionMs, replacedBy } = transaction;
        if (fate !== "replaced" && nowMs - goneMs < settleMs) continue;
        gone.delete(id);
        forget(id, transaction);
        settled.push({ id, fate, goneMs, resolutionMs, replacedBy, wasTakenBack: false });
      }
      return settled;
    },
    get oldestMs() {
      let oldestMs: number | null = null;
      for (const { sinceMs } of waiting.values()) if (oldestMs === null || sinceMs < oldestMs) oldestMs = sinceMs;
      return oldestMs;
    },
    get size() {
      return waiting.size;
    },
    sinceLookMs,
  };
}
