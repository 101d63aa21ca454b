/** A declared list as a table: its columns are the list's fields, sorted by any of them. How it is sorted stands in the address. */
import type { ComponentChildren, JSX } from "preact";
import type { ViewField, ViewList } from "../../core/view.ts";
import { clientField, type ViewRow } from "../data/view-rows.ts";
import { formatFigure } from "../format/figure.ts";
import { fieldTitle } from "../format/labels.ts";
import { SortHead } from "../parts/sort-head.tsx";
import { address, setParams } from "../state/router.ts";
import { compareCells, type Sort } from "./arrange-rows.ts";

interface Props {
  readonly list: ViewList;
  readonly rows: readonly ViewRow[];
  /** What the rows are, for those who do not see the table. */
  readonly name: string;
  /** Parameter of the address: a field, with a minus for descending. */
  readonly sortParam: string;
  readonly firstSort: string;
  /** Text fields that are columns; the first one names the row. The client is one only where there are several. */
  readonly texts: readonly string[];
  /** What stands in a text's cell; default: the text. */
  readonly face?: (field: string, row: ViewRow) => ComponentChildren;
}

export function ListTable({ list, rows, name, sortParam, firstSort, texts, face }: Props): JSX.Element {
  const sort = parseSort(address.value.params.get(sortParam) ?? firstSort);
  const columns = texts.filter((field) => field !== clientField || new Set(rows.map((row) => row.texts[field])).size > 1);
  const hasAny = (field: ViewField): boolean => rows.some((row) => row.values[field.name] !== null);
  const shown = list.fields.filter(hasAny);
  const empty = list.fields.filter((field) => !hasAny(field));
  const choose = (field: string, isNumber: boolean): void => {
    const isDescending = sort.field === field ? !sort.descending : isNumber;
    const text = `${isDescending ? "-" : ""}${field}`;
    setParams({ [sortParam]: text === firstSort ? null : text }, { replace: true });
  };
  const order = (field: string) => (sort.field !== field ? null : sort.descending ? "descending" : "ascending");
  return (
    <>
      <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label={name}>
        <table class="table table-cards">
          <thead>
            <tr>
              {columns.map((field) => (
                <SortHead
                  key={field}
                  title={fieldTitle(field)}
                  help={textHelp(list, field)}
                  numeric={false}
                  order={order(field)}
                  choose={() => choose(field, false)}
                />
              ))}
              {shown.map((field) => (
                <SortHead
                  key={field.name}
                  title={fieldTitle(field.name)}
                  help={field.help}
                  numeric
                  order={order(field.name)}
                  choose={() => choose(field.name, true)}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            {sortRows(rows, sort).map((row) => (
              <tr key={row.id}>
                {columns.map((field, index) => {
                  const content = face?.(field, row) ?? row.texts[field];
                  if (index === 0)
                    return (
                      <th key={field} scope="row">
                        {content}
                      </th>
                    );
                  return (
                    <td
                      key={field}
                      class="clip"
                      title={row.texts[field]}
                      data-label={row.texts[field] === "" ? undefined : fieldTitle(field)}
                    >
                      {content}
                    </td>
                  );
                })}
                {shown.map((field) => (
                  <FigureCell key={field.name} field={field} value={row.values[field.name] ?? null} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length === 0 || empty.length === 0 ? null : (
        <p class="table-facts dim">Not known here: {empty.map((field) => fieldTitle(field.name).toLowerCase()).join(", ")}.</p>
      )}
    </>
  );
}

function FigureCell({ field, value }: { readonly field: ViewField; readonly value: number | null }): JSX.Element {
  const { text, unit } = formatFigure(value, field.unit);
  return (
    <td class="number" data-label={fieldTitle(field.name)}>
      <span class="quantity">
        {text}
        <small>{unit}</small>
      </span>
      {field.unit === "%" && value !== null ? (
        <span class="bar-share" aria-hidden="true">
          <span style={{ width: `${Math.min(100, Math.max(0, value * 100))}%` }} />
        </span>
      ) : null}
    </td>
  );
}

function sortRows(rows: readonly ViewRow[], { field, descending }: Sort): readonly ViewRow[] {
  const cell = (row: ViewRow) => row.texts[field] ?? row.values[field];
  // Rows that are equal keep an order of their own, so that they do not change places with each answer.
  return rows.toSorted((a, b) => compareCells(cell(a), cell(b), descending) || compareCells(a.id, b.id, false));
}

function parseSort(text: string): Sort {
  return { field: text.replace(/^-/, ""), descending: text.startsWith("-") };
}

function textHelp({ key, labels = [] }: ViewList, field: string): string | undefined {
  return [key, ...labels].find((one) => one.field === field)?.help;
}
