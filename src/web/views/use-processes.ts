/** The node's processes for a table: asked for once, then from the live stream, or by asking again where the stream has too little. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ProcessList } from "../data/contract.ts";
import { errorText, getJson } from "../data/http.ts";
import { liveProcesses, processSort } from "../data/live.ts";
import { playing } from "../data/query-board.ts";
import { nodeUrl } from "../data/server.ts";
import type { Sort } from "./arrange-rows.ts";

export interface ProcessWish {
  /** `null`: as the server sorts them by itself. */
  readonly sort: Sort | null;
  /** Rows that the table shows at most. */
  readonly limit: number;
  /** The rows will be searched: all are needed. */
  readonly all: boolean;
  /** False while the table is far from the viewport. */
  readonly active: boolean;
}

export interface Processes {
  /** `null` until the first answer. */
  readonly list: ReadonlySignal<ProcessList | null>;
  readonly error: ReadonlySignal<string>;
}

/** The stream carries the first rows by a descending sort (contract). */
const streamedRows = 50;
/** As many as the server gives in one page. */
const pageRows = 1000;
const pollMs = 2000;

export function useProcesses({ sort, limit, all, active }: ProcessWish): Processes {
  const list = useSignal<ProcessList | null>(null);
  const error = useSignal("");
  const field = sort?.field ?? "";
  const descending = sort?.descending ?? true;
  const total = list.value?.total ?? 0;
  const polls = all || !descending || Math.min(limit, total) > streamedRows;

  useEffect(() => {
    if (!active) return undefined;
    const abort = new AbortController();
    const load = (): void => {
      const query = new URLSearchParams({ limit: String(all ? pageRows : limit), order: descending ? "desc" : "asc" });
      if (field !== "") query.set("sort", field);
      getJson<ProcessList>(nodeUrl(`/processes?${query.toString()}`), abort.signal).then(
        (answer) => {
          list.value = answer;
          error.value = "";
        },
        (failure: unknown) => {
          if (!abort.signal.aborted) error.value = errorText(failure);
        },
      );
    };
    load();
    const timer = polls ? setInterval(() => playing.value && load(), pollMs) : undefined;
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [field, descending, all, polls, limit, active]);

  const sortedBy = field === "" ? (Object.keys(list.value?.units ?? {})[0] ?? null) : field;
  const wanted = active && !polls ? sortedBy : null;
  useEffect(() => {
    processSort.value = wanted;
    return () => {
      processSort.value = null;
    };
  }, [wanted]);
  const streamed = liveProcesses.value;
  useEffect(() => {
    if (streamed !== null && wanted !== null && playing.value) list.value = streamed;
  }, [streamed, wanted]);
  return { list, error };
}
