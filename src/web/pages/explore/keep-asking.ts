/** A question asked again while its answers change, and after a failure that may pass. Apart from the hook, because none of this is markup. */
import { isTemporary } from "../../data/http.ts";
import { retryPauseMs } from "../../data/retry-pause.ts";

/** As often as a table of numbers can be read. */
const refreshMs = 5000;

export interface Question<T> {
  readonly ask: (signal: AbortSignal) => Promise<T>;
  readonly answered: (answer: T) => void;
  /** After a failure that is the expression's own, nothing is asked any more. */
  readonly failed: (error: unknown) => void;
  /** Whether an answer is to be asked for again: looked at each time. */
  readonly repeats: () => boolean;
}

/** Asks now. The returned function ends it. */
export function keepAsking<T>({ ask, answered, failed, repeats }: Question<T>): () => void {
  const abort = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  const load = async (): Promise<void> => {
    try {
      const answer = await ask(abort.signal);
      if (abort.signal.aborted) return;
      failures = 0;
      answered(answer);
      timer = setTimeout(again, refreshMs);
    } catch (error) {
      if (abort.signal.aborted) return;
      failed(error);
      if (!isTemporary(error)) return;
      timer = setTimeout(() => void load(), retryPauseMs(failures));
      failures++;
    }
  };
  const again = (): void => {
    if (repeats()) void load();
    else timer = setTimeout(again, refreshMs);
  };
  void load();
  return () => {
    abort.abort();
    clearTimeout(timer);
  };
}
