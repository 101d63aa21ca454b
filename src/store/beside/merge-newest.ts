/** Lists of several files as one, newest first; each file is read in slices, and only as far as it is needed. */
import { comparePlaces, type ListPlace } from "./list-cursor.ts";

/** A part of one file's list: what was found on the way to `end`. */
export interface Slice<T> {
  readonly found: readonly T[];
  /** Everything up to there has been looked at; `null`: to the end of the list. */
  readonly end: ListPlace | null;
}

/** Reads on behind a place: at most `rows` rows of an index. */
export type ReadSlice<T> = (after: ListPlace, rows: number) => Slice<T>;

/** An item that was found, or only how far the search has come. */
export type Step<T> =
  | { readonly kind: "found"; readonly item: T; readonly place: ListPlace }
  | { readonly kind: "passed"; readonly place: ListPlace };

/** A first page needs few rows of each file; a search that finds nothing goes through many. */
const sliceRowsMin = 64;
const sliceRowsMax = 2048;

class FileList<T extends ListPlace> {
  readonly #read: ReadSlice<T>;
  #found: readonly T[] = [];
  #at = 0;
  #after: ListPlace | null;
  #rows = sliceRowsMin;

  constructor(read: ReadSlice<T>, after: ListPlace) {
    this.#read = read;
    this.#after = after;
  }

  /** The next item, or where the list has been looked at up to now; `null` at the end. */
  head(): Step<T> | null {
    const item = this.#found[this.#at];
    if (item !== undefined) return { kind: "found", item, place: item };
    return this.#after === null ? null : { kind: "passed", place: this.#after };
  }

  take(): void {
    if (this.#at < this.#found.length) {
      this.#at++;
    } else if (this.#after !== null) {
      const { found, end } = this.#read(this.#after, this.#rows);
      this.#found = found;
      this.#at = 0;
      this.#after = end;
      this.#rows = Math.min(sliceRowsMax, this.#rows * 4);
    }
  }
}

/** Items of all lists behind `after`, newest first; between them, how far the search has come. */
export function* mergeNewest<T extends ListPlace>(reads: readonly ReadSlice<T>[], after: ListPlace): Generator<Step<T>> {
  const lists = reads.map((read) => new FileList(read, after));
  for (;;) {
    let next: FileList<T> | null = null;
    let step: Step<T> | null = null;
    for (const list of lists) {
      const head = list.head();
      if (head === null || (step !== null && comparePlaces(head.place, step.place) >= 0)) continue;
      next = list;
      step = head;
    }
    if (next === null || step === null) return;
    next.take();
    // Each list begins with the place that the caller knows already: to tell it would be no progress.
    if (comparePlaces(step.place, after) !== 0) yield step;
  }
}
