/**
 * Label sets in little memory, for the catalogue's writer and for the readers' index: each distinct pair of name and value is kept
 * once, and a series is a row of pair numbers in one long array. Objects with strings are made when somebody asks for them. Rows are
 * in the order of the series' numbers, and are never changed.
 *
 * Measured, a million series of 8 labels: see `bench/series-index.bench.ts`.
 */
import type { Labels } from "../../core/labels.ts";
import type { SeriesRef } from "../../core/storage.ts";

/** Number of a pair of label name and value, dense from 0 within one table. */
export type PairId = number;
/** Place of a series within one table, dense from 0. */
export type Row = number;

/** One label name: its number, dense from 0, and its values' pairs. */
export interface LabelName {
  readonly id: number;
  readonly name: string;
  readonly pairs: ReadonlyMap<string, PairId>;
}

interface OwnLabelName extends LabelName {
  readonly pairs: Map<string, PairId>;
}

export class LabelTable {
  readonly #byName = new Map<string, OwnLabelName>();
  readonly #names: OwnLabelName[] = [];
  readonly #values: string[] = [];
  #nameIds = new Uint32Array(64);
  #refs = new Uint32Array(64);
  /** Row → where its pairs begin; one more than there are rows. */
  #starts = new Uint32Array(65);
  #pairs = new Uint32Array(512);
  #rows = 0;
  #lastRow: Row = -1;

  get rows(): number {
    return this.#rows;
  }

  get pairCount(): number {
    return this.#values.length;
  }

  get names(): readonly LabelName[] {
    return this.#names;
  }

  /** By row. This and the next three are for loops over many: they hold until the next row or pair comes. */
  get refs(): Uint32Array {
    return this.#refs;
  }

  /** Where the pairs of a row begin in `rowPairs`; they end where the next row's begin. */
  get starts(): Uint32Array {
    return this.#starts;
  }

  get rowPairs(): Uint32Array {
    return this.#pairs;
  }

  /** By pair: the number of its name. */
  get nameIds(): Uint32Array {
    return this.#nameIds;
  }

  nameOf(name: string): LabelName | undefined {
    return this.#byName.get(name);
  }

  valueOf(pair: PairId): string {
    return this.#values[pair] ?? "";
  }

  /**
   * The pair's number; a new pair is taken in. The strings are kept: what may be slices of a longer text (a file of `/proc`, a
   * request), and would keep that in memory, goes through `ownCopy` before.
   */
  pair(name: string, value: string): PairId {
    const known = this.#byName.get(name) ?? this.#addName(name);
    return known.pairs.get(value) ?? this.#addPair(known, value);
  }

  /** A series that comes after all others; `pairs` are in the order of their names. */
  append(ref: SeriesRef, pairs: readonly PairId[]): Row {
    const row = this.#rows;
    const start = this.#starts[row] ?? 0;
    this.#refs = withRoom(this.#refs, row + 1);
    this.#starts = withRoom(this.#starts, row + 2);
    this.#pairs = withRoom(this.#pairs, start + pairs.length);
    this.#refs[row] = ref;
    this.#pairs.set(pairs, start);
    this.#starts[row + 1] = start + pairs.length;
    this.#rows = row + 1;
    return row;
  }

  /** The first row whose ref is not below `ref`. */
  firstRowFrom(ref: SeriesRef): Row {
    let [low, high] = [0, this.#rows];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#refs[middle] ?? 0) < ref) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The row of `ref`, -1 where there is none. Mostly the one after the last one asked for: senders keep the order of their series. */
  rowOf(ref: SeriesRef): Row {
    const next = this.#lastRow + 1;
    const row = next < this.#rows && this.#refs[next] === ref ? next : this.firstRowFrom(ref);
    if (row >= this.#rows || this.#refs[row] !== ref) return -1;
    this.#lastRow = row;
    return row;
  }

  refOf(row: Row): SeriesRef {
    return this.#refs[row] ?? 0;
  }

  pairsOf(row: Row): Uint32Array {
    return this.#pairs.subarray(this.#starts[row], this.#starts[row + 1]);
  }

  labelsOf(row: Row): Labels {
    const entries = Array.from(this.pairsOf(row), (pair) => [this.#nameOf(pair), this.valueOf(pair)] as const);
    // Not by assignment: a label may be called `__proto__`.
    return Object.freeze(Object.fromEntries(entries));
  }

  /** The row's pair of the name with this number, -1 where it has none. For loops over many rows: it makes nothing. */
  pairAt(row: Row, nameId: number): PairId {
    const end = this.#starts[row + 1] ?? 0;
    for (let at = this.#starts[row] ?? 0; at < end; at++) {
      const pair = this.#pairs[at] ?? 0;
      if (this.#nameIds[pair] === nameId) return pair;
    }
    return -1;
  }

  /** The value of one label, empty where the row does not have it. */
  valueAt(row: Row, name: string): string {
    const pair = this.pairAt(row, this.#byName.get(name)?.id ?? -1);
    return pair === -1 ? "" : this.valueOf(pair);
  }

  #nameOf(pair: PairId): string {
    return this.#names[this.#nameIds[pair] ?? -1]?.name ?? "";
  }

  #addName(name: string): OwnLabelName {
    const added: OwnLabelName = { id: this.#names.length, name, pairs: new Map() };
    this.#names.push(added);
    this.#byName.set(name, added);
    return added;
  }

  #addPair(name: OwnLabelName, value: string): PairId {
    const pair = this.#values.length;
    this.#values.push(value);
    this.#nameIds = withRoom(this.#nameIds, pair + 1);
    this.#nameIds[pair] = name.id;
    name.pairs.set(value, pair);
    return pair;
  }
}

/** The same array, or its content in one of at least this length: twice as long, so that growing costs little in all. */
export function withRoom(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const grown = new Uint32Array(Math.max(length, 2 * array.length));
  grown.set(array);
  return grown;
}

/** The same text in memory of its own: V8 makes slices that point into what they were cut from. */
export function ownCopy(text: string): string {
  const copy: unknown = JSON.parse(JSON.stringify(text));
  return String(copy);
}

/** For tables of counts. */
export function increase(counts: Uint32Array, at: number, by = 1): void {
  counts[at] = (counts[at] ?? 0) + by;
}
