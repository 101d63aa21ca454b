/**
 * What comparing the whole pool with what it was before tells: which transactions wait for an earlier one of their sender (no client tells of these as
 * news), which one has taken another's place, and what lay there when watching began.
 */
import type { Clock } from "../../../core/clock.ts";
import { flowAttributes as a } from "../../../core/flow-names.ts";
import type { TransactionFlow } from "../flow/transaction-flow.ts";
import type { PoolContent } from "./pool-listener.ts";
import { placeOf, type WaitingTransaction } from "./shapes.ts";

export interface QueuedTransactions {
  /**
   * All that waits now. `onNews`: it was not there at the last look, that long ago; the first look only remembers. Gives those that were queued and
   * are gone without being replaced.
   */
  look(content: PoolContent, onNews: (transaction: WaitingTransaction, resolutionMs: number) => void): readonly string[];
  /** It could be included from now on. */
  executable(hash: string): void;
  /** Whether it waited before watching began; also where that is not known. */
  wasThere(hash: string): boolean;
}

export function openQueuedTransactions(
  flow: Pick<TransactionFlow, "queued" | "executable" | "learn" | "left">,
  clock: Clock,
): QueuedTransactions {
  /** At the first look. */
  let before: ReadonlySet<string> | null = null;
  /** At the last look, by hash: sender and nonce. */
  let places: ReadonlyMap<string, string> = new Map();
  const queued = new Set<string>();
  let lookedMs = 0;

  const executable = (hash: string): void => {
    if (queued.delete(hash)) flow.executable(hash, clock.nowMs());
  };
  const queue = (hash: string, nowMs: number): void => {
    if (queued.has(hash)) return;
    queued.add(hash);
    flow.queued(hash, nowMs);
    flow.learn(hash, { [a.waitingFor]: "nonce" });
  };

  return {
    look(content, onNews) {
      const nowMs = clock.nowMs();
      const all = [...content.pending, ...content.queued];
      const now = new Map(all.map((transaction) => [transaction.hash, placeOf(transaction)]));
      const holders = new Map(all.map((transaction) => [placeOf(transaction), transaction.hash]));
      before ??= new Set(now.keys());
      for (const transaction of all) {
        if (!places.has(transaction.hash) && !before.has(transaction.hash)) onNews(transaction, nowMs - lookedMs);
      }
      for (const { hash } of content.queued) queue(hash, nowMs);
      for (const { hash } of content.pending) executable(hash);
      const gone: string[] = [];
      for (const [hash, place] of places) {
        if (now.has(hash)) continue;
        const wasQueued = queued.delete(hash);
        const holder = holders.get(place);
        if (holder !== undefined) flow.left(hash, "replaced", nowMs, { by: holder });
        else if (wasQueued) gone.push(hash);
      }
      places = now;
      lookedMs = nowMs;
      return gone;
    },
    executable,
    wasThere: (hash) => before?.has(hash) ?? true,
  };
}
