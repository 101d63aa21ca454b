/** Two traces one above the other on one scale, and how long their operations took in each. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { getTraceColumns, type TraceColumns } from "../../data/trace-columns.ts";
import { useTraceClocks } from "../../data/trace-clocks.ts";
import { useAsked } from "../../data/use-polled.ts";
import { PollNote } from "../../parts/poll-note.tsx";
import { pageHref } from "../../state/router.ts";
import { compareOperations } from "../../views/trace/compare-operations.ts";
import { CompareTable } from "../../views/trace/compare-table.tsx";
import { operationStats } from "../../views/trace/operation-stats.ts";
import { orphanGroup } from "../../views/trace/span-walk.ts";
import { useTraceModel } from "../../views/trace/use-trace-model.ts";
import { TraceLegend } from "../../views/trace/trace-legend.tsx";
import { Waterfall } from "../../views/trace/waterfall.tsx";
import { waterfallState } from "../../views/trace/waterfall-state.ts";
import { TraceHead } from "./trace-head.tsx";

interface Props {
  readonly first: string;
  readonly second: string;
}

export function CompareView({ first, second }: Props): JSX.Element {
  const a = useAsked(first, null, (signal) => getTraceColumns(first, signal));
  const b = useAsked(second, null, (signal) => getTraceColumns(second, signal));
  const [one, other] = [a.answer.value, b.answer.value];
  return (
    <>
      <p class="table-tools">
        <a href={pageHref("/traces")}>All traces</a>
        <a href={pageHref("/traces", { trace: first })}>Only the first</a>
        <a href={pageHref("/traces", { trace: second })}>Only the second</a>
        <a href={pageHref("/traces", { trace: second, with: first })}>Change places</a>
      </p>
      <PollNote of={a} what="The first trace" />
      <PollNote of={b} what="The second trace" />
      {one === null || other === null ? null : <Both key={`${first} ${second}`} ids={[first, second]} traces={[one, other]} />}
    </>
  );
}

interface BothProps {
  readonly ids: readonly [string, string];
  readonly traces: readonly [TraceColumns, TraceColumns];
}

function Both({ ids, traces }: BothProps): JSX.Element {
  const said = [useTraceClocks(ids[0], traces[0].columns), useTraceClocks(ids[1], traces[1].columns)] as const;
  const shown = [useTraceModel(traces[0].columns, said[0].clocks), useTraceModel(traces[1].columns, said[1].clocks)] as const;
  const models = [shown[0].model.value, shown[1].model.value] as const;
  const lengthMs = Math.max(...models.map(({ times }) => times.toMs - times.fromMs));
  const rows = useMemo(() => compareOperations(operationStats(models[0], null), operationStats(models[1], null)), [...models]);
  return (
    <>
      {shown.map((trace, index) => (
        <section key={index} aria-label={index === 0 ? "The first trace" : "The second trace"} class="trace-half">
          <TraceHead
            traceId={index === 0 ? ids[0] : ids[1]}
            trace={index === 0 ? traces[0] : traces[1]}
            model={trace.model.value}
            flow={index === 0 ? said[0].flow : said[1].flow}
          />
          <Half shown={trace} lengthMs={lengthMs} label={index === 0 ? "The first trace" : "The second trace"} />
        </section>
      ))}
      <h2>Operations</h2>
      <CompareTable rows={rows} />
    </>
  );
}

interface HalfProps {
  readonly shown: ReturnType<typeof useTraceModel>;
  /** Of the longer one. */
  readonly lengthMs: number;
  readonly label: string;
}

/** Idle times stay: folding them in one trace alone would make two scales. */
function Half({ shown, lengthMs, label }: HalfProps): JSX.Element {
  const state = useMemo(() => waterfallState(shown.model, shown.path, () => null, lengthMs), [shown.model, lengthMs]);
  const leave = (): void => {
    state.window.value = null;
  };
  return (
    <>
      <Waterfall
        state={state}
        headText={headText}
        details={() => undefined}
        find={() => undefined}
        leave={leave}
        label={`${label} as a waterfall; the table below compares the operations.`}
      />
      <TraceLegend model={shown.model.value} hasPath={shown.path.value !== null} />
    </>
  );
}

function headText(group: number): string {
  return group === orphanGroup ? "Parent has not come" : "";
}
