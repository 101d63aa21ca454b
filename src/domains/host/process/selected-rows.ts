/** Handles per selected process for the slower collectors: they follow the choice that `host.process` makes. */
import type { HandleRow } from "../handle-table.ts";
import { type ProcessSeriesLabels, labelsOf } from "./process-series.ts";
import type { ProcessEntry, ProcessTable } from "./process-table.ts";

/** A process's handles, and what else is kept for it. */
export interface SelectedRow extends HandleRow {
  /** Called when the process has ended or lost its seat. */
  close?(): void;
}

export class SelectedRows<R extends SelectedRow> {
  readonly #table: ProcessTable;
  readonly #make: (labels: ProcessSeriesLabels, entry: ProcessEntry) => R;
  readonly #rows = new Map<ProcessEntry, { readonly rawName: string; readonly row: R }>();

  constructor(table: ProcessTable, make: (labels: ProcessSeriesLabels, entry: ProcessEntry) => R) {
    this.#table = table;
    this.#make = make;
  }

  /** The selected processes that `wanted` accepts, with their rows; rows of all others are released first. */
  *current(wanted: (entry: ProcessEntry) => boolean = () => true): Generator<readonly [ProcessEntry, R]> {
    for (const [entry, { rawName, row }] of this.#rows) {
      if (this.#table.selected.has(entry) && this.#table.entries.get(entry.pid) === entry && entry.name === rawName) continue;
      this.#drop(entry, row);
    }
    for (const entry of this.#table.selected) {
      if (entry.identity === null || this.#table.entries.get(entry.pid) !== entry || !wanted(entry)) continue;
      let known = this.#rows.get(entry);
      if (known === undefined) {
        known = { rawName: entry.name, row: this.#make(labelsOf(entry, entry.identity), entry) };
        this.#rows.set(entry, known);
      }
      yield [entry, known.row];
    }
  }

  close(): void {
    for (const [entry, { row }] of this.#rows) this.#drop(entry, row);
  }

  #drop(entry: ProcessEntry, row: R): void {
    for (const handle of row.handles) handle.release();
    row.close?.();
    this.#rows.delete(entry);
  }
}
