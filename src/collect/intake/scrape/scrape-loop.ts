/**
 * One target, scraped again and again: at multiples of its interval plus an offset of its own. What is late is left out, as in
 * Prometheus; what a scrape leads to is in `scrape-target.ts`. A clock that is set back by more than an interval is followed: what was
 * due by the clock before would come as late as that.
 * Source: Prometheus 3 scrape/scrape.go, `scrapeLoop.run`; scrape/target.go, `offset`.
 */
import { type Clock, timerMsMax } from "../../../core/clock.ts";
import type { Logger } from "../../../core/logger.ts";
import { shownWithQuery } from "../../../core/shown-address.ts";
import type { ScrapedTarget } from "./scrape-target.ts";
import type { Target } from "./target.ts";

/** A scrape that begins so little late has the time that was planned: evenly spaced times take less room. Source: `scrape.ScrapeTimestampTolerance`. */
const toleranceMs = 2;

export interface ScrapeLoop {
  readonly scraped: ScrapedTarget;
  /** Ends it; the scrape that is on its way is given up, and stores nothing. */
  stop(): Promise<void>;
}

export interface ScrapeLoopOptions {
  readonly target: Target;
  readonly scraped: ScrapedTarget;
  readonly offsetMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function startScrapeLoop({ target, scraped, offsetMs, clock, logger }: ScrapeLoopOptions): ScrapeLoop {
  const stopping = new AbortController();
  const { intervalMs } = target;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  /** The first due time after `afterMs`. */
  const dueAfter = (afterMs: number): number => Math.floor((afterMs - offsetMs) / intervalMs + 1) * intervalMs + offsetMs;
  /** The next one, now that those up to `dueMs` are over. */
  const dueNext = (dueMs: number, nowMs: number): number =>
    dueAfter(dueMs - nowMs > intervalMs ? nowMs : Math.max(dueMs, nowMs));
  const schedule = (dueMs: number): void => {
    const waitMs = Math.min(timerMsMax, Math.max(1, dueMs - clock.nowMs()));
    timer = setTimeout(() => {
      const nowMs = clock.nowMs();
      if (nowMs >= dueMs) begin(dueMs);
      // A timer may fire a little early, by the wall clock; then it is not yet time.
      else schedule(dueMs - nowMs > intervalMs ? dueAfter(nowMs) : dueMs);
    }, waitMs);
  };
  const begin = (dueMs: number): void => {
    const nowMs = clock.nowMs();
    const isOnTime = nowMs - dueMs <= Math.min(toleranceMs, intervalMs / 100);
    running = scraped
      .scrape(isOnTime ? dueMs : nowMs, stopping.signal)
      .catch((error: unknown) =>
        logger.error("a scrape could not be stored", { target: shownWithQuery(target.url.href), error }),
      )
      .then(() => {
        if (!stopping.signal.aborted) schedule(dueNext(dueMs, clock.nowMs()));
      });
  };
  schedule(dueAfter(clock.nowMs()));
  return {
    scraped,
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
