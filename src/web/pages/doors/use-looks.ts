/** The last two answers about counters, as a component gets them. */
import { useMemo } from "preact/hooks";
import type { Looks } from "../../data/flow.ts";
import { lastLooks } from "./last-looks.ts";

/** `timeMs`: when the counters were read; `null` while there are none. */
export function useLooks<T>(counters: T | null, timeMs: number): Looks<T> | null {
  const look = useMemo(() => lastLooks<T>(), []);
  return counters === null ? null : look(counters, timeMs);
}
