/** The node's processes, live: sorted by any column, filtered by any text, in an order that can be held still. */
import { useSignal, type Signal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import type { ProcessList, ProcessRow } from "../data/contract.ts";
import { rowsQuery } from "../data/field-query.ts";
import { zone } from "../data/server.ts";
import { fieldTitle } from "../format/labels.ts";
import { formatQuantity, fromUcum } from "../format/quantity.ts";
import { dateTime } from "../format/time.ts";
import { CopyMenu } from "../parts/copy-menu.tsx";
import { SortHead } from "../parts/sort-head.tsx";
import { arrange, filterRows, type Sort } from "./arrange-rows.ts";
import { declaredField, figureFields, textFields } from "./process-columns.ts";
import { useNearViewport } from "./use-near-viewport.ts";
import { useProcesses } from "./use-processes.ts";
import { noMatchText } from "./whole-process-list.ts";

interface Props {
  /** Rows at most; the filter looks through all processes. */
  readonly limit: number;
  /** Without tools and filter, for the overview. */
  readonly compact?: boolean;
}

interface Tools {
  readonly filter: Signal<string>;
  /** Rows stay where they are. */
  readonly hold: Signal<boolean>;
  /** All columns. */
  readonly wide: Signal<boolean>;
}

export function ProcessTable({ limit, compact = false }: Props): JSX.Element {
  const { ref, near } = useNearViewport();
  const sort = useSignal<Sort | null>(null);
  const tools: Tools = { filter: useSignal(""), hold: useSignal(false), wide: useSignal(false) };
  const { list, isWhole, error } = useProcesses({ sort: sort.value, limit, all: tools.filter.value !== "", active: near });
  const order = useRef<readonly string[]>([]);

  const { filter, hold } = tools;
  const firstField = Object.keys(list.value?.units ?? {})[0] ?? "pid";
  const active = sort.value ?? { field: firstField, descending: true };
  const rows = useMemo(() => {
    const found = filterRows(list.value?.processes ?? [], filter.value);
    const arranged = arrange(found, active, hold.value ? order.current : null).slice(0, limit);
    order.current = arranged.map(rowKey);
    return arranged;
  }, [list.value, filter.value, active.field, active.descending, hold.value, limit]);

  return (
    <div ref={ref}>
      {error.value === "" ? null : (
        <p class="error-text" role="alert">
          {error.value}
        </p>
      )}
      {list.value === null && error.value === "" ? (
        <p class="dim" aria-busy="true">
          Processes are loading …
        </p>
      ) : null}
      {compact || list.value === null ? null : (
        <ProcessTools tools={tools} shown={rows.length} total={list.value.total} sort={active} />
      )}
      {list.value === null ? null : (
        <Rows list={list.value} rows={rows} wide={tools.wide.value} sort={active} choose={(next) => (sort.value = next)} />
      )}
      {list.value !== null && rows.length === 0 ? (
        <p class="series-note">
          {filter.value === "" ? "No process was seen at the last tick." : noMatchText(filter.value, list.value, isWhole.value)}
        </p>
      ) : null}
    </div>
  );
}

interface ToolsProps {
  readonly tools: Tools;
  readonly shown: number;
  readonly total: number;
  readonly sort: Sort;
}

function ProcessTools({ tools: { filter, hold, wide }, shown, total, sort }: ToolsProps): JSX.Element {
  const declared = declaredField(sort.field);
  const query = declared === undefined ? null : rowsQuery(declared, Math.max(1, shown), sort.descending);
  return (
    <div class="table-tools">
      <label>
        <span class="visually-hidden">Filter processes</span>
        <input
          class="input"
          type="search"
          placeholder="Filter by name, pid, user …"
          data-search
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
        />
      </label>
      <label>
        <input type="checkbox" checked={hold.value} onChange={(event) => (hold.value = event.currentTarget.checked)} />
        Keep the order of rows
      </label>
      <label>
        <input type="checkbox" checked={wide.value} onChange={(event) => (wide.value = event.currentTarget.checked)} />
        All columns
      </label>
      <span class="dim">
        {shown} of {total} processes
      </span>
      {query === null ? null : <CopyMenu exprs={[query]} of="this table" />}
    </div>
  );
}

interface RowsProps {
  readonly list: ProcessList;
  readonly rows: readonly ProcessRow[];
  readonly wide: boolean;
  readonly sort: Sort;
  readonly choose: (sort: Sort) => void;
}

function Rows({ list, rows, wide, sort, choose }: RowsProps): JSX.Element {
  const texts = textFields(list);
  const figures = figureFields(list, wide);
  return (
    <div class="table-scroll process-scroll" tabIndex={0} role="region" aria-label="Processes">
      <table class="table table-dense">
        <thead>
          <tr>
            {texts.map((field) => (
              <HeadCell key={field} field={field} numeric={field === "pid"} sort={sort} choose={choose} />
            ))}
            {figures.map((field) => (
              <HeadCell key={field} field={field} numeric sort={sort} choose={choose} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {texts.map((field) => (
                <td key={field} class={field === "pid" ? "number" : "clip"} title={String(row[field] ?? "")}>
                  {row[field]}
                </td>
              ))}
              {figures.map((field) => (
                <FigureCell key={field} field={field} value={row[field]} unit={list.units[field] ?? ""} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps {
  readonly field: string;
  readonly numeric: boolean;
  readonly sort: Sort;
  readonly choose: (sort: Sort) => void;
}

/** The first click sorts figures from the largest and texts from A; the next turns it round. */
function HeadCell({ field, numeric, sort, choose }: HeadProps): JSX.Element {
  const isSorted = sort.field === field;
  return (
    <SortHead
      title={fieldTitle(field)}
      help={declaredField(field)?.help}
      numeric={numeric}
      order={isSorted ? (sort.descending ? "descending" : "ascending") : null}
      choose={() => choose({ field, descending: isSorted ? !sort.descending : numeric })}
    />
  );
}

interface CellProps {
  readonly field: string;
  readonly value: string | number | null | undefined;
  readonly unit: string;
}

function FigureCell({ field, value, unit }: CellProps): JSX.Element {
  // Seconds since the epoch are an instant, and read as one.
  if (field === "startTimeSeconds" && typeof value === "number")
    return <td class="number">{dateTime(value * 1000, zone.value)}</td>;
  const { unit: shown, factor } = fromUcum(unit);
  const quantity = formatQuantity(typeof value === "number" ? value * factor : null, shown);
  return (
    <td class="number">
      <span class="quantity">
        {quantity.text}
        <small>{quantity.unit}</small>
      </span>
    </td>
  );
}

function rowKey(row: ProcessRow): string {
  return String(row["pid"] ?? "");
}
