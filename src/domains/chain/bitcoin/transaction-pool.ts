/**
 * Which transactions wait, since when, and how each of them ended, from nothing but lists of ids: what the client's pool holds now, and what blocks
 * hold. The two are asked for one after the other, so a transaction that has left the pool may be in a block that is not known yet: why it
 * left is settled a little later. Pure: times and answers are handed in.
 */
import type { RemovalReason } from "../mempool/metrics.ts";

/** A block is known within a poll of it; a transaction that is in none after that long is in none. */
const settleMs = 10_000;

export interface PoolLook {
  /** Came since the last look, in the client's order. The first look has none: those were there before. */
  readonly added: readonly string[];
}

export interface Inclusion {
  /** Transactions of the block that were seen waiting here. */
  readonly count: number;
  /** How long they waited, summed up. */
  readonly waitedMs: number;
}

export interface TransactionPool {
  /** The client's pool is these transactions now. */
  look(ids: readonly string[], nowMs: number): PoolLook;
  /** It has been in the client's pool since before it was seen here. */
  waitsSince(id: string, timeMs: number): void;
  /** What a transaction spends: of two that spend the same, the later one replaces the other. */
  spends(id: string, outputs: readonly string[]): void;
  /** Of what came with the look at that time, not all was asked for what it spends: what left then may have been replaced unseen. */
  overlooked(nowMs: number): void;
  /** A block has these transactions. */
  included(ids: readonly string[], nowMs: number): Inclusion;
  /** Why those left that are in no block. */
  settled(nowMs: number): readonly Fate[];
  /** When the oldest one that waits was first seen; `null` for an empty pool. */
  readonly oldestMs: number | null;
  readonly size: number;
}

/** Why it will have left if it is in no block. */
type Fate = Exclude<RemovalReason, "included">;

interface Waiting {
  sinceMs: number;
  /** What it spends, where that is known. */
  outputs: readonly string[];
  /** `unknown` as long as it is not known what it spends: then nobody can say that something else spends it. */
  fate: Fate;
}

interface Gone extends Waiting {
  readonly goneMs: number;
}

export function openTransactionPool(): TransactionPool {
  const waiting = new Map<string, Waiting>();
  const gone = new Map<string, Gone>();
  /** What was included lately: an answer that was on its way when the block came may name it once more. */
  const lately = new Map<string, number>();
  const spender = new Map<string, string>();
  let isFirst = true;

  const forget = (id: string, { outputs }: Waiting): void => {
    for (const output of outputs) if (spender.get(output) === id) spender.delete(output);
  };

  return {
    look(ids, nowMs) {
      for (const [id, timeMs] of lately) if (nowMs - timeMs > settleMs) lately.delete(id);
      const present = new Set(ids);
      for (const [id, transaction] of waiting) {
        if (present.has(id)) continue;
        waiting.delete(id);
        gone.set(id, { ...transaction, goneMs: nowMs });
      }
      const added: string[] = [];
      for (const id of ids) {
        if (waiting.has(id) || lately.has(id)) continue;
        const back = gone.get(id);
        gone.delete(id);
        waiting.set(id, back ?? { sinceMs: nowMs, outputs: [], fate: "unknown" });
        if (back === undefined && !isFirst) added.push(id);
      }
      isFirst = false;
      return { added };
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
        if (replaced !== undefined) replaced.fate = "replaced";
        spender.set(output, id);
      }
    },
    overlooked(nowMs) {
      for (const transaction of gone.values()) {
        if (transaction.goneMs === nowMs && transaction.fate === "dropped") transaction.fate = "unknown";
      }
    },
    included(ids, nowMs) {
      let count = 0;
      let waitedMs = 0;
      for (const id of ids) {
        const transaction = waiting.get(id) ?? gone.get(id);
        lately.set(id, nowMs);
        if (transaction === undefined) continue;
        waiting.delete(id);
        gone.delete(id);
        forget(id, transaction);
        count++;
        waitedMs += Math.max(0, nowMs - transaction.sinceMs);
      }
      return { count, waitedMs };
    },
    settled(nowMs) {
      const reasons: Fate[] = [];
      for (const [id, transaction] of gone) {
        if (nowMs - transaction.goneMs < settleMs) continue;
        gone.delete(id);
        forget(id, transaction);
        reasons.push(transaction.fate);
      }
      return reasons;
    },
    get oldestMs() {
      let oldestMs: number | null = null;
      for (const { sinceMs } of waiting.values()) if (oldestMs === null || sinceMs < oldestMs) oldestMs = sinceMs;
      return oldestMs;
    },
    get size() {
      return waiting.size;
    },
  };
}
