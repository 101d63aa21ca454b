/** An expression's value at one time: a line for each series, and what the answer has cost. */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { formatLabels } from "../../../core/labels.ts";
import { instantRows, type InstantRow } from "../../data/instant-rows.ts";
import { askInstant, type InstantAnswer } from "../../data/prometheus.ts";
import { zone } from "../../data/server.ts";
import { formatNumber, quantityText, type PanelUnit } from "../../format/quantity.ts";
import { dateTime } from "../../format/time.ts";
import { useAnswer, type Answered } from "./use-answer.ts";

interface Props {
  readonly expr: string;
  readonly unit: PanelUnit;
}

/** More lines nobody reads on a page; an aggregation or `topk` narrows them. */
const rowsMax = 1000;

export function InstantTable({ expr, unit }: Props): JSX.Element {
  const { answered, error } = useAnswer(expr, askInstant, { live: true });
  if (error.value !== "")
    return (
      <p class="error-text" role="alert">
        {error.value}
      </p>
    );
  if (answered.value === null)
    return (
      <p class="dim" aria-busy="true">
        Loading …
      </p>
    );
  return <Answer answered={answered.value} unit={unit} />;
}

function Answer({ answered, unit }: { readonly answered: Answered<InstantAnswer>; readonly unit: PanelUnit }): JSX.Element {
  const { answer, timeMs } = answered;
  const rows = useMemo(() => instantRows(answer.data), [answer]);
  const notes = [...(answer.warnings ?? []), ...(answer.infos ?? [])];
  const { stats } = answer.data;
  return (
    <>
      <p class="result-facts">
        <span>{dateTime(timeMs, zone.value)}</span>
        <span>{rows.length === 1 ? "1 line" : `${formatNumber(rows.length)} lines`}</span>
        {stats === undefined ? null : (
          <>
            <span>{formatNumber(stats.samples.totalQueryableSamples)} samples</span>
            <span>{quantityText(stats.timings.evalTotalTime, "seconds")}</span>
          </>
        )}
      </p>
      {notes.length === 0 ? null : (
        <ul class="series-notes" role="status">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {rows.length === 0 ? (
        <p class="series-note">No series matches at this time.</p>
      ) : (
        <Rows rows={rows.slice(0, rowsMax)} unit={unit} />
      )}
      {rows.length > rowsMax ? <p class="dim">The first {formatNumber(rowsMax)} are shown.</p> : null}
    </>
  );
}

function Rows({ rows, unit }: { readonly rows: readonly InstantRow[]; readonly unit: PanelUnit }): JSX.Element {
  const timed = rows.some((row) => row.timeMs !== null);
  return (
    <div class="table-scroll result-scroll" tabIndex={0} role="region" aria-label="Values">
      <table class="table table-dense">
        <thead>
          <tr>
            <th scope="col">Series</th>
            {timed ? <th scope="col">Time</th> : null}
            <th scope="col" class="number">
              Value
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              <th scope="row" class="wrap mono">
                {row.labels === null ? "scalar" : formatLabels(row.labels)}
              </th>
              {timed ? <td>{row.timeMs === null ? "" : dateTime(row.timeMs, zone.value)}</td> : null}
              <td class="number" title={String(row.value)}>
                {valueText(row.value, unit)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Here a value that is no finite number is a result, and named as PromQL names it. */
function valueText(value: number | string, unit: PanelUnit): string {
  if (typeof value === "string") return value;
  return Number.isFinite(value) ? quantityText(value, unit) : String(value).replace("Infinity", "Inf");
}
