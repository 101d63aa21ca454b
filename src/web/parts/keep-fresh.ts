/** An answer that the whole page shares, asked for again with the page's clock. `use-polled.ts` is for an answer that one component has. */
import { effect, untracked, type ReadonlySignal } from "@preact/signals";
import { errorText } from "../data/http.ts";
import { turnMs } from "./page-clock.ts";

interface Wish {
  readonly turns: ReadonlySignal<number>;
  /** How old the answer is that the page has. */
  readonly ageMs: () => number;
  readonly load: () => Promise<void>;
  /** Why the last request failed, as a sentence; empty after one that did not. */
  readonly note: (error: string) => void;
}

/** Begins now, unless the answer is new: others ask for it too. One request at a time. The returned function ends it. */
export function keepFresh({ turns, ageMs, load, note }: Wish): () => void {
  let isAsking = false;
  const ask = async (): Promise<void> => {
    if (isAsking || ageMs() < turnMs / 2) return;
    isAsking = true;
    try {
      await load();
      note("");
    } catch (error) {
      note(errorText(error));
    }
    isAsking = false;
  };
  return effect(() => {
    void turns.value;
    // What the question reads must not ask it again.
    untracked(() => void ask());
  });
}
