/**
 * Sends what is kept beside the samples (events, spans) to another server: a page at a time, in the order of its coming, read from its own
 * store instead of the outbox. A page whose acknowledgement was lost is sent again; what the other side has under the same keys it replaces.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Logger } from "../../core/logger.ts";
import type { Backoff } from "./backoff.ts";
import type { SendOutcome } from "./destination.ts";

/** Where the items come from, and the note of how far the other side has them. */
export interface PageFeed<Item> {
  /** What the other side does not have, oldest first; `done` is called when it has it. Throws what the store throws. */
  next(): { readonly items: readonly Item[]; readonly isLast: boolean; readonly done: () => void };
}

export interface PageSenderOptions<Item> {
  /** What the items are called in the log. */
  readonly what: string;
  /** Where to, for the log; without secrets. */
  readonly address: string;
  readonly feed: PageFeed<Item>;
  /** Sends all of a page; rejects for what the network does. */
  readonly send: (items: readonly Item[], signal: AbortSignal) => Promise<SendOutcome>;
  /** How often something new is looked for, ms. */
  readonly lookMs: number;
  readonly backoff: Backoff;
  /** Resolves after this time, or as soon as the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

/** What has become of the items; counts are since the start. */
export interface PageCounts {
  /** Items that were acknowledged. */
  readonly sent: number;
  /** Items that the other side will not take. */
  readonly refused: number;
  /** Items that are not for it. */
  readonly leftOut: number;
}

export interface PageSender {
  counts(): PageCounts;
  close(): void;
}

export function startPageSender<Item>(options: PageSenderOptions<Item>): PageSender {
  const { what, address, feed, send, lookMs, backoff, wait, logger } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const counts = { sent: 0, refused: 0, leftOut: 0 };
  let failing: string | null = null;
  let refusal: string | null = null;

  const settle = (items: number, outcome: Exclude<SendOutcome, { readonly kind: "retry" }>): void => {
    const refused = outcome.kind === "refused" ? outcome.count : 0;
    const leftOut = outcome.leftOut ?? 0;
    counts.refused += refused;
    counts.leftOut += leftOut;
    counts.sent += items - refused - leftOut;
    if (outcome.kind === "refused") {
      const { message: reason } = outcome;
      logger[refusal === reason ? "debug" : "warn"](`${address} refuses ${what}: they are not sent again`, {
        reason,
        [what]: refused,
      });
      refusal = reason;
    }
    if (failing !== null) logger.info(`${what} reach ${address} again`);
    failing = null;
    backoff.reset();
  };
  /** Returns how long to wait, ms. */
  const putOff = (message: string, afterMs = 0): number => {
    if (signal.aborted) return 0;
    // Told of once, unless it fails in another way.
    logger[failing === message ? "debug" : "warn"](`${what} do not reach ${address}`, { problem: message });
    failing = message;
    return backoff.next(afterMs);
  };
  /** Sends one page; returns how long to wait for the next one, ms. */
  const sendPage = async (): Promise<number> => {
    const { items, isLast, done } = feed.next();
    if (items.length > 0) {
      const outcome = await send(items, signal);
      if (outcome.kind === "retry") return putOff(outcome.message, outcome.afterMs);
      settle(items.length, outcome);
    }
    done();
    return isLast ? lookMs : 0;
  };

  const run = async (): Promise<void> => {
    // Samples come first: it is by their hello that a hub gets to know its agent.
    let waitMs = lookMs;
    for (;;) {
      // Also between pages of which nothing is to be sent, whose reading waits for nobody: others in this thread have their turn.
      await (waitMs > 0 ? wait(waitMs, signal) : nextTurn());
      if (signal.aborted) return;
      try {
        waitMs = await sendPage();
      } catch (error) {
        waitMs = putOff(error instanceof Error ? error.message : String(error));
      }
    }
  };
  void run();
  return { counts: () => ({ ...counts }), close: () => ending.abort() };
}
