/** An answer of the server that is asked for again and again, while somebody looks. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiProblem, errorText, getJson } from "./http.ts";

export interface Failure {
  readonly text: string;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
}

export interface Polled<T> {
  /** The newest answer, also while another is on its way; `null` before the first, and after a failure of another question. */
  readonly answer: ReadonlySignal<T | null>;
  /** Why the last request failed; `null` after one that did not. */
  readonly failure: ReadonlySignal<Failure | null>;
}

/** Asks `url` now and `everyMs` after each answer; `null` for either: not, or once. See `useAsked`. */
export function usePolled<T>(url: string | null, everyMs: number | null): Polled<T> {
  return useAsked(url, everyMs, (signal) => getJson<T>(url ?? "", signal));
}

/**
 * The answers to a question that `key` names: asked now, when the key changes, and `everyMs` after each answer; `null` for either: not, or
 * once. A hidden tab does not ask. What an earlier question has answered is shown until the new one is, so that a table does not vanish
 * while one types into its filter.
 */
export function useAsked<T>(key: string | null, everyMs: number | null, ask: (signal: AbortSignal) => Promise<T>): Polled<T> {
  const answer = useSignal<T | null>(null);
  const failure = useSignal<Failure | null>(null);
  useEffect(() => {
    if (key === null) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isFirst = true;
    const load = async (): Promise<void> => {
      try {
        const got = await ask(abort.signal);
        if (abort.signal.aborted) return;
        answer.value = got;
        failure.value = null;
      } catch (error) {
        if (abort.signal.aborted) return;
        if (isFirst) answer.value = null;
        failure.value = { text: errorText(error), status: error instanceof ApiProblem ? error.status : 0 };
      }
      isFirst = false;
      if (everyMs !== null) timer = setTimeout(again, everyMs);
    };
    const again = (): void => {
      if (document.visibilityState === "visible") void load();
      else timer = setTimeout(again, everyMs ?? 0);
    };
    void load();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, everyMs]);
  return { answer, failure };
}
