/** The expressions that were run last in this browser, the newest first. */
import { effect, signal } from "@preact/signals";
import { parseHistory, withQuery } from "./history-list.ts";
import { readStored, writeStored } from "./preferences.ts";

const key = "chainpulse-queries";

export const queryHistory = signal(parseHistory(readStored(key)));

effect(() => writeStored(key, JSON.stringify(queryHistory.value)));

/** Puts an expression first; it is there once. */
export function rememberQuery(expr: string): void {
  queryHistory.value = withQuery(queryHistory.value, expr);
}

/** Forgets all of them. */
export function forgetQueries(): void {
  queryHistory.value = [];
}
