/** The answer to an expression: over the window as a chart, at its end as a table, or taken apart into the steps of its evaluation. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { QueryTable } from "../../data/query-table.ts";
import { formatNumber, quantityText, type PanelUnit } from "../../format/quantity.ts";
import { CopyMenu } from "../../parts/copy-menu.tsx";
import { Icon } from "../../parts/icon.tsx";
import { address, setParams } from "../../state/router.ts";
import type { ChartSpec } from "../../views/time-series/chart-controller.ts";
import { useQueries } from "../../views/time-series/use-queries.ts";
import { TimeSeries } from "../../views/time-series/time-series.tsx";
import { ExplainTree } from "./explain-tree.tsx";
import { InstantTable } from "./instant-table.tsx";

interface Props {
  readonly expr: string;
  /** Names the result where there are several. */
  readonly label: string;
  readonly title: string;
  readonly unit: PanelUnit;
  /** Counts how often the same expression was run again. */
  readonly attempt: number;
  /** Runs another expression: a part of this one. */
  readonly run: (expr: string) => void;
}

const views = ["graph", "table", "explain"] as const;
const viewTitles = { graph: "Graph", table: "Table", explain: "Explain" } as const;

export function ResultPanel({ expr, label, title, unit, attempt, run }: Props): JSX.Element {
  const view = views.find((one) => one === address.value.params.get("view")) ?? "graph";
  const asTable = useSignal(false);
  return (
    <section class="panel" aria-label={label}>
      <header class="panel-head">
        <h3>{title}</h3>
        <span class="spacer" />
        <div class="segments" role="group" aria-label="View">
          {views.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === view}
              onClick={() => setParams({ view: one === "graph" ? null : one }, { replace: true })}
            >
              {viewTitles[one]}
            </button>
          ))}
        </div>
        {view === "graph" ? (
          <button
            type="button"
            class="icon-button"
            aria-pressed={asTable.value}
            aria-label="View as table"
            title="The chart's values as a table"
            onClick={() => (asTable.value = !asTable.value)}
          >
            <Icon name="table" />
          </button>
        ) : null}
        <CopyMenu exprs={[expr]} />
      </header>
      {view === "graph" ? <Graph key={`${attempt} ${expr} ${unit}`} expr={expr} unit={unit} asTable={asTable.value} /> : null}
      {view === "table" ? <InstantTable key={`${attempt} ${expr}`} expr={expr} unit={unit} /> : null}
      {view === "explain" ? <ExplainTree key={`${attempt} ${expr}`} expr={expr} run={run} /> : null}
    </section>
  );
}

interface GraphProps {
  readonly expr: string;
  readonly unit: PanelUnit;
  readonly asTable: boolean;
}

function Graph({ expr, unit, asTable }: GraphProps): JSX.Element {
  const spec = useMemo<ChartSpec>(
    () => ({ unit, queries: [{ expr, legend: "" }], stacked: false, thresholds: [], height: 260 }),
    [expr, unit],
  );
  return (
    <>
      <GraphFacts expr={expr} />
      <TimeSeries title={expr} spec={spec} asTable={asTable} empty={<p>No series matches in this window.</p>} />
    </>
  );
}

/** How much the chart was made of; it draws the largest series only. */
function GraphFacts({ expr }: { readonly expr: string }): JSX.Element {
  const text = useSignal("");
  const queries = useQueries([expr], true, () => {
    const table = queries.current[0]?.table ?? null;
    text.value = table === null ? "" : factsOf(table);
  });
  return <p class="result-facts">{text.value}</p>;
}

function factsOf({ labels, timesMs }: QueryTable): string {
  const [first = 0, second = first] = timesMs;
  const apart = second > first ? `, ${quantityText((second - first) / 1000, "seconds")} apart` : "";
  const series = labels.length === 1 ? "1 series" : `${formatNumber(labels.length)} series`;
  return `${series} · ${formatNumber(timesMs.length)} points${apart}`;
}
