/** The last two answers about counters, for rates. */
import { useRef } from "preact/hooks";
import type { Looks } from "../../data/flow.ts";

interface Look<T> {
  readonly counters: T;
  readonly timeMs: number;
}

/** `timeMs`: when the counters were read; `null` while there are none. */
export function useLooks<T>(counters: T | null, timeMs: number): Looks<T> | null {
  const looks = useRef<{ now: Look<T> | null; before: Look<T> | null }>({ now: null, before: null });
  if (counters === null) return null;
  const { current } = looks;
  if (current.now?.counters !== counters) {
    current.before = current.now;
    current.now = { counters, timeMs };
  }
  const { before } = current;
  return {
    now: counters,
    before: before?.counters ?? null,
    seconds: before === null ? 0 : (timeMs - before.timeMs) / 1000,
  };
}
