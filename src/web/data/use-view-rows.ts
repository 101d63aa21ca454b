/** A declared list of the shown node, as of the end of the page's window. */
import type { ViewList } from "../../core/view.ts";
import { timeRange } from "../state/time-range.ts";
import type { SeriesAnswer, SeriesResult } from "./contract.ts";
import { newestSampleMs } from "./freshness.ts";
import { sendJson } from "./http.ts";
import { playing } from "./query-board.ts";
import { nodeUrl, serverNow, shownNode } from "./server.ts";
import { useAsked, type Polled } from "./use-polled.ts";
import { viewRows, type Element, type ViewRow } from "./view-rows.ts";

/** As often as a table of numbers can be read. */
const refreshMs = 2000;

export interface ViewRows {
  readonly rows: readonly ViewRow[];
  /** Fields that could not be evaluated, with why. */
  readonly problems: readonly string[];
}

/** The list's rows, asked for again while the page is live. Only these expressions are evaluated, not the node's whole view. */
export function useViewRows(list: ViewList | undefined): Polled<ViewRows> {
  const range = timeRange.value;
  const fixedMs = range.kind === "between" ? range.toMs : null;
  const repeats = fixedMs === null && playing.value;
  // The node is in the key, because the same list of another node is another question.
  const key = list === undefined ? null : JSON.stringify([shownNode.value, list.name, fixedMs]);
  return useAsked(key, repeats ? refreshMs : null, async (signal) => {
    if (list === undefined) return { rows: [], problems: [] };
    return askRows(list, fixedMs ?? newestSampleMs() ?? serverNow(), signal);
  });
}

/** The list's rows at a time, ms since the epoch. */
export async function askRows(list: ViewList, timeMs: number, signal: AbortSignal): Promise<ViewRows> {
  const queries = list.fields.flatMap(({ name, expr }) => (expr === null ? [] : [{ id: name, expr }]));
  const body = { queries, from: timeMs / 1000, to: timeMs / 1000 };
  const { results } = await sendJson<SeriesAnswer>("POST", nodeUrl("/series"), body, signal);
  const byField = new Map(results.map((result) => [result.id, result]));
  return {
    rows: viewRows(
      list,
      list.fields.map(({ name }) => elementsOf(byField.get(name))),
    ),
    problems: results.flatMap(({ id, error }) => (error === undefined ? [] : [`${id}: ${error.detail}`])),
  };
}

function elementsOf(result: SeriesResult | undefined): readonly Element[] {
  return (result?.series ?? []).flatMap(({ labels, values }) => {
    const value = values.at(-1) ?? null;
    return value === null ? [] : [{ labels, value }];
  });
}
