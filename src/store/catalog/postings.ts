/**
 * For each pair of label name and value the rows that have it, ascending. The bulk is two arrays, sorted by pair; rows that came since
 * lie in small lists until there are so many that the arrays are made anew.
 */
import { increase, type LabelTable, type PairId, type Row } from "./label-table.ts";

/** Below this many new rows the arrays stay as they are. */
const tailRowsMin = 1024;

export class Postings {
  readonly #table: LabelTable;
  /** Pair → where its rows begin in `#rows`; one more than there were pairs. */
  #starts = new Uint32Array(1);
  #rows = new Uint32Array(0);
  /** Rows before this are in the arrays, later ones in the lists. */
  #sortedRows = 0;
  #knownRows = 0;
  #tail = new Map<PairId, Row[]>();

  constructor(table: LabelTable) {
    this.#table = table;
  }

  /** Takes in the table's new rows. */
  refresh(): void {
    const { rows } = this.#table;
    // A quarter, so that making anew costs each row a few visits in all.
    if (rows - this.#sortedRows > Math.max(tailRowsMin, this.#sortedRows / 4)) this.#sort();
    for (let row = this.#knownRows; row < rows; row++) {
      for (const pair of this.#table.pairsOf(row)) {
        const list = this.#tail.get(pair);
        if (list === undefined) this.#tail.set(pair, [row]);
        else list.push(row);
      }
    }
    this.#knownRows = rows;
  }

  /** How many rows have the pair. */
  count(pair: PairId): number {
    return this.#sorted(pair).length + (this.#tail.get(pair)?.length ?? 0);
  }

  /** Its rows; the array is not the caller's. */
  rowsOf(pair: PairId): Uint32Array {
    const sorted = this.#sorted(pair);
    const tail = this.#tail.get(pair);
    if (tail === undefined) return sorted;
    const rows = new Uint32Array(sorted.length + tail.length);
    rows.set(sorted);
    rows.set(tail, sorted.length);
    return rows;
  }

  #sorted(pair: PairId): Uint32Array {
    return this.#rows.subarray(this.#starts[pair] ?? 0, this.#starts[pair + 1] ?? 0);
  }

  /** Counting sort of all rows' pairs. */
  #sort(): void {
    const { rows, pairCount, rowPairs, starts } = this.#table;
    const end = starts[rows] ?? 0;
    // Where the next row of each pair goes; at first the number of the rows of the pair before it.
    const next = new Uint32Array(pairCount + 1);
    for (let at = 0; at < end; at++) increase(next, (rowPairs[at] ?? 0) + 1);
    for (let pair = 0; pair < pairCount; pair++) increase(next, pair + 1, next[pair]);
    this.#starts = next.slice();
    this.#rows = new Uint32Array(end);
    for (let row = 0; row < rows; row++) {
      const rowEnd = starts[row + 1] ?? 0;
      for (let at = starts[row] ?? 0; at < rowEnd; at++) {
        const pair = rowPairs[at] ?? 0;
        this.#rows[next[pair] ?? 0] = row;
        increase(next, pair);
      }
    }
    this.#tail = new Map();
    this.#sortedRows = this.#knownRows = rows;
  }
}
