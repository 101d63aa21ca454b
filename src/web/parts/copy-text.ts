/** Puts text into the clipboard. */

/** What to tell the reader: that `what` was copied, or that it was not. */
export async function copyText(what: string, text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return `${what} copied`;
  } catch {
    // Plain-HTTP pages on another host have no clipboard.
    return "The browser refused the clipboard";
  }
}
