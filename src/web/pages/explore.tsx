/** Any metric as a chart, by choosing or by writing PromQL. The expression is in the address, so that it can be shared. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import type { MetricDescription } from "../data/contract.ts";
import { errorText, getJson } from "../data/http.ts";
import { sections, status } from "../data/server.ts";
import { portableQuery } from "../data/take-away.ts";
import { fillLegend } from "../format/labels.ts";
import { CopyMenu } from "../parts/copy-menu.tsx";
import { Icon } from "../parts/icon.tsx";
import { address, setParams } from "../state/router.ts";
import type { ChartSpec } from "../views/time-series/chart-controller.ts";
import { TimeSeries } from "../views/time-series/time-series.tsx";
import { buildQuery, expressionUnit, type LabelFilter } from "./build-query.ts";
import { LabelFilters } from "./label-filters.tsx";
import { QueryInput } from "./query-input.tsx";

export function ExplorePage(): JSX.Element {
  const metrics = useSignal<readonly MetricDescription[] | null>(null);
  const error = useSignal("");
  const filters = useSignal<readonly LabelFilter[]>([]);
  const asTable = useSignal(false);
  useEffect(() => {
    getJson<{ readonly metrics: readonly MetricDescription[] }>("/api/v1/performance/declarations").then(
      (answer) => (metrics.value = answer.metrics),
      (failure: unknown) => (error.value = errorText(failure)),
    );
  }, []);
  const expr = address.value.params.get("expr") ?? "";
  const chosen = metrics.value?.find((metric) => metric.prometheusName === address.value.params.get("metric"));
  const choose = (metric: MetricDescription): void => {
    filters.value = [];
    setParams({ metric: metric.prometheusName, expr: buildQuery(metric, []) });
  };
  const filter = (metric: MetricDescription, next: readonly LabelFilter[]): void => {
    filters.value = next;
    setParams({ expr: buildQuery(metric, next) }, { replace: true });
  };
  const unit = expressionUnit(expr, metrics.value ?? []);
  const spec = useMemo<ChartSpec>(
    () => ({ unit, queries: [{ expr, legend: "" }], stacked: false, thresholds: [], height: 260 }),
    [expr, unit],
  );
  return (
    <>
      <div class="page-head">
        <h1>Explore</h1>
      </div>
      <div class="explore">
        <aside aria-label="Metrics">
          {error.value === "" ? null : (
            <p class="error-text" role="alert">
              {error.value}
            </p>
          )}
          <MetricList metrics={metrics.value} chosen={chosen} choose={choose} />
        </aside>
        <div class="explore-main">
          <QueryInput
            expr={expr}
            run={(next) =>
              setParams({
                expr: next === "" ? null : next,
                metric: chosen !== undefined && next.includes(chosen.prometheusName) ? chosen.prometheusName : null,
              })
            }
          />
          {expr.includes("$") ? (
            <p class="metric-help dim">
              <code>$rate</code>, <code>$window</code> and <code>$node</code> follow the chart's step and node; “Copy the query”
              gives plain PromQL.
            </p>
          ) : null}
          {chosen === undefined ? null : (
            <>
              <p class="metric-help">
                <strong>{chosen.name}</strong> · {chosen.kind}
                {chosen.unit === "" ? "" : ` in ${chosen.unit}`} · {chosen.help}
              </p>
              <LabelFilters
                key={chosen.prometheusName}
                metric={chosen}
                filters={filters.value}
                change={(next) => filter(chosen, next)}
              />
            </>
          )}
          {expr === "" ? (
            <StartPoints run={(next) => setParams({ expr: next, metric: null })} />
          ) : (
            <section class="panel" aria-label="Result">
              <header class="panel-head">
                <h3>{chosen === undefined ? "Result" : chosen.name}</h3>
                <span class="spacer" />
                <button
                  type="button"
                  class="icon-button"
                  aria-pressed={asTable.value}
                  aria-label="View as table"
                  title="View as table"
                  onClick={() => (asTable.value = !asTable.value)}
                >
                  <Icon name="table" />
                </button>
                <CopyMenu exprs={[expr]} />
              </header>
              <TimeSeries
                key={`${expr} ${unit}`}
                title={expr}
                spec={spec}
                asTable={asTable.value}
                empty={<p>No series matches in this window.</p>}
              />
            </section>
          )}
        </div>
      </div>
    </>
  );
}

/** With nothing asked yet: the overview's charts as expressions to begin with. */
function StartPoints({ run }: { readonly run: (expr: string) => void }): JSX.Element {
  const panels = (sections.value ?? []).flatMap((section) =>
    section.panels.filter((panel) => section.overview?.includes(panel.id) === true),
  );
  return (
    <div class="start-points">
      <p class="dim">Choose a metric, write an expression and press Enter, or begin with one of the overview's:</p>
      <ul>
        {panels.flatMap((panel) => {
          const [query] = panel.queries;
          if (query === undefined) return [];
          const expr = portableQuery(query.expr, status.value);
          return [
            <li key={`${panel.id} ${panel.title}`}>
              <button type="button" onClick={() => run(expr)}>
                {[panel.title, fillLegend(query.legend, {}).trim()].filter((text) => text !== "").join(": ")}
                <code>{expr}</code>
              </button>
            </li>,
          ];
        })}
      </ul>
    </div>
  );
}

/** A name that may break after its underscores, where a reader would. */
function breakable(name: string): JSX.Element[] {
  return name.split(/(?<=_)/).map((part, index) => (
    <span key={index}>
      {part}
      <wbr />
    </span>
  ));
}

interface ListProps {
  readonly metrics: readonly MetricDescription[] | null;
  readonly chosen: MetricDescription | undefined;
  readonly choose: (metric: MetricDescription) => void;
}

function MetricList({ metrics, chosen, choose }: ListProps): JSX.Element {
  const search = useSignal("");
  if (metrics === null)
    return (
      <p class="dim" aria-busy="true">
        Loading …
      </p>
    );
  const words = search.value.toLowerCase().split(/\s+/);
  const found = metrics.filter((metric) =>
    words.every((word) => `${metric.name} ${metric.prometheusName} ${metric.help}`.toLowerCase().includes(word)),
  );
  return (
    <>
      <label class="field">
        {found.length} of {metrics.length} metrics
        <input
          class="input"
          type="search"
          placeholder="Search by name or meaning"
          data-search
          value={search.value}
          onInput={(event) => (search.value = event.currentTarget.value)}
        />
      </label>
      <ul class="metric-list" tabIndex={0} aria-label="Metrics found">
        {found.map((metric) => (
          <li key={metric.name}>
            <button type="button" aria-pressed={metric === chosen} onClick={() => choose(metric)}>
              <span>{metric.name}</span>
              <small class="mono">{breakable(metric.prometheusName)}</small>
              <small>{metric.help}</small>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p class="dim">Nothing matches “{search.value}”.</p> : null}
    </>
  );
}
