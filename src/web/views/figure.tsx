/** One headline figure: a declared view field's value now, its unit, and its last minutes; or the reason why it is absent. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useCallback, useEffect } from "preact/hooks";
import type { ViewField } from "../../core/view.ts";
import { absenceReasons, type Absence } from "../../core/absence.ts";
import { currentRow } from "../data/current-row.ts";
import { fieldQuery } from "../data/field-query.ts";
import { drawnWindow, oldestCurrentMs } from "../data/query-board.ts";
import type { Column } from "../data/query-table.ts";
import { reduceTable } from "../data/reduce.ts";
import { formatQuantity, fromUcum } from "../format/quantity.ts";
import { CopyMenu } from "../parts/copy-menu.tsx";
import { queueDraw } from "./draw-queue.ts";
import { Sparkline } from "./sparkline.tsx";
import { useQueries } from "./time-series/use-queries.ts";

interface Props {
  readonly title: string;
  readonly field: ViewField;
  /** Why the field has no value, once `askReasons` has been answered. */
  readonly reason: Absence | undefined;
  /** Called when the field turns out to have no value. */
  readonly askReasons: () => void;
  readonly href: string;
}

interface Shown {
  readonly timesMs: readonly number[];
  readonly values: Column;
}

export function Figure({ title, field, reason, askReasons, href }: Props): JSX.Element {
  const shown = useSignal<Shown | null>(null);
  const { unit, factor } = fromUcum(field.unit);
  const error = useSignal<string | null>(null);
  const draw = useCallback(() => {
    const query = queries.current[0];
    const table = query?.table ?? null;
    error.value = query?.error ?? null;
    if (table === null) return;
    // The table is extended in place: a new object tells that it was.
    shown.value = {
      timesMs: [...table.timesMs],
      values: reduceTable(table, field.reduce ?? "only", (field.scale ?? 1) * factor),
    };
  }, [field, factor]);
  const queries = useQueries(field.expr === null ? [] : [field.expr], field.expr !== null, () => queueDraw(draw));
  const series = shown.value;
  const row = series === null ? -1 : currentRow(series.timesMs, series.values, oldestCurrentMs());
  const value = series?.values[row] ?? null;
  const quantity = formatQuantity(value, unit);
  const missing = field.expr === null || (series !== null && value === null);
  useEffect(() => {
    if (missing) askReasons();
  }, [missing]);
  const absence = missing ? (reason ?? field.absent) : undefined;
  const query = fieldQuery(field);
  const why = error.value ?? (absence === undefined ? null : absenceReasons[absence.reason]);
  return (
    <div class="figure">
      <dt>
        <a href={href} title={field.help}>
          {title}
        </a>
        {query === null ? null : <CopyMenu exprs={[query]} of={title} />}
      </dt>
      {why === null ? (
        <dd>
          <data class="quantity" value={value === null ? "" : String(value)} data-time-ms={series?.timesMs[row]}>
            {quantity.text}
            <small>{quantity.unit}</small>
          </data>
          {series === null ? (
            <span class="sparkline" />
          ) : (
            <Sparkline
              timesMs={series.timesMs}
              values={series.values}
              window={drawnWindow.value}
              max={unit === "ratio" ? 1 : undefined}
            />
          )}
        </dd>
      ) : (
        <dd class="figure-why" title={absence?.detail}>
          {why}
        </dd>
      )}
    </div>
  );
}
