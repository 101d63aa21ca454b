/**
 * Brings what waits in an outbox to one receiver: one message at a time, and after a failure with growing pauses. Nothing here throws
 * or waits for a receiver that hangs; what could not be delivered is counted, and said once in the log, not once a minute.
 */
import type { Alert } from "../../core/alert.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import type { HttpResponse } from "../../io/http-get.ts";
import type { Message, Outbox, Outcome } from "./outbox.ts";

/** Pauses between tries, doubling. The longest is a quarter of how long an alert holds by default, see `Alert.validUntilMs`. */
const pauseMs = { first: 1000, longest: 60_000 };

/** Of a receiver's own words as much as a log line needs. */
const answerCharsMax = 200;

export interface DeliveryStats {
  readonly name: string;
  /** Alerts that were taken by the receiver, counted each time they were told. */
  readonly delivered: number;
  /** Alerts in messages that it refused. */
  readonly refused: number;
  /** Alerts given up for lack of room or because their time was over. */
  readonly dropped: number;
  /** Alerts that are waiting. */
  readonly waiting: number;
  /** Requests that failed or were refused. */
  readonly failures: number;
  /** Why the last request failed; `null` after one that did not. */
  readonly failing: string | null;
}

export interface DeliveryOptions {
  /** For logs and statistics, without secrets. */
  readonly name: string;
  readonly outbox: Outbox;
  readonly post: (body: unknown, signal: AbortSignal) => Promise<HttpResponse>;
  readonly clock: Clock;
  /** Resolves after this time, or as soon as the signal is aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: Logger;
}

export interface Delivery {
  put(alerts: readonly Alert[]): void;
  stats(): DeliveryStats;
  /** Tries once more to deliver what waits, for at most `drainMs`, then gives up. */
  close(drainMs: number): Promise<void>;
}

export function createDelivery({ name, outbox, post, clock, wait, logger }: DeliveryOptions): Delivery {
  const closing = new AbortController();
  const cutting = new AbortController();
  const counts = { delivered: 0, refused: 0, failures: 0 };
  let failing: string | null = null;
  let busy = false;
  let run = Promise.resolve();

  /** One run at a time. */
  function start(): Promise<void> {
    if (!busy) {
      busy = true;
      run = deliver();
    }
    return run;
  }

  async function deliver(): Promise<void> {
    let pause = pauseMs.first;
    for (;;) {
      const message = outbox.take(clock.nowMs());
      if (message === null) break;
      const outcome = await send(message);
      message.settle(outcome, clock.nowMs());
      if (outcome !== "postponed") {
        pause = pauseMs.first;
        continue;
      }
      if (closing.signal.aborted) break;
      await wait(pause, closing.signal);
      pause = Math.min(2 * pause, pauseMs.longest);
    }
    // In the same turn as the look that found nothing: what is put after it starts a run of its own.
    busy = false;
  }

  async function send({ body, alerts }: Message): Promise<Outcome> {
    let problem: string;
    let outcome: Outcome = "postponed";
    try {
      const response = await post(body, cutting.signal);
      outcome = outcomeOf(response.status);
      if (outcome === "delivered") {
        counts.delivered += alerts;
        if (failing !== null) logger.info(`alerts reach ${name} again`);
        failing = null;
        return outcome;
      }
      problem = `HTTP ${response.status}: ${response.body.slice(0, answerCharsMax)}`;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    counts.failures++;
    if (outcome === "refused") counts.refused += alerts;
    // A receiver that stays away is told of once, unless it fails in another way.
    logger[failing === problem ? "debug" : "warn"](`alerts do not reach ${name}`, { problem, alerts, outcome });
    failing = problem;
    return outcome;
  }

  return {
    put(alerts) {
      if (closing.signal.aborted) return;
      outbox.put(alerts, clock.nowMs());
      void start();
    },
    stats: () => ({ name, ...counts, dropped: outbox.dropped(), waiting: outbox.waiting(), failing }),
    async close(drainMs) {
      closing.abort();
      const timer = setTimeout(() => cutting.abort(), drainMs);
      await start();
      clearTimeout(timer);
    },
  };
}

/** Redirects are refused: the secret and the alerts are for the configured address. 408 and 429 ask for another try (RFC 9110, RFC 6585). */
function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return "delivered";
  return status >= 500 || status === 408 || status === 429 ? "postponed" : "refused";
}
