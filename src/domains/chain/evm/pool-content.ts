/**
 * The pool as a whole, where it is small enough to be asked for: that alone tells of transactions that wait for another one of their sender, and at
 * once of those that are gone without a word.
 */
import type { Ask } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import type { Part } from "../client/part.ts";
import { openTraceBudget } from "../contracts/trace-budget.ts";
import type { PoolContent } from "./pool-listener.ts";
import { poolContentShape, poolStatusShape } from "./shapes.ts";

/** A transaction is some 700 bytes of JSON, more with its input. */
const transactionsMax = 1000;
const contentBytesMax = 4_194_304;
/** Of the client's time, measured from outside: as much as having blocks traced may take by default. */
const shareMax = 0.05;
/** As many may have come as have gone, and then the numbers do not tell. */
const unchangedMsMax = 10_000;

/** `onContent`: all that waited at some time after `askedMs`, on the monotonic clock. */
export function poolContentPart(
  context: ClientContext,
  ask: Ask,
  onContent: (content: PoolContent, askedMs: number) => Promise<void>,
): Part {
  const { clock, chain } = context;
  const budget = openTraceBudget(shareMax, clock.monotonicMs());
  let read = "";
  let readMs = -Infinity;

  const contentOf = async (count: number, askedMs: number): Promise<PoolContent> => {
    if (count === 0) return { pending: [], queued: [] };
    try {
      return await ask.rpc("txpool_content", [], poolContentShape, { bytesMax: contentBytesMax });
    } finally {
      budget.spend(clock.monotonicMs() - askedMs);
    }
  };
  return {
    name: "txpool_content",
    intervalMs: chain.poll_interval_ms,
    metrics: [],
    fix: "Let ChainPulse use txpool: without it, waiting for an earlier transaction is not traced.",
    async read() {
      const askedMs = clock.monotonicMs();
      const { pending, queued } = await ask.rpc("txpool_status", [], poolStatusShape);
      const count = pending + queued;
      const status = `${pending} ${queued}`;
      const isKnown = status === read && (count === 0 || askedMs - readMs < unchangedMsMax);
      if (isKnown || count > transactionsMax || !budget.mayTrace(askedMs)) return;
      await onContent(await contentOf(count, askedMs), askedMs);
      read = status;
      readMs = askedMs;
    },
    clear() {
      read = "";
    },
  };
}
