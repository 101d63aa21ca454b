/** An answer about the end of the page's window: asked again when the window changes, and while the page is live. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { errorText } from "../../data/http.ts";
import { playing } from "../../data/query-board.ts";
import { serverNow } from "../../data/server.ts";
import { timeRange } from "../../state/time-range.ts";
import { keepAsking } from "./keep-asking.ts";

export interface Answered<T> {
  readonly answer: T;
  /** The time that was asked about, ms since the epoch. */
  readonly timeMs: number;
}

/** `null` until the first answer. After a failure the error stands alone; only one of the server's is asked for again. */
export function useAnswer<T>(
  expr: string,
  ask: (expr: string, timeMs: number, signal: AbortSignal) => Promise<T>,
  options: { readonly live: boolean },
): { readonly answered: ReadonlySignal<Answered<T> | null>; readonly error: ReadonlySignal<string> } {
  const answered = useSignal<Answered<T> | null>(null);
  const error = useSignal("");
  const range = timeRange.value;
  const fixedMs = range.kind === "between" ? range.toMs : null;
  useEffect(() => {
    answered.value = null;
    error.value = "";
    return keepAsking<Answered<T>>({
      ask: async (signal) => {
        const timeMs = fixedMs ?? Math.floor(serverNow() / 1000) * 1000;
        return { answer: await ask(expr, timeMs, signal), timeMs };
      },
      answered: (found) => {
        answered.value = found;
        error.value = "";
      },
      failed: (failure) => {
        answered.value = null;
        error.value = errorText(failure);
      },
      repeats: () => options.live && fixedMs === null && playing.value,
    });
  }, [expr, fixedMs]);
  return { answered, error };
}
