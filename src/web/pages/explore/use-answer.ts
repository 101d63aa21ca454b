/** An answer about the end of the page's window: asked again when the window changes, and while the page is live. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { errorText } from "../../data/http.ts";
import { playing } from "../../data/query-board.ts";
import { serverNow } from "../../data/server.ts";
import { timeRange } from "../../state/time-range.ts";

/** As often as a table of numbers can be read. */
const refreshMs = 5000;

export interface Answered<T> {
  readonly answer: T;
  /** The time that was asked about, ms since the epoch. */
  readonly timeMs: number;
}

/** `null` until the first answer. After a failure the error stands alone, and is not asked for again: most are mistakes of the expression. */
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
    const abort = new AbortController();
    answered.value = null;
    error.value = "";
    const load = (): void => {
      const timeMs = fixedMs ?? Math.floor(serverNow() / 1000) * 1000;
      ask(expr, timeMs, abort.signal).then(
        (answer) => {
          if (abort.signal.aborted) return;
          answered.value = { answer, timeMs };
          error.value = "";
        },
        (failure: unknown) => {
          if (abort.signal.aborted) return;
          answered.value = null;
          error.value = errorText(failure);
        },
      );
    };
    load();
    const repeats = options.live && fixedMs === null;
    const timer = repeats ? setInterval(() => playing.value && error.value === "" && load(), refreshMs) : undefined;
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [expr, fixedMs]);
  return { answered, error };
}
