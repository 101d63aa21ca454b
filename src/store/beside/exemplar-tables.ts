/** Exemplars: the newest ones that came in, with the labels of their series. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Exemplar, SeriesExemplars } from "../../core/exemplar.ts";
import { type Labels, labelsKey } from "../../core/labels.ts";
import { withChecksum } from "../checksum.ts";
import { integerOf, type Schema } from "../database.ts";

export const exemplarSchema: Schema = {
  version: 1,
  // The key of an exemplar holds all of it, so that one that comes again is known; see `exemplarKey`.
  sql: `
    CREATE TABLE series (id INTEGER PRIMARY KEY, labels BLOB NOT NULL UNIQUE) STRICT;
    CREATE TABLE exemplar (
      id INTEGER PRIMARY KEY, series INTEGER NOT NULL, ts INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (series, ts, body)
    ) STRICT;`,
};

/** Characters of all names and values of an exemplar's labels. Source: OpenMetrics 1.0, Exemplars; Prometheus, model/exemplar. */
export const exemplarCharsMax = 128;
/** What may be there beyond the bound before the oldest go: deleting is done for many at once. */
const slack = 0.05;

export class ExemplarTables {
  readonly #findSeries: StatementSync;
  readonly #insertSeries: StatementSync;
  readonly #insert: StatementSync;
  readonly #prune: StatementSync;
  readonly #pruneSeries: StatementSync;
  readonly #max: number;
  #count: number;

  constructor(database: DatabaseSync, max: number) {
    this.#max = max;
    this.#findSeries = database.prepare("SELECT id FROM series WHERE labels = ?");
    this.#insertSeries = database.prepare("INSERT INTO series (labels) VALUES (?)");
    this.#insert = database.prepare("INSERT OR IGNORE INTO exemplar (series, ts, body) VALUES (?, ?, ?)");
    this.#prune = database.prepare(
      "DELETE FROM exemplar WHERE id <= (SELECT id FROM exemplar ORDER BY id DESC LIMIT 1 OFFSET ?)",
    );
    this.#pruneSeries = database.prepare("DELETE FROM series WHERE id NOT IN (SELECT series FROM exemplar)");
    this.#count = integerOf(database.prepare("SELECT count(*) AS count FROM exemplar").get() ?? {}, "count");
  }

  /** In a transaction of the caller. Returns how many were new. */
  add(all: readonly SeriesExemplars[]): number {
    const before = this.#count;
    for (const { series, exemplars } of all) {
      const id = this.#seriesOf(series);
      for (const exemplar of exemplars) {
        this.#count += Number(this.#insert.run(id, Math.round(exemplar.timestampMs), exemplarBody(exemplar)).changes);
      }
    }
    const added = this.#count - before;
    if (this.#count > this.#max * (1 + slack)) this.#pruneOldest();
    return added;
  }

  #pruneOldest(): void {
    this.#count -= Number(this.#prune.run(this.#max).changes);
    this.#pruneSeries.run();
  }

  #seriesOf(labels: Labels): number {
    const text = withChecksum("series", Buffer.from(labelsKey(labels)));
    const row = this.#findSeries.get(text);
    return row === undefined ? Number(this.#insertSeries.run(text).lastInsertRowid) : integerOf(row, "id");
  }
}

/** Whether an exemplar keeps the bound of its labels. */
export function fits({ labels }: Exemplar): boolean {
  let chars = 0;
  // Code points, as Go's runes: one of them may be two units of a string here.
  for (const text of Object.entries(labels).flat()) for (const _ of text) chars++;
  return chars <= exemplarCharsMax;
}

/** Eight bytes of the value, then the labels' key; and a checksum. */
function exemplarBody({ value, labels }: Exemplar): Uint8Array {
  const key = Buffer.from(labelsKey(labels));
  const bytes = Buffer.alloc(8 + key.length);
  bytes.writeDoubleLE(value);
  bytes.set(key, 8);
  return withChecksum("exemplar", bytes);
}
