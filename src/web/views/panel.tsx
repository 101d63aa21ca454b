/** A declared panel on the page: its title and meaning, the chart, and its queries to take away. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useMemo } from "preact/hooks";
import type { Panel } from "../../core/panel.ts";
import { absencesOf } from "../data/absences.ts";
import { AbsenceNote } from "../parts/absence-note.tsx";
import { CopyMenu } from "../parts/copy-menu.tsx";
import { Icon } from "../parts/icon.tsx";
import type { ChartSpec } from "./time-series/chart-controller.ts";
import { TimeSeries } from "./time-series/time-series.tsx";

interface Props {
  readonly panel: Panel;
  /** Height of the plot with its axis, px. */
  readonly height?: number;
}

/** One chart with its frame. Where it has no data, the reason and what to do stand in its place. */
export function PanelView({ panel, height = 180 }: Props): JSX.Element {
  const asTable = useSignal(false);
  const helpShown = useSignal(false);
  const spec = useMemo<ChartSpec>(() => chartSpec(panel, height), [panel, height]);
  const onKeyDown = useCallback((event: KeyboardEvent) => {
    if (event.key === "v" && !event.ctrlKey && !event.metaKey && !(event.target instanceof HTMLInputElement))
      asTable.value = !asTable.value;
  }, []);
  return (
    <section class="panel" aria-label={panel.title} id={`panel-${panel.id}`} onKeyDown={onKeyDown}>
      <header class="panel-head">
        <h3>{panel.title}</h3>
        <button
          type="button"
          class="icon-button"
          aria-expanded={helpShown.value}
          aria-label={`What ${panel.title} shows`}
          onClick={() => (helpShown.value = !helpShown.value)}
        >
          <Icon name="info" />
        </button>
        <span class="spacer" />
        <button
          type="button"
          class="icon-button"
          aria-pressed={asTable.value}
          aria-label="View as table"
          title="View as table (v)"
          onClick={() => (asTable.value = !asTable.value)}
        >
          <Icon name="table" />
        </button>
        <CopyMenu exprs={panel.queries.map((query) => query.expr)} />
      </header>
      {helpShown.value ? <p class="panel-help">{panel.help}</p> : null}
      <TimeSeries
        title={panel.title}
        spec={spec}
        asTable={asTable.value}
        empty={<AbsenceNote absences={absencesOf(panel.metrics)} />}
      />
    </section>
  );
}

function chartSpec(panel: Panel, height: number): ChartSpec {
  const { unit, queries, form, max, thresholds = [] } = panel;
  return { unit, queries, stacked: form === "stacked", max, thresholds, height };
}
