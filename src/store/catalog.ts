/**
 * Which number belongs to which labels, in `catalog.db`: the writer's side. A number never names two series, not even after a power
 * loss, so this file alone is committed with `synchronous=FULL`: the numbers are on the disk before the first sample that uses them.
 * A series is forgotten when its last partition has gone and nobody holds it.
 */
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ChainPulseError } from "../core/errors.ts";
import type { Labels } from "../core/labels.ts";
import type { SeriesRef } from "../core/storage.ts";
import { integerOf, openForWriting, optionalIntegerOf, type Schema, transaction } from "./database.ts";

export const catalogSchema: Schema = {
  version: 1,
  sql: `
    -- labels: JSON object, names sorted. seen: start of the newest partition that has samples of it, ms.
    CREATE TABLE series (ref INTEGER PRIMARY KEY AUTOINCREMENT, labels TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL);
    -- One row: how often series were forgotten. Readers load everything anew when it changes.
    CREATE TABLE sweeps (count INTEGER NOT NULL);
    INSERT INTO sweeps VALUES (0);`,
};

export function catalogPath(dataDir: string): string {
  return join(dataDir, "catalog.db");
}

/** Series that one data directory may name: what a reader's index can hold in memory (1 kB each, estimated). */
const maxSeries = 1_000_000;
/** Rows that one step of forgetting looks at. */
const sweepRows = 500;

export class Catalog {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #see: StatementSync;
  /** Series that somebody holds: labels as stored → number, and back. */
  readonly #held = new Map<string, SeriesRef>();
  readonly #texts = new Map<SeriesRef, string>();
  /** New series that are not on the disk yet. */
  #pending: { readonly ref: SeriesRef; readonly text: string; readonly nowMs: number }[] = [];
  /** Newest partition start written as `seen`, for what was sealed since the start of this process. */
  readonly #seen = new Map<SeriesRef, number>();
  #nextRef: number;
  #count: number;

  constructor(dataDir: string) {
    this.#database = openForWriting(catalogPath(dataDir), catalogSchema, "FULL");
    this.#find = this.#database.prepare("SELECT ref FROM series WHERE labels = ?");
    this.#insert = this.#database.prepare("INSERT INTO series VALUES (?, ?, ?)");
    this.#see = this.#database.prepare("UPDATE series SET seen = ? WHERE ref = ?");
    const last = this.#database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'series'").get();
    this.#nextRef = (optionalIntegerOf(last, "seq") ?? -1) + 1;
    this.#count = optionalIntegerOf(this.#database.prepare("SELECT count(*) AS n FROM series").get(), "n") ?? 0;
  }

  get size(): number {
    return this.#count;
  }

  /** Whether `ref` was given out and not taken back. */
  holds(ref: SeriesRef): boolean {
    return this.#texts.has(ref);
  }

  /** The number of these labels; a new one lasts from the next `flush` on. Throws `STORE_UNUSABLE` at the bound. */
  resolve(labels: Labels, nowMs: number): SeriesRef {
    const text = labelsText(labels);
    const held = this.#held.get(text);
    if (held !== undefined) return held;
    const row = this.#find.get(text);
    const ref = row === undefined ? this.#add(text, nowMs) : integerOf(row, "ref");
    this.#held.set(text, ref);
    this.#texts.set(ref, text);
    return ref;
  }

  release(ref: SeriesRef): void {
    // A series released before its first flush must be found again under the same number.
    this.flush();
    const text = this.#texts.get(ref);
    if (text === undefined) return;
    this.#texts.delete(ref);
    this.#held.delete(text);
    this.#seen.delete(ref);
  }

  /** Makes new series last. They are gathered in one transaction, because each commit here waits for the disk. */
  flush(): void {
    if (this.#pending.length === 0) return;
    transaction(this.#database, () => {
      for (const { ref, text, nowMs } of this.#pending) this.#insert.run(ref, text, nowMs);
    });
    this.#pending = [];
  }

  /** Notes that the partition from `partitionMs` on has samples of these series; at most one write per series and partition. */
  see(refs: Uint32Array, partitionMs: number): void {
    this.flush();
    const stale = refs.filter((ref) => (this.#seen.get(ref) ?? -Infinity) < partitionMs);
    if (stale.length === 0) return;
    transaction(this.#database, () => {
      for (const ref of stale) this.#see.run(partitionMs, ref);
    });
    for (const ref of stale) if (this.#texts.has(ref)) this.#seen.set(ref, partitionMs);
  }

  /** Forgets series whose samples are all before `oldestMs`, in steps. */
  *sweep(oldestMs: number): Generator<void> {
    this.flush();
    const find = this.#database.prepare("SELECT ref FROM series WHERE ref > ? AND seen < ? ORDER BY ref LIMIT ?");
    const remove = this.#database.prepare("DELETE FROM series WHERE ref = ?");
    for (let after = -1; ;) {
      const rows = find.all(after, oldestMs, sweepRows).map((row) => integerOf(row, "ref"));
      const forgotten = rows.filter((ref) => !this.#texts.has(ref));
      if (forgotten.length > 0) {
        transaction(this.#database, () => {
          for (const ref of forgotten) remove.run(ref);
          this.#database.exec("UPDATE sweeps SET count = count + 1");
        });
        this.#count -= forgotten.length;
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < sweepRows) return;
      after = last;
      yield;
    }
  }

  checkpoint(): void {
    this.flush();
    this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  close(): void {
    try {
      this.checkpoint();
    } finally {
      this.#database.close();
    }
  }

  #add(text: string, nowMs: number): SeriesRef {
    if (this.#count >= maxSeries) {
      throw new ChainPulseError("STORE_UNUSABLE", `the store has ${maxSeries} series and takes no new ones`, {
        fix: "Find the label that has too many values, and drop it at its source.",
      });
    }
    this.#count++;
    const ref = this.#nextRef++;
    this.#pending.push({ ref, text, nowMs });
    return ref;
  }
}

function labelsText(labels: Labels): string {
  const names = Object.keys(labels);
  // Most callers give them sorted, as the contract says; sorting makes the text the same for those who do not.
  const sorted = names.every((name, i) => i === 0 || (names[i - 1] ?? "") < name);
  return sorted ? JSON.stringify(labels) : JSON.stringify(Object.fromEntries(names.sort().map((name) => [name, labels[name]])));
}
