/** All processes of a node, for a search through them. Apart from `use-processes.ts`, which asks for what a table shows. */
import type { ProcessList, ProcessRow } from "../data/contract.ts";

/** As many as the server gives in one page. */
const pageRows = 1000;
/** More than a node looks at: 8192 (`domains/host/process/process-table.ts`). */
const pagesMax = 10;

/**
 * Follows the pages to the last one. `next` is not `null` where even these were not all. Sorted by pid, whatever the table is sorted by: a
 * process that uses more CPU a moment later does not go from a page that is still to come to one that was read. What ends between two pages
 * may hide one process, until the next asking.
 */
export async function wholeProcessList(ask: (query: URLSearchParams) => Promise<ProcessList>): Promise<ProcessList> {
  const query = new URLSearchParams({ limit: String(pageRows), sort: "pid", order: "asc" });
  const rows = new Map<ProcessRow[string] | undefined, ProcessRow>();
  let answer = await ask(query);
  for (let page = 1; ; page++) {
    for (const row of answer.processes) rows.set(row["pid"], row);
    if (answer.next === null || page === pagesMax) return { ...answer, processes: [...rows.values()] };
    query.set("cursor", answer.next);
    // One after the other on purpose: only a page's answer says whether there is another one.
    answer = await ask(query);
  }
}

/** Why a search shows no row. `isWhole`: it has looked through what `wholeProcessList` gave, and not only at the rows that were there before. */
export function noMatchText(filter: string, list: ProcessList, isWhole: boolean): string {
  if (!isWhole) return "Looking through all processes …";
  const through = list.next === null ? "" : ` among the first ${list.processes.length.toLocaleString("en")}`;
  return `No process matches “${filter}”${through}.`;
}
