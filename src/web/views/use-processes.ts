/** The node's processes for a table: asked for once, then from the live stream, or by asking again where the stream has too little. */
import { useSignal, type ReadonlySignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ProcessList } from "../data/contract.ts";
import { errorText, getJson } from "../data/http.ts";
import { liveProcesses, processSort } from "../data/live.ts";
import { playing } from "../data/query-board.ts";
import { nodeUrl } from "../data/server.ts";
import type { Sort } from "./arrange-rows.ts";
import { wholeProcessList } from "./whole-process-list.ts";

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
  /** Whether the list is what was found by looking for all. */
  readonly isWhole: ReadonlySignal<boolean>;
  readonly error: ReadonlySignal<string>;
}

/** The stream carries the first rows by a descending sort (contract). */
const streamedRows = 50;
const pollMs = 2000;

export function useProcesses({ sort, limit, all, active }: ProcessWish): Processes {
  const list = useSignal<ProcessList | null>(null);
  const isWhole = useSignal(false);
  const error = useSignal("");
  const field = sort?.field ?? "";
  const descending = sort?.descending ?? true;
  const total = list.value?.total ?? 0;
  const polls = all || !descending || Math.min(limit, total) > streamedRows;
  // All are asked for in an order of their own: another sort of the table is no other question.
  const question = all ? null : questionOf(field, descending, limit);

  useEffect(() => {
    if (!active) return undefined;
    const abort = new AbortController();
    const ask = (query: string): Promise<ProcessList> => getJson(nodeUrl(`/processes?${query}`), abort.signal);
    let isAsking = false;
    const load = async (): Promise<void> => {
      // Many pages may take longer than the time between two askings.
      if (isAsking) return;
      isAsking = true;
      try {
        const answer = await (question === null ? wholeProcessList((query) => ask(query.toString())) : ask(question));
        if (abort.signal.aborted) return;
        list.value = answer;
        isWhole.value = question === null;
        error.value = "";
      } catch (failure) {
        if (!abort.signal.aborted) error.value = errorText(failure);
      }
      isAsking = false;
    };
    isWhole.value = false;
    void load();
    const timer = polls ? setInterval(() => playing.value && void load(), pollMs) : undefined;
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [question, polls, active]);

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
  return { list, isWhole, error };
}

function questionOf(field: string, descending: boolean, limit: number): string {
  const query = new URLSearchParams({ limit: String(limit), order: descending ? "desc" : "asc" });
  if (field !== "") query.set("sort", field);
  return query.toString();
}
