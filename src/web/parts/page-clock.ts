/**
 * The clock of a page's relative texts ("for 3 min", "14 s ago"): who reads it is drawn again with each of its turns. Apart from `page-now.ts`
 * so that it can be tested without a browser.
 */
import { signal, type ReadonlySignal } from "@preact/signals";

/** Of a document, what tells whether somebody sees it. */
export type Visibility = Pick<Document, "visibilityState" | "addEventListener" | "removeEventListener">;

/** A text of minutes may lag by so much, and hundreds of table rows are not drawn anew each second for it. */
export const turnMs = 10_000;

/** One timer, however many read it; none while nobody does or the tab is hidden. `page` is asked for only then. */
export function clockOf(page: () => Visibility): ReadonlySignal<number> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const turn = (): void => {
    turns.value++;
  };
  const start = (): void => {
    clearInterval(timer);
    timer = page().visibilityState === "visible" ? setInterval(turn, turnMs) : undefined;
  };
  const onVisibility = (): void => {
    start();
    // Who comes back to a tab after an hour does not read the texts of an hour ago.
    if (timer !== undefined) turn();
  };
  const turns = signal(0, {
    watched() {
      page().addEventListener("visibilitychange", onVisibility);
      start();
    },
    unwatched() {
      page().removeEventListener("visibilitychange", onVisibility);
      clearInterval(timer);
    },
  });
  return turns;
}
