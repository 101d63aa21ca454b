/** The list of the last queries as a value: added to, read from storage, walked through. */

/** As many as a menu can show. */
const entriesMax = 30;
/** A longer expression is not kept: storage is for all pages of the origin together. */
const lengthMax = 4096;

/** The list with `expr` at its head. */
export function withQuery(entries: readonly string[], expr: string): readonly string[] {
  if (expr === "" || expr.length > lengthMax) return entries;
  return [expr, ...entries.filter((entry) => entry !== expr)].slice(0, entriesMax);
}

/** What was stored, or nothing where that is not a list of expressions: another version, or a user, may have written it. */
export function parseHistory(stored: string | null): readonly string[] {
  if (stored === null) return [];
  try {
    const parsed: unknown = JSON.parse(stored);
    if (!Array.isArray(parsed)) return [];
    return parsed.filter((entry): entry is string => typeof entry === "string" && entry !== "").slice(0, entriesMax);
  } catch {
    // No JSON: there is no history to show, which is what an empty list says.
    return [];
  }
}

/**
 * The neighbour of `shown` in time: older or newer. `null` where there is none, or where `shown` was not taken from the history, so
 * that the arrow keys never replace what is being written. Newer than the newest is the empty line.
 */
export function recalled(entries: readonly string[], shown: string, direction: "older" | "newer"): string | null {
  const at = shown === "" ? -1 : entries.indexOf(shown);
  if (shown !== "" && at === -1) return null;
  if (direction === "older") return entries[at + 1] ?? null;
  return at > 0 ? (entries[at - 1] ?? null) : at === 0 ? "" : null;
}
