/** Whom an arrow key belongs to: the page, which moves its time range with it, or what has the focus. */

/** What of an element tells whether arrow keys scroll it. */
export type Box = Pick<Element, "clientWidth" | "scrollWidth"> & { readonly classList: Pick<DOMTokenList, "contains"> };

/** Those of our boxes that take the focus, themselves or with a link in them, and scroll sideways. */
const scrollers = ["table-scroll", "section-nav"] as const;

/**
 * Whether a key is an arrow that the page must leave alone. With Shift it chooses text. Within a table or a row of links that is wider than
 * its box the browser scrolls: without a mouse there is no other way to the last columns. At the end of such a box too, so that one press too
 * many does not move the time range of the whole page.
 */
export function isOwnArrow({ key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">, path: readonly Box[]): boolean {
  if (!key.startsWith("Arrow")) return false;
  return (
    shiftKey || path.some((box) => box.scrollWidth > box.clientWidth && scrollers.some((name) => box.classList.contains(name)))
  );
}
