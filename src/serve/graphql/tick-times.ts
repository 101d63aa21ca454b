/** The ticks as an asynchronous iterator, for subscriptions. Only the newest one waits: a slow reader misses ticks, nothing grows. */
import type { TickValues } from "../views/tick-values.ts";

/**
 * Written by hand and not as a generator: `return()` of a generator that waits is itself only heard at the next tick, which never
 * comes where collection is off.
 */
export function tickTimes(source: {
  readonly ticks: TickValues;
  /** Ends the iterator. */
  readonly closing: AbortSignal;
  /** Asked at each tick; ends the iterator too. */
  readonly mayRead: () => boolean;
}): AsyncIterableIterator<number> {
  const { ticks, closing, mayRead } = source;
  const done: IteratorResult<number> = { done: true, value: undefined };
  let newest: number | null = null;
  let ended = false;
  let wake: (() => void) | null = null;

  const end = (): void => {
    ended = true;
    off();
    closing.removeEventListener("abort", end);
    wake?.();
  };
  const off = ticks.onTick((timeMs) => {
    if (!mayRead()) return end();
    newest = timeMs;
    wake?.();
  });
  closing.addEventListener("abort", end);

  return {
    async next() {
      // Woken only by a tick or by the end.
      if (newest === null && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (newest === null || ended) return done;
      const value = newest;
      newest = null;
      return { done: false, value };
    },
    async return() {
      end();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
