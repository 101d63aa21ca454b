/** One of the catalogue's two files: its tables, its formats, and what is read from and written to it. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { encodeLabels, encodeSeen, chunkOf, type StoredChunk } from "./catalog-chunk.ts";
import {
  blobOf,
  DamagedFileError,
  integerOf,
  openForReading,
  openForWriting,
  optionalIntegerOf,
  type Schema,
  snapshot,
  textOf,
  transaction,
} from "../database.ts";
import { type Prepared, preparedOnce } from "../prepared-once.ts";
import { LabelTable } from "./label-table.ts";

/** The catalogue's one row about itself. */
export interface CatalogHead {
  /** Every number from here on is free, and none below it will be given out again. */
  readonly nextRef: number;
  /** Series in all chunks. */
  readonly series: number;
  /** How often series were forgotten: readers load everything anew when it changes. */
  readonly sweeps: number;
  /** How often the file was written to; of two copies the one with more is the newer. */
  readonly changes: number;
}

/** What one transaction does to the chunks. */
export interface CatalogChange {
  readonly chunks?: readonly StoredChunk[];
  readonly seen?: readonly Pick<StoredChunk, "id" | "seen">[];
  readonly removed?: readonly number[];
}

/** `FULL`: a commit is on the disk on return. `NORMAL`: it survives the end of the process, see database.ts. */
export type Synchronous = "NORMAL" | "FULL";

const headPlace = "head of the catalogue";
/** Of a new file. */
export const emptyHead: CatalogHead = { nextRef: 0, series: 0, sweeps: 0, changes: 0 };

function encodeHead(head: CatalogHead): Uint8Array {
  return withChecksum(headPlace, Buffer.from(JSON.stringify(head)));
}

const tables = `
  -- See catalog-chunk.ts.
  CREATE TABLE chunks (id INTEGER PRIMARY KEY, labels BLOB NOT NULL, seen BLOB NOT NULL);
  -- One row: JSON of a CatalogHead and a checksum.
  CREATE TABLE head (data BLOB NOT NULL);
  INSERT INTO head VALUES (x'${Buffer.from(encodeHead(emptyHead)).toString("hex")}');`;

export const catalogSchema: Schema = { version: 2, sql: tables, migrations: [fromRowsToChunks], pageBytes: 512 };

export class CatalogFile {
  readonly path: string;
  readonly #database: DatabaseSync;
  readonly #prepared: Prepared;
  readonly #readHead: StatementSync;

  private constructor(path: string, database: DatabaseSync) {
    this.path = path;
    this.#database = database;
    this.#prepared = preparedOnce(database);
    try {
      this.#readHead = database.prepare("SELECT data FROM head");
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** Makes or migrates the file. Throws `STORE_TOO_NEW`, or what SQLite throws. */
  static forWriting(path: string, synchronous: Synchronous): CatalogFile {
    return new CatalogFile(path, openForWriting(path, catalogSchema, synchronous));
  }

  /** `null` where there is no catalogue in this format yet. Throws `STORE_TOO_NEW`, or what SQLite throws. */
  static forReading(path: string): CatalogFile | null {
    const database = openForReading(path, catalogSchema);
    return database === null ? null : new CatalogFile(path, database);
  }

  /** Throws `DamagedFileError` where SQLite's own structures are not sound: reading may work then, but the next write does not. */
  check(): void {
    const found = this.#database.prepare("PRAGMA quick_check(1)").get();
    const text = found === undefined ? "nothing" : textOf(found, "quick_check");
    if (text !== "ok") throw new DamagedFileError(`${this.path}: ${text}`);
  }

  /** Throws `DamagedFileError`. */
  head(): CatalogHead {
    const row = this.#readHead.get();
    if (row === undefined) throw new DamagedFileError("the catalogue has lost its head");
    const head: unknown = JSON.parse(Buffer.from(checkedBytes(headPlace, blobOf(row, "data"))).toString());
    if (isHead(head)) return head;
    throw new DamagedFileError("the catalogue's head is of an unknown form");
  }

  /** The chunks from `firstId` on, ascending, as they lie there: unchecked. */
  *chunks(firstId = 0): Generator<StoredChunk> {
    const rows = this.#database.prepare("SELECT id, labels, seen FROM chunks WHERE id >= ? ORDER BY id").iterate(firstId);
    for (const row of rows) yield storedChunkOf(row);
  }

  chunk(id: number): StoredChunk | null {
    const row = this.#database.prepare("SELECT id, labels, seen FROM chunks WHERE id = ?").get(id);
    return row === undefined ? null : storedChunkOf(row);
  }

  /** Runs `read` on one state of the file. */
  snapshot<T>(read: () => T): T {
    return snapshot(this.#database, read);
  }

  /** All of it or nothing. */
  write({ chunks = [], seen = [], removed = [] }: CatalogChange, head: CatalogHead): void {
    transaction(this.#database, () => {
      putChunks(this.#prepared, chunks);
      const updateSeen = this.#prepared("UPDATE chunks SET seen = ? WHERE id = ?");
      for (const one of seen) updateSeen.run(one.seen, one.id);
      const remove = this.#prepared("DELETE FROM chunks WHERE id = ?");
      for (const id of removed) remove.run(id);
      this.#prepared("UPDATE head SET data = ?").run(encodeHead(head));
    });
  }

  /** Brings the log into the file, as far as readers allow. */
  checkpoint(): void {
    this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  }

  close(): void {
    this.#database.close();
  }
}

function putChunks(prepared: Prepared, chunks: readonly StoredChunk[]): void {
  const put = prepared("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?)");
  for (const { id, labels, seen } of chunks) put.run(id, labels, seen);
}

function storedChunkOf(row: Parameters<typeof integerOf>[0]): StoredChunk {
  return { id: integerOf(row, "id"), labels: blobOf(row, "labels"), seen: blobOf(row, "seen") };
}

function isHead(value: unknown): value is CatalogHead {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.keys(emptyHead).every((key) => Number.isSafeInteger(Object.entries(value).find(([name]) => name === key)?.[1]))
  );
}

/** Format 1 had a row for each series, its labels as JSON, and a unique index over them. */
function fromRowsToChunks(database: DatabaseSync): void {
  const nextRef = optionalIntegerOf(database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'series'").get(), "seq");
  const sweeps = optionalIntegerOf(database.prepare("SELECT count FROM sweeps").get(), "count") ?? 0;
  const table = new LabelTable();
  const seenMs: number[] = [];
  for (const row of database.prepare("SELECT ref, labels, seen FROM series ORDER BY ref").iterate()) {
    const labels = Object.entries(parseLabels(textOf(row, "labels")));
    table.append(
      integerOf(row, "ref"),
      labels.map(([name, value]) => table.pair(name, value)),
    );
    seenMs.push(integerOf(row, "seen"));
  }
  database.exec("DROP TABLE series; DROP TABLE sweeps");
  database.exec(tables);
  const rowsByChunk = Map.groupBy(seenMs.keys(), (row) => chunkOf(table.refOf(row)));
  const chunks = Array.from(rowsByChunk, ([id, rows]) => ({
    id,
    labels: encodeLabels(id, table, rows),
    seen: encodeSeen(
      id,
      rows.map((row) => seenMs[row] ?? 0),
    ),
  }));
  putChunks(preparedOnce(database), chunks);
  const head: CatalogHead = { nextRef: (nextRef ?? -1) + 1, series: table.rows, sweeps: sweeps + 1, changes: 1 };
  database.prepare("UPDATE head SET data = ?").run(encodeHead(head));
}

function parseLabels(text: string): Readonly<Record<string, string>> {
  const labels: unknown = JSON.parse(text);
  if (isLabels(labels)) return labels;
  throw new DamagedFileError("the catalogue has labels that are not names and texts");
}

function isLabels(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null && Object.values(value).every((text) => typeof text === "string");
}
