/** Finds the row of a label table that has exactly these pairs: a hash table of row numbers, 4 to 8 bytes a series. */
import type { LabelTable, PairId, Row } from "./label-table.ts";

const empty = -1;

export class LabelLookup {
  readonly #table: LabelTable;
  /** Row numbers by hash; open addressing, at most half full. */
  #slots = new Int32Array(128).fill(empty);
  #count = 0;

  constructor(table: LabelTable) {
    this.#table = table;
  }

  /** The row, -1 where there is none. `accepts` tells rows that count from those that were given up. */
  find(pairs: readonly PairId[], accepts: (row: Row) => boolean): Row {
    const mask = this.#slots.length - 1;
    for (let at = hashOf(pairs) & mask; ; at = (at + 1) & mask) {
      const row = this.#slots[at] ?? empty;
      if (row === empty) return -1;
      if (accepts(row) && this.#equals(row, pairs)) return row;
    }
  }

  add(row: Row): void {
    if (2 * (this.#count + 1) > this.#slots.length) this.#grow();
    this.#put(row);
    this.#count++;
  }

  #put(row: Row): void {
    const mask = this.#slots.length - 1;
    let at = hashOf(this.#table.pairsOf(row)) & mask;
    while (this.#slots[at] !== empty) at = (at + 1) & mask;
    this.#slots[at] = row;
  }

  #grow(): void {
    const rows = this.#slots.filter((row) => row !== empty);
    this.#slots = new Int32Array(2 * this.#slots.length).fill(empty);
    for (const row of rows) this.#put(row);
  }

  #equals(row: Row, pairs: readonly PairId[]): boolean {
    const own = this.#table.pairsOf(row);
    return own.length === pairs.length && own.every((pair, i) => pair === pairs[i]);
  }
}

/** FNV-1a over pair numbers, then a finalizer (MurmurHash3's), because the low bits choose the slot. */
function hashOf(pairs: ArrayLike<PairId>): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < pairs.length; i++) hash = Math.imul(hash ^ (pairs[i] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
