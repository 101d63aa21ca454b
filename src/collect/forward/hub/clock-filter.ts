/**
 * How far the hub's clock is from ours, from the four times of each exchange: ours when the request left (t1) and the answer came (t4),
 * the hub's when the request came (t2) and the answer left (t3). Source: RFC 5905 §8, and §10 for the filter: of the last eight exchanges
 * the one with the least delay tells best.
 */
import type { ClockOffset } from "../../../core/agent-record.ts";

export interface Exchange {
  readonly requestSentMs: number;
  readonly requestReceivedMs: number;
  readonly answerSentMs: number;
  readonly answerReceivedMs: number;
}

interface Estimate extends ClockOffset {
  readonly atMs: number;
}

/** RFC 5905, NSTAGE. */
const stages = 8;
/** What an estimate loses in certainty while it ages: RFC 5905, PHI, 15 parts in a million. */
const driftRate = 15e-6;
/** Both clocks are read in whole ms: each may be one less than the time. */
const readingMs = 1;

export class ClockFilter {
  #estimates: readonly Estimate[] = [];

  add({ requestSentMs, requestReceivedMs, answerSentMs, answerReceivedMs }: Exchange): void {
    const delayMs = answerReceivedMs - requestSentMs - (answerSentMs - requestReceivedMs);
    // One of the clocks was set meanwhile.
    if (!Number.isFinite(delayMs) || delayMs < -2 * readingMs) return;
    const estimate = {
      offsetMs: (requestReceivedMs - requestSentMs + answerSentMs - answerReceivedMs) / 2,
      errorMs: Math.max(0, delayMs) / 2 + readingMs,
      atMs: answerReceivedMs,
    };
    this.#estimates = [...this.#estimates, estimate].slice(-stages);
  }

  /** The hub's clock minus ours at `nowMs`; `null` before the first exchange. */
  offset(nowMs: number): ClockOffset | null {
    let best: ClockOffset | null = null;
    for (const { offsetMs, errorMs, atMs } of this.#estimates) {
      const agedMs = errorMs + driftRate * Math.max(0, nowMs - atMs);
      if (best === null || agedMs < best.errorMs) best = { offsetMs, errorMs: agedMs };
    }
    return best;
  }
}
