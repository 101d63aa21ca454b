/** One trace: what it is, and its pictures side by side as tabs. What is looked at stands in the address. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { getTraceColumns, type TraceColumns } from "../../data/trace-columns.ts";
import { useTraceClocks } from "../../data/trace-clocks.ts";
import { useAsked } from "../../data/use-polled.ts";
import { PollNote } from "../../parts/poll-note.tsx";
import { address, pageHref, setParams } from "../../state/router.ts";
import { CallMapView } from "../../views/trace/call-map-view.tsx";
import { Flame } from "../../views/trace/flame.tsx";
import { operationStats } from "../../views/trace/operation-stats.ts";
import { StatisticsTable } from "../../views/trace/statistics-table.tsx";
import { useTraceModel, type ShownTrace } from "../../views/trace/use-trace-model.ts";
import { TraceHead } from "./trace-head.tsx";
import { TraceLogs } from "./trace-logs.tsx";
import { WaterfallTab } from "./waterfall-tab.tsx";

const tabs = [
  ["waterfall", "Waterfall"],
  ["flame", "Flame"],
  ["map", "Map"],
  ["statistics", "Statistics"],
  ["logs", "Logs"],
] as const;
type Tab = (typeof tabs)[number][0];

export function TraceView({ traceId }: { readonly traceId: string }): JSX.Element {
  const turn = useSignal(0);
  const polled = useAsked(`${traceId} ${turn.value}`, null, (signal) => getTraceColumns(traceId, signal));
  const trace = polled.answer.value;
  return (
    <>
      {trace === null ? (
        <div class="page-head">
          <h1>Trace</h1>
          <p class="page-facts mono">{traceId}</p>
        </div>
      ) : null}
      <PollNote of={polled} what="The trace" />
      {trace === null ? null : <Loaded key={trace.cameAtMs} traceId={traceId} trace={trace} again={() => turn.value++} />}
    </>
  );
}

interface LoadedProps {
  readonly traceId: string;
  readonly trace: TraceColumns;
  readonly again: () => void;
}

function Loaded({ traceId, trace, again }: LoadedProps): JSX.Element {
  const { clocks, flow, failure } = useTraceClocks(traceId, trace.columns);
  const shown = useTraceModel(trace.columns, clocks);
  const asked = address.value.params.get("tab");
  const tab = tabs.find(([id]) => id === asked)?.[0] ?? "waterfall";
  return (
    <>
      <TraceHead traceId={traceId} trace={trace} model={shown.model.value} flow={flow} />
      <div class="trace-tabs">
        <div role="tablist" aria-label="Views of the trace">
          {tabs.map(([id, title]) => (
            <button
              key={id}
              type="button"
              role="tab"
              aria-selected={tab === id}
              onClick={() => setParams({ tab: id === "waterfall" ? null : id }, { replace: true })}
            >
              {title}
            </button>
          ))}
        </div>
        <span class="spacer" />
        <button type="button" class="button" title="Spans may have come meanwhile" onClick={again}>
          Load again
        </button>
        <CompareField />
        <a href={pageHref("/traces", { trace: null })}>All traces</a>
      </div>
      {failure === null ? null : <p class="error-text">Times of several nodes are not corrected: {failure}</p>}
      <div role="tabpanel" aria-label={tabs.find(([id]) => id === tab)?.[1]}>
        {trace.columns.startMs.length === 0 ? (
          <p class="series-note">No span of this trace is stored.</p>
        ) : (
          <Shown tab={tab} traceId={traceId} shown={shown} />
        )}
      </div>
    </>
  );
}

function Shown({
  tab,
  traceId,
  shown,
}: {
  readonly tab: Tab;
  readonly traceId: string;
  readonly shown: ShownTrace;
}): JSX.Element {
  const model = shown.model.value;
  switch (tab) {
    case "waterfall":
      return <WaterfallTab traceId={traceId} shown={shown} />;
    case "flame":
      return <Flame model={model} />;
    case "map":
      return <CallMapView model={model} />;
    case "statistics":
      return <StatisticsTable stats={operationStats(model, shown.path.value?.pieces ?? null)} />;
    case "logs":
      return <TraceLogs traceId={traceId} />;
  }
}

/** Takes a trace's id, or a link to one. */
function CompareField(): JSX.Element {
  return (
    <form
      class="trace-compare"
      onSubmit={(event) => {
        event.preventDefault();
        const field = event.currentTarget.elements.namedItem("with");
        const other = field instanceof HTMLInputElement ? /[0-9a-f]{32}/i.exec(field.value)?.[0] : undefined;
        if (other !== undefined) setParams({ with: other.toLowerCase(), tab: null });
      }}
    >
      <input
        class="input mono"
        name="with"
        aria-label="Id of a trace to compare with"
        placeholder="Compare with trace id …"
        pattern=".*[0-9a-fA-F]{32}.*"
        title="32 hex digits"
        required
      />
    </form>
  );
}
