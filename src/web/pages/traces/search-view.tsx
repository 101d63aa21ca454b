/** Traces of the page's window: looked for by the server, filtered while one types, as a picture and as a list. */
import { useComputed, useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { openTracesUrl } from "../../data/open-traces.ts";
import { serverNow } from "../../data/server.ts";
import { rangeQuery, type Operation, type TraceList, type TraceSummary } from "../../data/telemetry.ts";
import { attributeChip, parseDurationMs, serverWish, tracesWith } from "../../data/trace-search.ts";
import { usePolled } from "../../data/use-polled.ts";
import { askedUrl } from "../../parts/filter-fields.tsx";
import { cursorParam, Pager } from "../../parts/pager.tsx";
import { PollNote } from "../../parts/poll-note.tsx";
import { between, bounds, rangeParams } from "../../state/range.ts";
import { address, navigate, pageHref, setParams } from "../../state/router.ts";
import { timeRange } from "../../state/time-range.ts";
import { Scatter, type ScatterChoice } from "../../views/trace/scatter.tsx";
import { SearchFields } from "./search-fields.tsx";
import { TelemetryNone } from "./telemetry-none.tsx";
import { TraceRows } from "./trace-rows.tsx";

const refreshMs = 5000;
const rowsPerPage = 100;

/** Parameters of the address → of the server. */
const asked = { service: "service", name: "name", status: "status", [cursorParam]: "cursor" } as const;

export function SearchView(): JSX.Element {
  const { params } = address.value;
  const typed = useSignal(params.get("q") ?? "");
  const pointed = useSignal(-1);
  const operations = usePolled<{ readonly operations: readonly Operation[] }>("/api/v1/performance/trace-operations", null);
  const known = operations.answer.value?.operations ?? [];
  const isLive = timeRange.value.kind === "last" && !params.has(cursorParam);
  const polled = usePolled<TraceList>(searchUrl(known), isLive ? refreshMs : null);
  const shown = useComputed(() =>
    tracesWith(polled.answer.value?.traces ?? [], attributeChip(typed.value) === null ? typed.value : ""),
  );
  const list = polled.answer.value;
  const open = usePolled<TraceList>(openTracesUrl(list?.traces ?? []), refreshMs);
  const openIds = new Set(open.answer.value?.traces.map(({ traceId }) => traceId));
  useListKeys(shown, pointed);
  return (
    <>
      <div class="page-head">
        <h1>Traces</h1>
      </div>
      <SearchFields typed={typed} operations={known} />
      {operations.failure.value === null ? null : <PollNote of={operations} what="The names of services" />}
      <PollNote of={polled} what="The traces" />
      {list === null ? null : (
        <>
          {list.warnings.map((warning) => (
            <p key={warning} class="error-text">
              {warning}
            </p>
          ))}
          {list.traces.length === 0 ? null : (
            <Scatter
              traces={shown}
              window={() => bounds(timeRange.value, serverNow())}
              pointed={pointed}
              open={openTrace}
              choose={narrowDown}
            />
          )}
          {shown.value.length === 0 ? (
            <TelemetryNone what="No trace" next={list.next} />
          ) : (
            <TraceRows traces={shown.value} openIds={openIds} pointed={pointed} />
          )}
          <Pager next={list.next} facts={factsText(shown.value.length, list)} />
        </>
      )}
    </>
  );
}

function factsText(shown: number, { traces, next }: TraceList): string {
  const of = shown === traces.length ? "" : ` of ${traces.length} that were found`;
  return `${shown} ${shown === 1 ? "trace" : "traces"}${of}, newest first${next === null ? "" : "; there are older ones"}`;
}

/** What the fields say, and what of the typed text the server can look for. */
function searchUrl(operations: readonly Operation[]): string {
  const { params } = address.value;
  const node = params.get("at");
  const path = node === null ? "/api/v1/performance/traces" : `/api/v1/performance/nodes/${encodeURIComponent(node)}/traces`;
  const url = askedUrl(path, asked, {
    ...rangeQuery(),
    limit: String(rowsPerPage),
    ...serverWish(operations, params.get("q") ?? ""),
  });
  const query = new URLSearchParams();
  for (const [param, name] of [
    ["least", "minDurationMs"],
    ["most", "maxDurationMs"],
  ] as const) {
    const ms = parseDurationMs(params.get(param) ?? "");
    if (ms !== null) query.set(name, String(ms));
  }
  for (const pair of params.getAll("attribute")) query.append("attribute", pair);
  return query.size === 0 ? url : `${url}&${query.toString()}`;
}

function openTrace({ traceId }: TraceSummary): void {
  navigate(pageHref("/traces", { trace: traceId }));
}

function narrowDown({ fromMs, toMs, leastMs, mostMs }: ScatterChoice): void {
  const text = (ms: number): string => `${Number(ms.toPrecision(3))}ms`;
  setParams({ ...rangeParams(between(fromMs, toMs)), least: text(leastMs), most: text(mostMs), [cursorParam]: null });
}

/** `j` and `k` go through the list, Enter opens. */
function useListKeys(shown: { readonly value: readonly TraceSummary[] }, pointed: Signal<number>): void {
  const latest = useRef(shown);
  latest.current = shown;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event;
      const isElsewhere =
        target instanceof HTMLElement && target.matches("input, select, textarea, a, button, [contenteditable]");
      if (event.defaultPrevented || isElsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
      const traces = latest.current.value;
      const trace = traces[pointed.value];
      if (event.key === "j") pointed.value = Math.min(traces.length - 1, pointed.value + 1);
      else if (event.key === "k") pointed.value = Math.max(0, pointed.value - 1);
      else if (event.key === "Enter" && trace !== undefined) openTrace(trace);
      else return;
      event.preventDefault();
      document.querySelector(`[data-trace="${traces[pointed.value]?.traceId ?? ""}"]`)?.scrollIntoView({ block: "nearest" });
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
