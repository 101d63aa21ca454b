/** Times of several things as percentiles, with bars to compare them by. */
import type { ComponentChildren, JSX } from "preact";
import type { Percentiles } from "../../../core/trace/percentiles.ts";
import { durationText } from "../../../core/trace/time-words.ts";

export interface PercentileRow {
  readonly key: string;
  readonly name: ComponentChildren;
  readonly times: Percentiles;
  /** What else there is to say of it. */
  readonly note?: ComponentChildren;
}

interface Props {
  readonly label: string;
  /** Heading of the names. */
  readonly of: string;
  readonly rows: readonly PercentileRow[];
  readonly hasNotes?: boolean;
}

export function PercentileTable({ label, of, rows, hasNotes = false }: Props): JSX.Element {
  const longestMs = Math.max(0, ...rows.map(({ times }) => times.p95Ms));
  return (
    <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label={label}>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">{of}</th>
            {["n", "p50", "p90", "p95", "p99", "max"].map((title) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
            {hasNotes ? (
              <th scope="col">
                <span class="visually-hidden">Note</span>
              </th>
            ) : null}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, name, times: { n, p50Ms, p90Ms, p95Ms, p99Ms, maxMs }, note }) => (
            <tr key={key}>
              <th scope="row">{name}</th>
              <td class="number">{n.toLocaleString("en")}</td>
              <td class="number">{durationText(p50Ms)}</td>
              <td class="number">{durationText(p90Ms)}</td>
              <td class="number">
                {durationText(p95Ms)}
                <span class="bar-share" aria-hidden="true">
                  <span style={{ width: `${longestMs <= 0 ? 0 : Math.max(0, (p95Ms / longestMs) * 100)}%` }} />
                </span>
              </td>
              <td class="number">{durationText(p99Ms)}</td>
              <td class="number">{durationText(maxMs)}</td>
              {hasNotes ? <td>{note}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
