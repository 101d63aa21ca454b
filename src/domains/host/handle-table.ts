/** The series of things that come and go (cores, sensors, cgroups), by the thing's name: made on first sight, released when gone. */
import type { SeriesHandle } from "../../core/collector.ts";

/** A thing's handles, in an order that its collector knows, and whatever else the collector keeps of the thing. */
export interface HandleRow {
  readonly handles: readonly SeriesHandle[];
}

/** Rows by key; `row` marks a thing as present, `sweep` forgets those that were not marked since the sweep before. */
export class HandleTable<K extends string | number, R extends HandleRow = HandleRow> {
  readonly #rows = new Map<K, { readonly row: R; round: number }>();
  readonly #make: (key: K) => R;
  #round = 0;

  constructor(make: (key: K) => R) {
    this.#make = make;
  }

  /** The row of `key`, which is there in this tick. */
  row(key: K): R {
    let entry = this.#rows.get(key);
    if (entry === undefined) {
      entry = { row: this.#make(key), round: 0 };
      this.#rows.set(key, entry);
    }
    entry.round = this.#round;
    return entry.row;
  }

  /** Ends a tick: forgets the things that nobody asked for in it. */
  sweep(): void {
    for (const [key, { row, round }] of this.#rows) {
      if (round === this.#round) continue;
      for (const handle of row.handles) handle.release();
      this.#rows.delete(key);
    }
    this.#round++;
  }
}

/** Sets what could be read; a value that is NaN has no sample in this tick. */
export function setIfNumber(handle: SeriesHandle | undefined, value: number): void {
  if (!Number.isNaN(value)) handle?.set(value);
}
