/** Which of a column's values is the one of now. */
import type { Column } from "./query-table.ts";

/** Row of the last value; -1 where there is none since `oldestMs`: what ended minutes ago is no value of now. */
export function currentRow(timesMs: readonly number[], column: Column, oldestMs: number): number {
  const row = column.findLastIndex((value) => value !== null);
  return (timesMs[row] ?? Number.NEGATIVE_INFINITY) >= oldestMs ? row : -1;
}
