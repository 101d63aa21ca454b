/**
 * How the store opens SQLite files: pragmas, schema version, and what an error of SQLite means for the operator.
 *
 * Durability. `synchronous=NORMAL` in WAL mode: a commit is a write to the log file, which survives the end of this process however
 * it ends; the log reaches the disk with the next `fdatasync` of it (at most a second later, see `writer.ts`) or checkpoint.
 * Measured with a row of 12 KB: 98 µs CPU per commit, against 220 µs and a wait for the disk with FULL.
 *
 * Never open a database file (nor its `-shm`) with `node:fs` while this process has it open: POSIX locks belong to the process, and
 * closing any descriptor of the file drops SQLite's. Source: sqlite.org/howtocorrupt.html, 2.2. The `-wal` file carries no locks.
 */
import { existsSync } from "node:fs";
import { endianness } from "node:os";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { ChainPulseError } from "../core/errors.ts";
import { writeFileAtomic } from "../io/atomic-file.ts";

if (endianness() !== "LE")
  throw new Error("ChainPulse's store needs a little-endian machine: its blobs are typed arrays as they are");

export interface Schema {
  /** Kept in `PRAGMA user_version`; 0 means that the tables are not there yet. */
  readonly version: number;
  readonly sql: string;
}

/** `immutable`: nobody writes the file any more; SQLite then takes no lock and leaves no `-wal` and `-shm` behind. */
export type ReadMode = "shared" | "immutable";

/** A file whose content contradicts itself: a checksum, a length, a column of another type. */
export class DamagedFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DamagedFileError";
  }
}

/** How long a statement waits for another connection's lock before it fails, ms. */
const busyTimeoutMs = 5000;
/** KiB of page cache per connection: the blobs are read once, the kernel caches the file. */
const cacheKib = 512;

/** Opens for writing; makes the file and its tables where they are missing. Throws `STORE_TOO_NEW`, or what SQLite throws. */
export function openForWriting(path: string, schema: Schema, synchronous: "NORMAL" | "FULL" = "NORMAL"): DatabaseSync {
  makePrivate(path);
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // Before the first table, or it has no effect: the pages of sealed ticks are given back to the file system at the end.
    database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -${cacheKib}`);
    if (schemaVersion(database, path, schema) === 0) {
      transaction(database, () => database.exec(`${schema.sql}; PRAGMA user_version = ${schema.version}`));
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Makes an empty file that only this user can open; SQLite gives its log and its index the same permissions. Not only for what is in
 * it: whoever may read a `-shm` file may lock it, and stop the writer. The file appears complete and closed: see above.
 */
export function makePrivate(path: string): void {
  if (!existsSync(path)) writeFileAtomic(path, "", { mode: 0o600, overwrite: false });
}

/** Opens for reading; `null` where the file or its tables are not there (yet, or any more). */
export function openForReading(path: string, schema: Schema, mode: ReadMode = "shared"): DatabaseSync | null {
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(mode === "immutable" ? immutableUrl(path) : path, { readOnly: true, timeout: busyTimeoutMs });
  } catch (error) {
    // SQLite has one code for "is not there" and "may not be read"; only the first is no error.
    if (primaryCode(error) === sqliteCantOpen && !existsSync(path)) return null;
    throw error;
  }
  try {
    database.exec(`PRAGMA cache_size = -${cacheKib}`);
    if (schemaVersion(database, path, schema) > 0) return database;
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return null;
}

/** Runs `work` between BEGIN IMMEDIATE and COMMIT; takes everything back when it throws. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some errors (a full disk); a second ROLLBACK would hide the first error.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

/** Runs `work` on one state of the database, whatever the writer does meanwhile. */
export function snapshot<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN");
  try {
    return work();
  } finally {
    database.exec("ROLLBACK");
  }
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/** A column that must be an integer; a damaged file may hold anything. */
export function integerOf(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new DamagedFileError(`column ${column} is not an integer`);
}

export function optionalIntegerOf(row: Row | undefined, column: string): number | null {
  return row === undefined || row[column] === null ? null : integerOf(row, column);
}

export function textOf(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  throw new DamagedFileError(`column ${column} is not a text`);
}

export function blobOf(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw new DamagedFileError(`column ${column} is not a blob`);
}

/** Whether the file's content cannot be trusted, as against a full disk, a lock or a missing permission. */
export function isDamage(error: unknown): error is Error {
  const code = primaryCode(error);
  return error instanceof DamagedFileError || code === sqliteCorrupt || code === sqliteNotADatabase;
}

/** The error that the operator sees: path, SQLite's or the system's words, what to do. `ChainPulseError`s pass as they are. */
export function storeError(error: unknown, path: string, doing: string): ChainPulseError {
  if (error instanceof ChainPulseError) return error;
  const code = primaryCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  const fix =
    code === sqliteFull
      ? "Free space on the disk, or lower storage.max_bytes; writing goes on by itself then."
      : "Check that the directory exists, is writable for this user, and that its disk works; or choose another storage.data_dir.";
  return new ChainPulseError("STORE_UNUSABLE", `${doing} ${path}: ${reason}`, { fix, cause: error });
}

// Primary result codes. Source: sqlite.org/rescode.html.
const sqliteBusy = 5;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteCantOpen = 14;
const sqliteNotADatabase = 26;

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === sqliteBusy;
}

function primaryCode(error: unknown): number | null {
  // The low byte of an extended result code is the primary one.
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : null;
}

function schemaVersion(database: DatabaseSync, path: string, schema: Schema): number {
  const version = optionalIntegerOf(database.prepare("PRAGMA user_version").get(), "user_version") ?? 0;
  if (version <= schema.version) return version;
  throw new ChainPulseError("STORE_TOO_NEW", `${path} has format ${version}, this version knows up to ${schema.version}`, {
    fix: "Start the newer ChainPulse again, or choose another storage.data_dir.",
  });
}

function immutableUrl(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return url;
}
