/**
 * How far the hub's clock is from ours, from the four times of each exchange: ours when the request left (t1) and the answer came (t4),
 * the hub's when the request came (t2) and the answer left (t3). Source: RFC 5905 §8.
 *
 * A request cannot come before it left, so the offset is at most t2 − t1; an answer neither, so it is at least t3 − t4. The offset is taken
 * to be a straight line in time, as long as clocks keep their rate: of all lines that run between these bounds the highest and the lowest one
 * now are how wrong it may be. NTP's own filter keeps the quickest of eight exchanges and lets its error grow by 15 ppm; a machine without
 * NTP drifts by 100 ppm, which is more after a second already, and a quick exchange is not often.
 */
import type { ClockOffset } from "../../../core/agent-record.ts";
import { wanderRate } from "../../../core/clock-offset.ts";

export interface Exchange {
  readonly requestSentMs: number;
  readonly requestReceivedMs: number;
  readonly answerSentMs: number;
  readonly answerReceivedMs: number;
}

/** A value that the offset does not pass at a time by our clock. */
interface Bound {
  readonly atMs: number;
  readonly offsetMs: number;
}

interface Bounds {
  readonly upper: Bound;
  readonly lower: Bound;
}

/** All offsets, and drifts, that exchanges leave room for. */
interface Feasible {
  readonly lowMs: number;
  readonly highMs: number;
  readonly slowest: number;
  readonly fastest: number;
}

/** With one a second, half a minute: long enough to tell the drift to some ppm, short enough for rates that change. */
const exchangesMax = 32;
/** What a clock may be wrong by at most. Source: RFC 5905 appendix A.1.1, MAXFREQ, 500 parts in a million. */
const driftMax = 500e-6;
/** Both clocks are read in whole ms: each may be one less than the time. */
const readingMs = 1;

export class ClockFilter {
  #exchanges: readonly Bounds[] = [];

  add({ requestSentMs, requestReceivedMs, answerSentMs, answerReceivedMs }: Exchange): void {
    const upper = { atMs: requestSentMs, offsetMs: requestReceivedMs - requestSentMs + readingMs };
    const lower = { atMs: answerReceivedMs, offsetMs: answerSentMs - answerReceivedMs - readingMs };
    // NaN where the answer told no times; the wrong way round where one of the clocks was set meanwhile.
    if (!(lower.offsetMs <= upper.offsetMs && requestSentMs <= answerReceivedMs)) return;
    this.#exchanges = [...this.#exchanges, { upper, lower }].slice(-exchangesMax);
    // No line runs between all of them: one of the clocks was set, and what was before that says nothing any more.
    while (feasible(this.#exchanges, answerReceivedMs) === null) this.#exchanges = this.#exchanges.slice(1);
  }

  /** The hub's clock minus ours at `nowMs`; `null` before the first exchange. */
  offset(nowMs: number): ClockOffset | null {
    const newest = this.#exchanges.at(-1);
    if (newest === undefined) return null;
    const atMs = Math.max(nowMs, newest.lower.atMs);
    const found = feasible(this.#exchanges, atMs);
    if (found === null) return null;
    const { lowMs, highMs, slowest, fastest } = found;
    return {
      offsetMs: (lowMs + highMs) / 2,
      errorMs: (highMs - lowMs) / 2,
      atMs,
      drift: { ppm: 1e6 * ((slowest + fastest) / 2), errorPpm: 1e6 * ((fastest - slowest) / 2) },
    };
  }
}

/** At `nowMs`, which is not before any of the exchanges; `null` where no line runs between their bounds. */
function feasible(exchanges: readonly Bounds[], nowMs: number): Feasible | null {
  const uppers = exchanges.map(({ upper }) => aged(upper, nowMs, 1));
  const lowers = exchanges.map(({ lower }) => aged(lower, nowMs, -1));
  let [slowest, fastest] = [-driftMax, driftMax];
  for (const lower of lowers) {
    for (const upper of uppers) {
      const ms = upper.atMs - lower.atMs;
      const room = upper.offsetMs - lower.offsetMs;
      if (ms > 0) fastest = Math.min(fastest, room / ms);
      else if (ms < 0) slowest = Math.max(slowest, room / ms);
      else if (room < 0) return null;
    }
  }
  const highMs = Math.min(...uppers.map(({ atMs, offsetMs }) => offsetMs + fastest * (nowMs - atMs)));
  const lowMs = Math.max(...lowers.map(({ atMs, offsetMs }) => offsetMs + slowest * (nowMs - atMs)));
  return slowest <= fastest && lowMs <= highMs ? { lowMs, highMs, slowest, fastest } : null;
}

/** A rate that was constant but for its wander allows so much more. */
function aged({ atMs, offsetMs }: Bound, nowMs: number, side: 1 | -1): Bound {
  return { atMs, offsetMs: offsetMs + side * wanderRate * (nowMs - atMs) };
}
