/** Validators as rows of a strip: in each stretch of time, whether their newest attestation was included. */
import type { Labels } from "../../../core/labels.ts";
import type { Column, QueryTable } from "../../data/query-table.ts";

export interface DutyRun {
  readonly fromMs: number;
  readonly toMs: number;
  readonly done: boolean;
}

export interface DutyRow {
  readonly labels: Labels;
  /** Stretches in which it is known, in the order of time. They meet where it changed, and leave gaps where it was not known. */
  readonly runs: readonly DutyRun[];
  /** Share of the known time in which the newest attestation was a missed one. */
  readonly missedShare: number;
}

/** The rows with most misses first, by name among equals. `endMs`: until when the last value holds. */
export function dutyRows(table: Pick<QueryTable, "labels" | "timesMs" | "columns">, endMs: number): readonly DutyRow[] {
  const rows = table.labels.map((labels, index) => dutyRow(labels, table.timesMs, table.columns[index] ?? [], endMs));
  const name = ({ labels }: DutyRow): string => Object.values(labels).join(" ");
  return rows
    .filter(({ runs }) => runs.length > 0)
    .toSorted((a, b) => b.missedShare - a.missedShare || name(a).localeCompare(name(b), "en", { numeric: true }));
}

function dutyRow(labels: Labels, timesMs: readonly number[], column: Column, endMs: number): DutyRow {
  const runs: DutyRun[] = [];
  for (const [index, fromMs] of timesMs.entries()) {
    const value = column[index] ?? null;
    if (value === null) continue;
    const done = value >= 1;
    const toMs = Math.max(fromMs, timesMs[index + 1] ?? endMs);
    const last = runs.at(-1);
    if (last !== undefined && last.done === done && last.toMs === fromMs) runs[runs.length - 1] = { ...last, toMs };
    else runs.push({ fromMs, toMs, done });
  }
  const length = (wanted: readonly DutyRun[]): number => wanted.reduce((sum, run) => sum + run.toMs - run.fromMs, 0);
  const known = length(runs);
  return { labels, runs, missedShare: known === 0 ? 0 : length(runs.filter(({ done }) => !done)) / known };
}
