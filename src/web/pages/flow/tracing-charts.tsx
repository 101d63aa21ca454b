/** What stages and hops took over time, each chart with the transactions that its greatest values are of. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Panel } from "../../../core/panel.ts";
import type { ExampleTrace } from "../../data/flow-examples.ts";
import { askExamples } from "../../data/flow-exemplars.ts";
import { drawnWindow } from "../../data/query-board.ts";
import { sections, zone } from "../../data/server.ts";
import { tracingDomain } from "../../data/tracing-domain.ts";
import { useAsked } from "../../data/use-polled.ts";
import { quantityText } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { AbsentPanels } from "../../parts/absent-panels.tsx";
import { flowHref } from "../../state/flow-href.ts";
import { PanelView } from "../../views/panel.tsx";
import { useAbsentPanels } from "../../views/use-absent-panels.ts";
import { shortHash } from "./recent-flows.tsx";

const examplesShown = 3;
const refreshMs = 30_000;

export function TracingCharts(): JSX.Element {
  const panels = useMemo(
    () => (sections.value ?? []).filter(({ domain }) => domain === tracingDomain).flatMap((section) => section.panels),
    [sections.value],
  );
  const absent = useAbsentPanels(panels, () => true).value;
  if (absent === null)
    return (
      <p class="dim" aria-busy="true">
        Loading …
      </p>
    );
  const present = panels.filter((panel) => !absent.has(panel));
  return (
    <>
      <div class="grid grid-dense" hidden={present.length === 0}>
        {present.map((panel) => (
          <div key={panel.id}>
            <PanelView panel={panel} height={150} />
            <Examples panel={panel} />
          </div>
        ))}
      </div>
      <AbsentPanels panels={panels.filter((panel) => absent.has(panel))} all={present.length === 0} />
    </>
  );
}

/** Nothing where no value of the chart leads to a trace. */
function Examples({ panel: { id, unit, queries } }: { readonly panel: Panel }): JSX.Element {
  const examples = useAsked<readonly ExampleTrace[]>(id, refreshMs, (signal) =>
    askExamples(
      queries.map(({ expr }) => expr),
      drawnWindow.peek(),
      { most: examplesShown, signal },
    ),
  );
  if (examples.failure.value !== null) return <p class="table-facts error-text">{examples.failure.value.text}</p>;
  const shown = examples.answer.value ?? [];
  if (shown.length === 0) return <></>;
  return (
    <p class="table-facts clock-list">
      Of these:
      {shown.map(({ traceId, value, timeMs }) => (
        <a key={traceId} href={flowHref("/transactions", traceId)} title={dateTime(timeMs, zone.value)}>
          {quantityText(value, unit)} <span class="mono">{shortHash(traceId)}</span>
        </a>
      ))}
    </p>
  );
}
