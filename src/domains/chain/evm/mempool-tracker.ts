/**
 * Transactions that a client has told of and that are in no block yet: since when, what became of them, and how long that took. It knows only what
 * it was told; what has vanished silently is found by asking for the oldest ones (`suspects`). No I/O: time is handed in.
 */
import type { RemovalReason } from "../mempool/metrics.ts";

export interface PendingTransaction {
  readonly hash: string;
  /** Sender and nonce: of the transactions with the same one, a chain takes only one. `null`: not known. */
  readonly sender: string | null;
}

/** What has changed since it was asked last. */
export interface MempoolChanges {
  readonly added: number;
  readonly removed: Readonly<Record<RemovalReason, number>>;
  /** Seconds from first seen to the block, summed over those that were included. */
  readonly waitedSeconds: number;
  /** Transactions that were added and are not tracked, because there are too many. */
  readonly untracked: number;
}

export interface MempoolTracker {
  /**
   * The client tells of a transaction that waits. One that is tracked already changes nothing; one that was in a block before it was told of came and
   * went.
   */
  see(transaction: PendingTransaction, nowMs: number): void;
  /** These are in a block now. */
  include(transactions: readonly PendingTransaction[], nowMs: number): void;
  /** Blocks were taken back: what was in a block may wait again. */
  reorganised(): void;
  /** The client has said that it does not have it any more (`dropped`), or that it is in a block that was not read (`unknown`). */
  remove(hash: string, reason: "dropped" | "unknown"): void;
  /** All of them are gone: the client's process is another one. */
  forget(): void;
  /** Those that were seen first before that time, and are not among these; at most `countMax`, the oldest first. */
  missing(present: ReadonlySet<string>, seenBeforeMs: number, countMax: number): readonly string[];
  /** The next ones that were seen first before that time, at most `countMax`; all have their turn. */
  suspects(seenBeforeMs: number, countMax: number): readonly string[];
  /** When the oldest one was seen first; `null`: none waits. */
  oldestMs(): number | null;
  changes(): MempoolChanges;
}

interface Tracked {
  readonly sender: string | null;
  readonly seenMs: number;
}

/** Transactions of blocks that may still be told of as waiting: some blocks' worth. */
const includedMax = 10_000;

/** A transaction does not wait any more; `by`: the one that took its place, where one did. */
export type OnLeft = (hash: string, reason: RemovalReason, by: string | null) => void;

/** Tracks at most `trackedMax`: beyond it, new transactions are counted as added and no more. */
export function openMempoolTracker(trackedMax: number, onLeft: OnLeft = () => undefined): MempoolTracker {
  // In the order in which they were seen: the first is the oldest.
  const tracked = new Map<string, Tracked>();
  const bySender = new Map<string, string>();
  // In blocks without having been told of.
  const included = new Set<string>();
  let turn = tracked.entries();
  let changes = noChanges();

  const take = (hash: string, reason: RemovalReason, by: string | null = null): Tracked | null => {
    const transaction = tracked.get(hash);
    if (transaction === undefined) return null;
    tracked.delete(hash);
    if (transaction.sender !== null && bySender.get(transaction.sender) === hash) bySender.delete(transaction.sender);
    changes.removed[reason]++;
    onLeft(hash, reason, by);
    return transaction;
  };
  const takeRival = ({ hash, sender }: PendingTransaction): void => {
    const rival = sender === null ? undefined : bySender.get(sender);
    if (rival !== undefined && rival !== hash) take(rival, "replaced", hash);
  };

  return {
    see(transaction, nowMs) {
      const { hash, sender } = transaction;
      if (tracked.has(hash)) return;
      changes.added++;
      if (included.delete(hash)) {
        changes.removed.included++;
        return;
      }
      takeRival(transaction);
      if (tracked.size >= trackedMax) {
        changes.untracked++;
        return;
      }
      tracked.set(hash, { sender, seenMs: nowMs });
      if (sender !== null) bySender.set(sender, hash);
    },
    include(transactions, nowMs) {
      for (const transaction of transactions) {
        takeRival(transaction);
        const mined = take(transaction.hash, "included");
        if (mined !== null) changes.waitedSeconds += Math.max(0, nowMs - mined.seenMs) / 1000;
        else included.add(transaction.hash);
      }
      for (const hash of included) {
        if (included.size <= includedMax) break;
        included.delete(hash);
      }
    },
    reorganised: () => included.clear(),
    remove: (hash, reason) => void take(hash, reason),
    forget() {
      for (const hash of tracked.keys()) take(hash, "unknown");
    },
    missing(present, seenBeforeMs, countMax) {
      const found: string[] = [];
      for (const [hash, { seenMs }] of tracked) {
        if (seenMs >= seenBeforeMs || found.length === countMax) break;
        if (!present.has(hash)) found.push(hash);
      }
      return found;
    },
    suspects(seenBeforeMs, countMax) {
      const found: string[] = [];
      while (found.length < countMax) {
        const next = turn.next();
        if (next.done !== true && next.value[1].seenMs < seenBeforeMs) found.push(next.value[0]);
        else {
          turn = tracked.entries();
          break;
        }
      }
      return found;
    },
    oldestMs() {
      for (const { seenMs } of tracked.values()) return seenMs;
      return null;
    },
    changes() {
      const told = changes;
      changes = noChanges();
      return told;
    },
  };
}

interface Counting {
  added: number;
  readonly removed: Record<RemovalReason, number>;
  waitedSeconds: number;
  untracked: number;
}

function noChanges(): Counting {
  return { added: 0, removed: { included: 0, replaced: 0, dropped: 0, unknown: 0 }, waitedSeconds: 0, untracked: 0 };
}
