/** Any metric as a chart, a table or a tree, by choosing or by writing PromQL. The expression is in the address, so that it can be shared. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { MetricDescription } from "../../data/contract.ts";
import { errorText, getJson } from "../../data/http.ts";
import { address, setParams } from "../../state/router.ts";
import { buildQuery, expressionUnit, type LabelFilter } from "./build-query.ts";
import { LabelFilters } from "./label-filters.tsx";
import { MetricList } from "./metric-list.tsx";
import { QueryInput } from "./query-input.tsx";
import { ResultPanel } from "./result-panel.tsx";
import { StartPoints } from "./start-points.tsx";

/** Expressions below each other; an address can carry no more. */
const linesMax = 6;

export function ExplorePage(): JSX.Element {
  const metrics = useSignal<readonly MetricDescription[] | null>(null);
  const error = useSignal("");
  const filters = useSignal<readonly LabelFilter[]>([]);
  const attempts = useSignal(0);
  useEffect(() => {
    getJson<{ readonly metrics: readonly MetricDescription[] }>("/api/v1/performance/declarations").then(
      (answer) => (metrics.value = answer.metrics),
      (failure: unknown) => (error.value = errorText(failure)),
    );
  }, []);
  const given = address.value.params.getAll("expr");
  const exprs = given.length === 0 ? [""] : given;
  // What is chosen from the list goes into the last line, which the filters are below.
  const last = exprs.length - 1;
  const chosen = metrics.value?.find((metric) => metric.prometheusName === address.value.params.get("metric"));
  const put = (line: number, expr: string): readonly string[] => exprs.with(line, expr);
  const choose = (metric: MetricDescription): void => {
    filters.value = [];
    setParams({ metric: metric.prometheusName, expr: put(last, buildQuery(metric, [])) });
  };
  const filter = (metric: MetricDescription, wanted: readonly LabelFilter[]): void => {
    filters.value = wanted;
    setParams({ expr: put(last, buildQuery(metric, wanted)) }, { replace: true });
  };
  const run = (line: number, expr: string): void => {
    // The address would not change, so nothing would be asked again.
    if (expr === exprs[line]) attempts.value++;
    const kept = line !== last || (chosen !== undefined && expr.includes(chosen.prometheusName));
    const written = put(line, expr);
    setParams({ expr: written.some((one) => one !== "") ? written : null, ...(kept ? {} : { metric: null }) });
  };
  const remove = (line: number): void => setParams({ expr: exprs.toSpliced(line, 1), metric: null });
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
          {exprs.map((expr, line) => (
            <div key={line} class="explore-line">
              <QueryInput
                expr={expr}
                label={line === 0 ? "PromQL expression" : `PromQL expression ${line + 1}`}
                run={(written) => run(line, written)}
                remove={exprs.length === 1 ? null : () => remove(line)}
              />
              {line === last && chosen !== undefined ? (
                <ChosenMetric metric={chosen} filters={filters.value} change={(wanted) => filter(chosen, wanted)} />
              ) : null}
              {expr === "" ? null : (
                <ResultPanel
                  expr={expr}
                  label={line === 0 ? "Result" : `Result ${line + 1}`}
                  title={line === last && chosen !== undefined ? chosen.name : "Result"}
                  unit={expressionUnit(expr, metrics.value ?? [])}
                  attempt={attempts.value}
                  run={(part) => run(line, part)}
                />
              )}
            </div>
          ))}
          {exprs[last] === "" ? (
            <StartPoints run={(expr) => run(last, expr)} />
          ) : (
            <button
              type="button"
              class="button"
              disabled={exprs.length >= linesMax}
              onClick={() => setParams({ expr: [...exprs, ""] })}
            >
              Add a query
            </button>
          )}
        </div>
      </div>
    </>
  );
}

interface ChosenProps {
  readonly metric: MetricDescription;
  readonly filters: readonly LabelFilter[];
  readonly change: (filters: readonly LabelFilter[]) => void;
}

/** What a metric from the list is, and the labels to narrow it by. */
function ChosenMetric({ metric, filters, change }: ChosenProps): JSX.Element {
  return (
    <>
      <p class="metric-help">
        <strong>{metric.name}</strong> · {metric.kind}
        {metric.unit === "" ? "" : ` in ${metric.unit}`} · {metric.help}
      </p>
      <LabelFilters key={metric.prometheusName} metric={metric} filters={filters} change={change} />
    </>
  );
}
