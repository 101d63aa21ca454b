/**
 * Sends a node's events to its hub: a page at a time, in the order of their coming, beside the samples and through the same connection. A
 * page whose acknowledgement was lost is sent again; the hub replaces what it has under the same keys.
 */
import type { Logger } from "../../../core/logger.ts";
import type { NodeEvent } from "../../../core/node-event.ts";
import type { PinnedResponse } from "../../../io/pinned-connection.ts";
import { Backoff } from "./backoff.ts";
import { HubRefusal, refusalOf } from "./hub-answer.ts";

/** Where the events come from, and the note of how far the hub has them. */
export interface EventFeed {
  /** What the hub does not have, oldest first; `done` is called when it has it. Throws what the store throws. */
  next(): { readonly events: readonly NodeEvent[]; readonly isLast: boolean; done(): void };
}

export interface EventSenderOptions {
  readonly feed: EventFeed;
  /** Any status is an answer; rejects for what the network does. */
  readonly post: (events: readonly NodeEvent[], signal: AbortSignal) => Promise<PinnedResponse>;
  /** Resolves after this time, or as soon as the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
}

export interface EventSender {
  close(): void;
}

/** How often new events are looked for, ms. */
const lookMs = 2000;
/** A hub of a version that takes no events is asked again after this, ms. */
const olderHubMs = 3_600_000;

export function startEventSender({ feed, post, wait, logger, random }: EventSenderOptions): EventSender {
  const ending = new AbortController();
  const { signal } = ending;
  const backoff = new Backoff(random);
  let failing: string | null = null;

  /** Sends one page; returns how long to wait for the next one, ms. */
  const sendPage = async (): Promise<number> => {
    const page = feed.next();
    if (page.events.length > 0) {
      const response = await post(page.events, signal);
      if (response.status === 404) return olderHubMs;
      if (response.status !== 200) {
        const refusal = refusalOf(response, true);
        if (refusal.kind !== "batch") throw refusal;
        logger.warn("the hub refuses events: they are not sent again", { reason: refusal.message, events: page.events.length });
      }
    }
    page.done();
    if (failing !== null) logger.info("events reach the hub again");
    failing = null;
    backoff.reset();
    return page.isLast ? lookMs : 0;
  };

  const run = async (): Promise<void> => {
    // Samples come first: it is by their hello that the hub gets to know its agent.
    let waitMs = lookMs;
    for (;;) {
      if (waitMs > 0) await wait(waitMs, signal);
      if (signal.aborted) return;
      try {
        waitMs = await sendPage();
      } catch (error) {
        if (signal.aborted) return;
        const message = error instanceof Error ? error.message : String(error);
        // Told of once, unless it fails in another way.
        logger[failing === message ? "debug" : "warn"]("events do not reach the hub", { problem: message });
        failing = message;
        waitMs = backoff.next(error instanceof HubRefusal ? error.afterMs : 0);
      }
    }
  };
  void run();
  return { close: () => ending.abort() };
}
