/** The last two answers about counters, for rates. Apart from `use-looks.ts`, so that it can be tested without a browser. */
import type { Looks } from "../../data/flow.ts";

interface Look<T> {
  readonly counters: T;
  readonly timeMs: number;
}

/**
 * Keeps an answer the first time it is given, with the time of then: a page is drawn more often than its counters are answered, and at a
 * later drawing more time has gone by than they were counted for.
 */
export function lastLooks<T>(): (counters: T, timeMs: number) => Looks<T> {
  let now: Look<T> | null = null;
  let before: Look<T> | null = null;
  return (counters, timeMs) => {
    if (now === null || now.counters !== counters) {
      before = now;
      now = { counters, timeMs };
    }
    return {
      now: counters,
      before: before?.counters ?? null,
      seconds: before === null ? 0 : (now.timeMs - before.timeMs) / 1000,
    };
  };
}
