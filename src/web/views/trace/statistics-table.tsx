/** What a trace's operations cost, as a table that is sorted by any column. */
import type { JSX } from "preact";
import { cleanText } from "../../../core/clean-text.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { quantityText } from "../../format/quantity.ts";
import { SortHead } from "../../parts/sort-head.tsx";
import { address, setParams } from "../../state/router.ts";
import { compareCells } from "../arrange-rows.ts";
import type { OperationStat } from "./operation-stats.ts";

interface Column {
  readonly id: keyof OperationStat;
  readonly title: string;
  readonly help?: string;
  readonly text: (stat: OperationStat) => string;
}

const columns: readonly Column[] = [
  { id: "count", title: "Spans", text: ({ count }) => count.toLocaleString("en") },
  { id: "errors", title: "Failed", text: ({ errors }) => (errors === 0 ? "" : errors.toLocaleString("en")) },
  {
    id: "totalMs",
    title: "Total",
    help: "Durations added up, also of spans that run at the same time.",
    text: ({ totalMs }) => durationText(totalMs),
  },
  { id: "selfMs", title: "Own", help: "Without the time of children.", text: ({ selfMs }) => durationText(selfMs) },
  { id: "p50Ms", title: "p50", text: ({ p50Ms }) => durationText(p50Ms) },
  { id: "p95Ms", title: "p95", text: ({ p95Ms }) => durationText(p95Ms) },
  { id: "maxMs", title: "Longest", text: ({ maxMs }) => durationText(maxMs) },
  {
    id: "pathShare",
    title: "Critical path",
    help: "Share of the time that the whole trace waited for this operation.",
    text: ({ pathShare }) => (pathShare === null ? "–" : quantityText(pathShare, "ratio")),
  },
];

/** Rows that a table can have and still scroll. */
const rowsMax = 500;
const firstSort = "-selfMs";

export function StatisticsTable({ stats }: { readonly stats: readonly OperationStat[] }): JSX.Element {
  const asked = address.value.params.get("sort") ?? firstSort;
  const field =
    [...columns.map(({ id }) => id), "name" as const, "service" as const].find((id) => id === asked.replace(/^-/, "")) ??
    "selfMs";
  const descending = asked.startsWith("-");
  const sorted = stats.toSorted((a, b) => compareCells(a[field], b[field], descending) || a.operation - b.operation);
  const choose = (id: keyof OperationStat, isNumber: boolean): void => {
    const isDescending = id === field ? !descending : isNumber;
    setParams({ sort: `${isDescending ? "-" : ""}${id}` }, { replace: true });
  };
  const order = (id: keyof OperationStat) => (id !== field ? null : descending ? "descending" : "ascending");
  return (
    <>
      <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label="Operations of the trace">
        <table class="table">
          <thead>
            <tr>
              <SortHead title="Operation" numeric={false} order={order("name")} choose={() => choose("name", false)} />
              <SortHead title="Service" numeric={false} order={order("service")} choose={() => choose("service", false)} />
              {columns.map(({ id, title, help }) => (
                <SortHead key={id} title={title} help={help} numeric order={order(id)} choose={() => choose(id, true)} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, rowsMax).map((stat) => (
              <tr key={stat.operation}>
                <th scope="row" class="clip" title={cleanText(stat.name)}>
                  {cleanText(stat.name) || "(no name)"}
                </th>
                <td class="clip">{cleanText(stat.service)}</td>
                {columns.map(({ id, text }) => (
                  <td key={id} class="number">
                    {text(stat)}
                    {id === "pathShare" && stat.pathShare !== null ? (
                      <span class="bar-share" aria-hidden="true">
                        <span style={{ width: `${stat.pathShare * 100}%` }} />
                      </span>
                    ) : null}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > rowsMax ? (
        <p class="table-facts dim">
          The first {rowsMax} of {sorted.length} operations in this order.
        </p>
      ) : null}
    </>
  );
}
