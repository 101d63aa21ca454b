/** Transactions that may have left the pool without a word: the client is asked for them one by one. */
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import type { MempoolTracker } from "./mempool-tracker.ts";
import type { PoolContent, PoolListener } from "./pool-listener.ts";
import { whereShape } from "./shapes.ts";

/** A transaction that has waited so long may have been dropped. */
const suspectAfterMs = 30_000;
/** Transactions that are asked for at each look, as long as half of them are gone. */
const perRound = 16;
const roundsMax = 16;

export interface PoolSuspects {
  /** Those that have waited for long are asked for in turn; many that are gone are found within some looks. Rejects as `Ask` does. */
  look(): Promise<void>;
  /** Those of which the listener is not sure are asked for. Rejects as `Ask` does. */
  lookAtUnsure(): Promise<void>;
  /** The whole pool was asked for at that time: what is not in it is asked for. Rejects as `Ask` does. */
  readonly compare: (content: PoolContent, askedMs: number) => Promise<void>;
}

export function openPoolSuspects(
  { clock }: ClientContext,
  ask: Ask,
  tracker: MempoolTracker,
  listener: PoolListener,
): PoolSuspects {
  const whereIs = (hash: string) => ask.rpc("eth_getTransactionByHash", [hash], whereShape);

  /** Whether it does not wait any more. */
  const settle = async (hash: string): Promise<boolean> => {
    const where = await whereIs(hash);
    if (where === null) {
      drop(hash);
      return true;
    }
    const { blockHash, blockNumber } = where;
    if (typeof blockHash !== "string") {
      listener.waits(hash);
      return false;
    }
    if (typeof blockNumber === "number" && !listener.found(hash, { hash: blockHash, number: blockNumber })) return false;
    tracker.remove(hash, "unknown");
    return true;
  };
  const drop = (hash: string): void => {
    listener.left(hash, "dropped", null);
    tracker.remove(hash, "dropped");
  };

  return {
    async look() {
      for (let round = 0; round < roundsMax; round++) {
        let gone = 0;
        for (const hash of tracker.suspects(clock.monotonicMs() - suspectAfterMs, perRound)) {
          if (await settle(hash)) gone++;
        }
        if (gone * 2 < perRound) return;
      }
    },
    async lookAtUnsure() {
      for (const hash of listener.unsure(perRound)) await settle(hash);
    },
    async compare(content, askedMs) {
      listener.content(content);
      const present = new Set([...content.pending, ...content.queued].map(({ hash }) => hash));
      for (const hash of tracker.missing(present, askedMs, perRound)) {
        // One that is in a block is told with the block.
        if ((await whereIs(hash)) === null) drop(hash);
      }
    },
  };
}
