/** Goes through a list that the server gives page by page. Where one is stands in the address, so that the back button goes back. */
import type { JSX } from "preact";
import { address, setParams } from "../state/router.ts";

/** The parameter of the address; other filters of a page must take it off when they change. */
export const cursorParam = "after";

interface Props {
  /** Cursor of the next page; `null` on the last one. */
  readonly next: string | null;
  /** How much there is and is shown, in words. */
  readonly facts: string;
}

export function Pager({ next, facts }: Props): JSX.Element {
  const isFirst = !address.value.params.has(cursorParam);
  return (
    <nav class="pager" aria-label="Pages of this list">
      <span class="dim" role="status">
        {facts}
      </span>
      {isFirst ? null : (
        <button type="button" class="button" onClick={() => setParams({ [cursorParam]: null })}>
          First page
        </button>
      )}
      {next === null ? null : (
        <button type="button" class="button" onClick={() => setParams({ [cursorParam]: next })}>
          Next page
        </button>
      )}
    </nav>
  );
}

/** Changes a filter: the list begins at its first page again. */
export function setFilter(name: string, value: string): void {
  setParams({ [name]: value === "" ? null : value, [cursorParam]: null }, { replace: true });
}
