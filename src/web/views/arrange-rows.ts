/** Order and choice of table rows. */
import type { ProcessRow } from "../data/contract.ts";

export interface Sort {
  readonly field: string;
  readonly descending: boolean;
}

const naturalOrder = new Intl.Collator("en", { numeric: true });

/**
 * Rows by a field, those without a value last. With `held` (keys in an order shown before) the rows stay where they were and
 * new ones come after them, so that one can click on a row of a live table.
 */
export function arrange(rows: readonly ProcessRow[], sort: Sort, held: readonly string[] | null): readonly ProcessRow[] {
  const sorted = rows.toSorted((a, b) => compareCells(a[sort.field], b[sort.field], sort.descending));
  if (held === null || held.length === 0) return sorted;
  const places = new Map(held.map((key, place) => [key, place]));
  const place = (row: ProcessRow): number => places.get(String(row["pid"])) ?? held.length;
  return sorted.toSorted((a, b) => place(a) - place(b));
}

/** Rows in which every word of the filter occurs, in any text column; a pid is meant whole. */
export function filterRows(rows: readonly ProcessRow[], filter: string): readonly ProcessRow[] {
  const words = wordsOf(filter);
  if (words.length === 0) return rows;
  return rows.filter(({ pid, ...row }) => {
    const texts = Object.values(row).flatMap((value) => (typeof value === "string" ? [value.toLowerCase()] : []));
    return words.every((word) => texts.some((text) => text.includes(word)) || String(pid) === word);
  });
}

/** The words of a filter, in lower case. */
export function wordsOf(filter: string): readonly string[] {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
}

type Cell = string | number | null | undefined;

/** For sorting: numbers by size, texts by their words and numbers, what is missing last either way. */
export function compareCells(a: Cell, b: Cell, descending: boolean): number {
  const missingA = a === null || a === undefined;
  const missingB = b === null || b === undefined;
  if (missingA || missingB) return Number(missingA) - Number(missingB);
  const order = typeof a === "number" && typeof b === "number" ? a - b : naturalOrder.compare(String(a), String(b));
  return descending ? -order : order;
}
