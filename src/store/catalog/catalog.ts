/**
 * Which number belongs to which labels: the writer's side. A number never names two series, not even after a power loss: numbers are
 * on the disk before the first sample that uses them, and none is given out twice. A series is forgotten when its last partition has
 * gone and nobody holds it. What the files look like is in catalog-chunk.ts, how they are kept twice in catalog-files.ts.
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { ChainPulseError } from "../../core/errors.ts";
import { type Labels, metricNameLabel } from "../../core/labels.ts";
import type { SeriesRef } from "../../core/storage.ts";
import { greediestOf } from "./cardinality.ts";
import {
  chunkOf,
  decodeLabels,
  decodeSeen,
  encodeLabels,
  encodeSeen,
  labelCharsMax,
  seriesPerChunk,
  type StoredChunk,
} from "./catalog-chunk.ts";
import type { CatalogChange, CatalogHead } from "./catalog-file.ts";
import { type CatalogFiles, type CatalogFilesOptions, catalogPath, isRestorable, openCatalogFiles } from "./catalog-files.ts";
import { LabelLookup } from "./label-lookup.ts";
import { LabelTable, ownCopy, type PairId, type Row } from "./label-table.ts";
import { SeriesLimits, type SeriesLimitsOptions } from "./series-limits.ts";

export interface CatalogOptions extends CatalogFilesOptions, Omit<SeriesLimitsOptions, "survey" | "clock"> {
  readonly clock?: Clock;
}

/** `gone`: forgotten, and still a row until the next compaction. */
type RowState = "known" | "held" | "gone";

/** Chunks that one step of forgetting looks at: 1,024 series. */
const sweepChunks = 4;
const nodeLabel = "node";

export class Catalog {
  readonly #options: CatalogOptions;
  /** `null` after they could not be opened anew; the next write tries again. */
  #files: CatalogFiles | null;
  readonly #limits: SeriesLimits;
  /** As it is on the disk. */
  #head: CatalogHead;
  #table = new LabelTable();
  #lookup = new LabelLookup(this.#table);
  /** By row. */
  #states: RowState[] = [];
  /** By row: start of the newest partition that has samples of it, ms; at first the time of its making. */
  #seenMs: number[] = [];
  /** Rows that were held since a sweep began: they may have samples that it does not know of. `null` between sweeps. */
  #touched: Set<Row> | null = null;
  /** Rows from here on are not on the disk yet. */
  #flushedRows: number;
  #nextRef: number;
  #count: number;

  /** Throws a `DamagedFileError` when nothing is known of the samples that are there, and what `openCatalogFiles` throws. */
  constructor(options: CatalogOptions) {
    const { files, head, chunks } = openCatalogFiles(options);
    this.#options = options;
    this.#files = files;
    this.#head = head;
    this.#nextRef = head.nextRef;
    for (const chunk of chunks) this.#load(chunk);
    this.#flushedRows = this.#count = this.#table.rows;
    this.#limits = new SeriesLimits({
      ...options,
      clock: options.clock ?? systemClock,
      survey: (node) => greediestOf(this.#table, (row) => this.#countsFor(row, node)),
    });
  }

  /** Series that are known, held or not. */
  get size(): number {
    return this.#count;
  }

  /** The greatest number given out so far, -1 before the first. */
  get highestRef(): SeriesRef {
    return this.#nextRef - 1;
  }

  /** Whether `ref` was given out and not taken back. */
  holds(ref: SeriesRef): boolean {
    return this.#states[this.#table.rowOf(ref)] === "held";
  }

  /** The metric's name of a series that is known. */
  metricOf(ref: SeriesRef): string {
    return this.#table.valueAt(this.#table.rowOf(ref), metricNameLabel);
  }

  /** The number of these labels; a new one lasts from the next `flush` on. Throws `SERIES_LIMIT`. */
  resolve(labels: Labels, nowMs: number): SeriesRef {
    const known = this.#find(labels);
    if (known !== -1 && this.#states[known] === "held") return this.#table.refOf(known);
    if (known === -1) checkLength(labels);
    this.#limits.hold(labels[nodeLabel] ?? "", known === -1 ? this.#count : null);
    const row = known === -1 ? this.#add(labels, nowMs) : known;
    this.#states[row] = "held";
    this.#touched?.add(row);
    return this.#table.refOf(row);
  }

  release(ref: SeriesRef): void {
    const row = this.#table.rowOf(ref);
    if (this.#states[row] !== "held") return;
    this.#states[row] = "known";
    this.#limits.release(this.#table.valueAt(row, nodeLabel));
  }

  /** Makes new series last. They are gathered in one transaction, because each commit here waits for the disk. */
  flush(): void {
    const { rows } = this.#table;
    if (this.#flushedRows === rows) return;
    this.#write(this.#rewrite(this.#chunksOf(this.#flushedRows, rows)), { nextRef: this.#nextRef, series: this.#count });
    this.#flushedRows = rows;
  }

  /** Notes that the partition from `partitionMs` on has samples of these series; at most one write per chunk and partition. */
  see(refs: Uint32Array, partitionMs: number): void {
    this.flush();
    const rows = new Set(
      Array.from(refs, (ref) => this.#table.rowOf(ref)).filter((row) => (this.#seenMs[row] ?? Infinity) < partitionMs),
    );
    if (rows.size === 0) return;
    const ids = new Set(Array.from(rows, (row) => chunkOf(this.#table.refOf(row))));
    const msOf = (row: Row): number => (rows.has(row) ? partitionMs : (this.#seenMs[row] ?? 0));
    this.#write({ seen: Array.from(ids, (id) => ({ id, seen: encodeSeen(id, this.#rowsOf(id).map(msOf)) })) }, {});
    // Not before it is on the disk: otherwise nobody would try again.
    for (const row of rows) this.#seenMs[row] = partitionMs;
  }

  /** Forgets, in steps, series whose raw samples are all before `oldestMs`, unless `isKept` says that a tier has them. */
  *sweep(oldestMs: number, isKept: (ref: SeriesRef) => boolean = () => false): Generator<void> {
    this.flush();
    this.#touched = new Set();
    for (let row = 0; row < this.#table.rows;) {
      const end = this.#table.firstRowFrom((chunkOf(this.#table.refOf(row)) + sweepChunks) * seriesPerChunk);
      this.#forget(row, end, (at) => (this.#seenMs[at] ?? 0) < oldestMs && !isKept(this.#table.refOf(at)));
      row = end;
      yield;
    }
    this.#touched = null;
    this.flush();
    if (2 * this.#count < this.#table.rows) this.#compact();
  }

  close(): void {
    try {
      this.flush();
    } finally {
      this.#files?.close();
    }
  }

  /** The row of these labels, -1 where they are new. */
  #find(labels: Labels): Row {
    const pairs: PairId[] = [];
    for (const name of sortedNames(labels)) {
      const pair = this.#table.nameOf(name)?.pairs.get(labels[name] ?? "");
      if (pair === undefined) return -1;
      pairs.push(pair);
    }
    return this.#lookup.find(pairs, (row) => this.#states[row] !== "gone");
  }

  #add(labels: Labels, nowMs: number): Row {
    const pairs = sortedNames(labels).map((name) => {
      const value = labels[name] ?? "";
      return this.#table.nameOf(name)?.pairs.get(value) ?? this.#table.pair(ownCopy(name), ownCopy(value));
    });
    const row = this.#table.append(this.#nextRef++, pairs);
    this.#lookup.add(row);
    this.#states.push("known");
    this.#seenMs.push(nowMs);
    this.#count++;
    return row;
  }

  #load(chunk: StoredChunk): void {
    decodeLabels(chunk, this.#table);
    for (const seenMs of decodeSeen(chunk)) {
      this.#lookup.add(this.#states.length);
      this.#states.push("known");
      this.#seenMs.push(seenMs);
    }
    if (this.#states.length !== this.#table.rows)
      throw new Error(`chunk ${chunk.id} of the catalogue has not one time for each series`);
  }

  #forget(firstRow: Row, endRow: Row, isDue: (row: Row) => boolean): void {
    // A chunk that is rewritten holds all its series, new ones too.
    this.flush();
    const due = new Set<Row>();
    for (let row = firstRow; row < endRow; row++) {
      if (this.#states[row] === "known" && this.#touched?.has(row) !== true && isDue(row)) due.add(row);
    }
    if (due.size === 0) return;
    const ids = new Set(Array.from(due, (row) => chunkOf(this.#table.refOf(row))));
    const change = this.#rewrite(ids, (row) => !due.has(row));
    this.#write(change, { sweeps: this.#head.sweeps + 1, series: this.#count - due.size });
    for (const row of due) this.#states[row] = "gone";
    this.#count -= due.size;
  }

  /** These chunks as they are now, of the rows that `keeps` accepts. */
  #rewrite(ids: Iterable<number>, keeps: (row: Row) => boolean = () => true): CatalogChange {
    const chunks: StoredChunk[] = [];
    const removed: number[] = [];
    for (const id of ids) {
      const rows = this.#rowsOf(id).filter(keeps);
      if (rows.length === 0) removed.push(id);
      else
        chunks.push({
          id,
          labels: encodeLabels(id, this.#table, rows),
          seen: encodeSeen(
            id,
            rows.map((row) => this.#seenMs[row] ?? 0),
          ),
        });
    }
    return { chunks, removed };
  }

  #write(change: CatalogChange, head: Partial<CatalogHead>): void {
    const next = { ...this.#head, ...head, changes: this.#head.changes + 1 };
    try {
      this.#opened().write(change, next);
    } catch (error) {
      if (this.#files === null || !isRestorable(error, catalogPath(this.#options.dataDir))) throw error;
      // Damaged while it was open: opening restores it.
      this.#files.abandon();
      this.#files = null;
      this.#opened().write(change, next);
    }
    this.#head = next;
  }

  #opened(): CatalogFiles {
    this.#files ??= openCatalogFiles(this.#options).files;
    return this.#files;
  }

  /** The chunks of these rows. */
  #chunksOf(firstRow: Row, endRow: Row): Set<number> {
    const ids = new Set<number>();
    for (let row = firstRow; row < endRow; row++) ids.add(chunkOf(this.#table.refOf(row)));
    return ids;
  }

  /** The rows of one chunk that are not forgotten. */
  #rowsOf(id: number): Row[] {
    const rows: Row[] = [];
    const end = this.#table.firstRowFrom((id + 1) * seriesPerChunk);
    for (let row = this.#table.firstRowFrom(id * seriesPerChunk); row < end; row++)
      if (this.#states[row] !== "gone") rows.push(row);
    return rows;
  }

  /** Whether the row is among those that a limit counts: of a node those it holds, of all those that are known. */
  #countsFor(row: Row, node: string | null): boolean {
    if (node === null) return this.#states[row] !== "gone";
    return this.#states[row] === "held" && this.#table.valueAt(row, nodeLabel) === node;
  }

  /** Lets go of the rows, and with them of the strings, that no series has any more. */
  #compact(): void {
    const [before, states, seenMs] = [this.#table, this.#states, this.#seenMs];
    this.#table = new LabelTable();
    this.#lookup = new LabelLookup(this.#table);
    [this.#states, this.#seenMs] = [[], []];
    for (const [row, state] of states.entries()) {
      if (state === "gone") continue;
      const labels = before.labelsOf(row);
      const pairs = Object.keys(labels).map((name) => this.#table.pair(name, labels[name] ?? ""));
      this.#lookup.add(this.#table.append(before.refOf(row), pairs));
      this.#states.push(state);
      this.#seenMs.push(seenMs[row] ?? 0);
    }
    this.#flushedRows = this.#table.rows;
  }
}

function checkLength(labels: Labels): void {
  const chars = Object.entries(labels).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (chars <= labelCharsMax) return;
  throw new ChainPulseError(
    "SERIES_LIMIT",
    `the labels of a series of ${labels[metricNameLabel] ?? "no name"} have ${chars} characters, ${labelCharsMax} are taken`,
    {
      fix: "Shorten the label's values at their source.",
    },
  );
}

function sortedNames(labels: Labels): string[] {
  const names = Object.keys(labels);
  // Most callers give them sorted, as the contract says.
  return names.every((name, i) => i === 0 || (names[i - 1] ?? "") < name) ? names : names.sort();
}
