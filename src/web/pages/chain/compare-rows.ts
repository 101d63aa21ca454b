/** One figure of the clients of many nodes, side by side. */
import type { Labels } from "../../../core/labels.ts";
import type { ViewField, ViewList } from "../../../core/view.ts";
import type { SeriesResult } from "../../data/contract.ts";
import { clientField } from "../../data/view-rows.ts";
import { fromUcum } from "../../format/quantity.ts";

/** A client, or a group of a client's validators. */
export interface ComparedRow {
  readonly id: string;
  readonly node: string;
  readonly client: string;
  /** Of a list that has several rows for a client: which one. Else empty. */
  readonly part: string;
  readonly kind: string;
  readonly layer: string;
  readonly version: string;
  readonly isDemo: boolean;
  /** Over the window, in the base of the figure's unit on the page. */
  readonly mean: number;
  readonly most: number;
  /** At the end of the window; `null` where it has ended before. */
  readonly last: number | null;
}

export interface Asked {
  readonly list: ViewList;
  readonly field: ViewField;
  /** The list of clients: its first field's series say what each of them is. */
  readonly clients: ViewList;
}

/** What one node answered: the figure's series, and those that say what its clients are. */
export interface NodeAnswer {
  readonly node: string;
  readonly figure: SeriesResult["series"];
  readonly about: SeriesResult["series"];
}

/** The largest first. Series without a value are no rows. */
export function comparedRows({ list, field, clients }: Asked, answers: readonly NodeAnswer[]): readonly ComparedRow[] {
  const label = labelOf(list, clientField) ?? list.key.label;
  const hasParts = label !== list.key.label;
  const factor = (field.scale ?? 1) * fromUcum(field.unit).factor;
  const rows = answers.flatMap(({ node, figure, about }) =>
    figure.flatMap(({ labels, values }): ComparedRow[] => {
      const known = values.flatMap((value) => (value === null ? [] : [value * factor]));
      const last = values.at(-1) ?? null;
      if (known.length === 0) return [];
      const client = labels[label] ?? "";
      const part = hasParts ? (labels[list.key.label] ?? "") : "";
      const what = about.findLast((one) => one.labels[clients.key.label] === client)?.labels ?? {};
      return [
        {
          id: JSON.stringify([node, client, part]),
          node,
          client,
          part,
          ...descriptionOf(clients, what),
          isDemo: labels[labelOf(clients, "simulated") ?? ""] === "true",
          mean: known.reduce((sum, value) => sum + value, 0) / known.length,
          most: Math.max(...known),
          last: last === null ? null : last * factor,
        },
      ];
    }),
  );
  return rows.toSorted((a, b) => b.mean - a.mean || a.id.localeCompare(b.id, "en", { numeric: true }));
}

function descriptionOf(clients: ViewList, labels: Labels): Pick<ComparedRow, "kind" | "layer" | "version"> {
  const text = (field: string): string => labels[labelOf(clients, field) ?? ""] ?? "";
  return { kind: text("kind"), layer: text("layer"), version: text("version") };
}

function labelOf({ labels = [] }: ViewList, field: string): string | undefined {
  return labels.find((one) => one.field === field)?.label;
}
