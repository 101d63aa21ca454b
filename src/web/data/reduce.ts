/** A query's several series as the one number that a view field states. */
import type { Reduction } from "../../core/view.ts";
import type { Column, QueryTable } from "./query-table.ts";

/** One value per time; `null` where no series has one. `scale` is the field's. */
export function reduceTable(table: QueryTable, reduction: Reduction, scale: number): Column {
  return table.timesMs.map((_, row) => {
    const present = table.columns.map((column) => column[row] ?? null).filter((value) => value !== null);
    return present.length === 0 ? null : combine(present, reduction) * scale;
  });
}

/** Several values (at least one) as one number. */
export function combine(values: readonly number[], reduction: Reduction): number {
  switch (reduction) {
    case "max":
      return Math.max(...values);
    case "min":
      return Math.min(...values);
    case "sum":
      return values.reduce((sum, value) => sum + value, 0);
    case "avg":
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case "only":
      return values[0] ?? Number.NaN;
  }
}
