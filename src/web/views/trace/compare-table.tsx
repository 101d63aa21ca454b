/** Operations of two traces as a table: where the difference comes from. */
import type { JSX } from "preact";
import { cleanText } from "../../../core/clean-text.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import type { ComparedOperation } from "./compare-operations.ts";
import type { OperationStat } from "./operation-stats.ts";

/** Rows that a table can have and still scroll. */
const rowsMax = 500;

export function CompareTable({ rows }: { readonly rows: readonly ComparedOperation[] }): JSX.Element {
  const most = Math.max(0, ...rows.slice(0, 1).map(({ differenceMs }) => Math.abs(differenceMs)));
  return (
    <>
      <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label="Operations of both traces">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">Operation</th>
              <th scope="col">Service</th>
              <th scope="col" class="number">
                Spans
              </th>
              <th scope="col" class="number">
                First, own
              </th>
              <th scope="col" class="number">
                Second, own
              </th>
              <th scope="col" class="number">
                Difference
              </th>
              <th scope="col" class="number">
                p95, first
              </th>
              <th scope="col" class="number">
                p95, second
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, rowsMax).map(({ service, name, first, second, differenceMs }) => (
              <tr key={`${service} ${name}`}>
                <th scope="row" class="clip" title={cleanText(name)}>
                  {cleanText(name) || "(no name)"}
                </th>
                <td class="clip">{cleanText(service)}</td>
                <td class="number">
                  {first?.count ?? 0} → {second?.count ?? 0}
                </td>
                <td class="number">{time(first, "selfMs")}</td>
                <td class="number">{time(second, "selfMs")}</td>
                <td class="number">
                  {differenceMs > 0 ? "+" : ""}
                  {durationText(differenceMs)}
                  <span class="bar-share" aria-hidden="true">
                    <span style={{ width: `${most === 0 ? 0 : (Math.abs(differenceMs) / most) * 100}%` }} />
                  </span>
                </td>
                <td class="number">{time(first, "p95Ms")}</td>
                <td class="number">{time(second, "p95Ms")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > rowsMax ? (
        <p class="table-facts dim">
          The {rowsMax} of {rows.length} operations that differ most.
        </p>
      ) : null}
    </>
  );
}

function time(stat: OperationStat | null, field: "selfMs" | "p95Ms"): string {
  return stat === null ? "–" : durationText(stat[field]);
}
