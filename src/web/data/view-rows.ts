/** Rows of a declared list (clients, peers, contracts), joined from what its fields' expressions give at one instant. */
import type { Labels } from "../../core/labels.ts";
import type { ViewField, ViewList } from "../../core/view.ts";
import { fromUcum } from "../format/quantity.ts";
import { combine } from "./reduce.ts";

/** One element of an expression's vector. */
export interface Element {
  readonly labels: Labels;
  readonly value: number;
}

export interface ViewRow {
  /** Tells rows of one list apart. */
  readonly id: string;
  /** The key's and the labels' fields: what is not known is empty. */
  readonly texts: Readonly<Record<string, string>>;
  /** Field → value in the base of its unit on the page (share, seconds, bytes); `null` where there is none. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** The label field by which a list says which of the node's clients tells of a row. */
export const clientField = "client";

/**
 * The list's rows in the order in which they are first met. `elements` are those of each of its fields. What two clients of one node tell
 * of, a contract or a peer, is two rows here: a page can say whose each is, where one number of REST cannot.
 */
export function viewRows(list: ViewList, elements: readonly (readonly Element[])[]): readonly ViewRow[] {
  const told = [list.key, ...(list.labels ?? []).filter(({ field }) => field === clientField)];
  const cells = new Map<string, Map<ViewField, Element[]>>();
  for (const [index, field] of list.fields.entries()) {
    for (const element of elements[index] ?? []) {
      if ((element.labels[list.key.label] ?? "") === "") continue;
      const id = JSON.stringify(told.map(({ label }) => element.labels[label] ?? ""));
      const row = cells.get(id) ?? new Map<ViewField, Element[]>();
      cells.set(id, row);
      row.set(field, [...(row.get(field) ?? []), element]);
    }
  }
  return [...cells].map(([id, row]) => {
    // The further labels are declared to be those of the first field; a row that it does not have takes what it finds.
    const labels: Labels = [...row.values()][0]?.[0]?.labels ?? {};
    const texts = [list.key, ...(list.labels ?? [])].map(({ field, label }) => [field, labels[label] ?? ""] as const);
    const values = list.fields.map((field) => [field.name, valueOf(field, row.get(field) ?? [])] as const);
    return { id, texts: Object.fromEntries(texts), values: Object.fromEntries(values) };
  });
}

function valueOf({ reduce = "only", scale = 1, unit }: ViewField, elements: readonly Element[]): number | null {
  if (elements.length === 0 || (reduce === "only" && elements.length > 1)) return null;
  const value = combine(
    elements.map((element) => element.value),
    reduce,
  );
  return Number.isFinite(value) ? value * scale * fromUcum(unit).factor : null;
}

/** Whether every word of the filter occurs in one of the row's texts. */
export function matchesWords({ texts }: ViewRow, words: readonly string[]): boolean {
  const all = Object.values(texts).map((text) => text.toLowerCase());
  return words.every((word) => all.some((text) => text.includes(word)));
}
