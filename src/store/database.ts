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
import { existsSync, renameSync, rmSync, statSync } from "node:fs";
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
  /** From version 1 to 2, from 2 to 3 …; all that are needed run in one transaction. A version before them is not supported. */
  readonly migrations?: readonly ((database: DatabaseSync) => void)[];
  /** Readers know the formats from this one on; default: only the present one. */
  readonly oldestReadable?: number;
  /** Of a new file; default: SQLite's 4,096. Small files with few rows waste less with smaller pages. */
  readonly pageBytes?: number;
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
/** "CP", in the upper half of SQLite's `application_id`; the lower half has the version once more. */
const applicationId = 0x4350_0000;
/** KiB of page cache per connection: the blobs are read once, the kernel caches the file. */
const cacheKib = 512;

/**
 * Opens for writing; makes the file and its tables where they are missing, and brings an older format to the present one. Throws
 * `STORE_TOO_NEW`, or what SQLite throws.
 */
export function openForWriting(path: string, schema: Schema, synchronous: "NORMAL" | "FULL" = "NORMAL"): DatabaseSync {
  refuseHeadless(path);
  makePrivate(path);
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs });
  try {
    // Both before the first table, or they have no effect. The pages of sealed ticks are given back to the file system at the end.
    if (schema.pageBytes !== undefined) database.exec(`PRAGMA page_size = ${schema.pageBytes}`);
    database.exec("PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = ${synchronous}; PRAGMA cache_size = -${cacheKib}`);
    bringUpToDate(database, schema, schemaVersion(database, path, schema));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Makes a database under another name and gives it its own when its tables are in it, so that an empty file is never one that was
 * begun just now: it is one that has lost its content.
 */
export function createDatabase(path: string, schema: Schema): void {
  const unfinished = `${path}.new`;
  for (const companion of ["", "-wal", "-shm"]) rmSync(`${unfinished}${companion}`, { force: true });
  openForWriting(unfinished, schema).close();
  renameSync(unfinished, path);
}

function bringUpToDate(database: DatabaseSync, { version, sql, migrations = [] }: Schema, found: number): void {
  if (found === version) return;
  transaction(database, () => {
    if (found === 0) database.exec(sql);
    else for (const migrate of migrations.slice(found - 1)) migrate(database);
    database.exec(`PRAGMA user_version = ${version}; PRAGMA application_id = ${applicationId ^ version}`);
  });
  // What the old format took and the new one does not.
  if (found > 0) database.exec("PRAGMA incremental_vacuum");
}

/**
 * Throws where a database has been cut to nothing beside its log: SQLite takes it for a new one and deletes the log. Source: sqlite.org,
 * pager.c, pagerOpenWalIfPresent. It is never so by itself, because the first page is written before there is a log.
 */
function refuseHeadless(path: string): void {
  const logSize = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (hasNoContent(path) && logSize > 0) throw new DamagedFileError("the file is empty, and its log is not");
}

/** Whether SQLite takes the file for an empty one; of a single byte it does too. Source: sqlite.org, os_unix.c, unixFileSize. */
export function hasNoContent(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  return size !== undefined && size <= 1;
}

/**
 * Makes an empty file that only this user can open; SQLite gives its log and its index the same permissions. Not only for what is in
 * it: whoever may read a `-shm` file may lock it, and stop the writer. The file appears complete and closed: see above.
 */
export function makePrivate(path: string): void {
  if (!existsSync(path)) writeFileAtomic(path, "", { mode: 0o600, overwrite: false });
}

/** Opens for reading; `null` where the file or its tables are not there (yet, or any more). Throws for another format. */
export function openForReading(path: string, schema: Schema, mode: ReadMode = "shared"): DatabaseSync | null {
  refuseHeadless(path);
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
    const version = schemaVersion(database, path, schema);
    if (version >= (schema.oldestReadable ?? schema.version)) return database;
    if (version > 0) throw tooOld(path, version, schema.version);
  } catch (error) {
    database.close();
    throw error;
  }
  database.close();
  return null;
}

/**
 * Whether the file may be written to as it is; false for an older format that is only read any more. A file that cannot be read is left to who
 * opens it for writing. Throws `STORE_TOO_NEW`.
 */
export function isOfPresentFormat(path: string, schema: Schema): boolean {
  if (schema.oldestReadable === undefined) return true;
  try {
    const database = openForReading(path, schema);
    if (database === null) return true;
    const version = schemaVersion(database, path, schema);
    database.close();
    return version === schema.version;
  } catch (error) {
    if (error instanceof ChainPulseError) throw error;
    return true;
  }
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
    // After some errors (a file that is too short) SQLite has rolled back by itself.
    if (database.isTransaction) database.exec("ROLLBACK");
  }
}

/** Throws `DamagedFileError` where the file's pages contradict each other. */
export function checkPages(database: DatabaseSync): void {
  const found = textOf(database.prepare("PRAGMA quick_check(1)").get() ?? {}, "quick_check");
  if (found !== "ok") throw new DamagedFileError(found);
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

/**
 * Whether SQLite finds the file whole, but not what we have made: without a table or a column that our statements name, or of a format
 * that it may only read. A flipped bit in the schema or in the header looks like that; so does a mistake in a statement of ours.
 */
export function isSchemaError(error: unknown): error is Error {
  const code = primaryCode(error);
  return code === sqliteError || code === sqliteReadOnly;
}

/** Whether the system could not read or write the file; a file that is too short (`SQLITE_IOERR_SHORT_READ`) is one that it could not read. */
export function isInputError(error: unknown): error is Error {
  return primaryCode(error) === sqliteIoError;
}

/** Whether the file is shorter than it says. */
export function isTruncation(error: unknown): error is Error {
  return error instanceof Error && "errcode" in error && error.errcode === sqliteShortRead;
}

/**
 * Whether the disk has no room. SQLite gives the system's ENOSPC its own code, but where it lengthens a `-shm` file it only says that
 * that failed; a quota is an error of the system that it does not tell from others, and Node does.
 */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ChainPulseError) return error.code === "STORE_FULL";
  if (primaryCode(error) === sqliteFull || ("errcode" in error && error.errcode === sqliteShmSize)) return true;
  return "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

/** The error that the operator sees: path, SQLite's or the system's words, what to do. `ChainPulseError`s pass as they are. */
export function storeError(error: unknown, path: string, doing: string): ChainPulseError {
  if (error instanceof ChainPulseError) return error;
  const message = `${doing} ${path}: ${error instanceof Error ? error.message : String(error)}`;
  if (isDiskFull(error)) {
    const fix = "Free space on the disk, or lower storage.max_bytes; writing goes on by itself then.";
    return new ChainPulseError("STORE_FULL", message, { fix, cause: error });
  }
  return new ChainPulseError("STORE_UNUSABLE", message, {
    fix: "Check that the directory exists, is writable for this user, and that its disk works; or choose another storage.data_dir.",
    cause: error,
  });
}

// Primary result codes. Source: sqlite.org/rescode.html.
const sqliteError = 1;
const sqliteBusy = 5;
const sqliteReadOnly = 8;
const sqliteIoError = 10;
/** An extended code of the one above. */
const sqliteShortRead = 522;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteCantOpen = 14;
const sqliteNotADatabase = 26;
/** Extended: SQLITE_IOERR_SHMSIZE. */
const sqliteShmSize = 10 | (19 << 8);

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === sqliteBusy;
}

function primaryCode(error: unknown): number | null {
  // The low byte of an extended result code is the primary one.
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode & 0xff : null;
}

function schemaVersion(database: DatabaseSync, path: string, schema: Schema): number {
  const found = optionalIntegerOf(database.prepare("PRAGMA user_version").get(), "user_version") ?? 0;
  const copy = (optionalIntegerOf(database.prepare("PRAGMA application_id").get(), "application_id") ?? 0) ^ applicationId;
  // A flipped bit must not make an empty file of a full one, nor one of a newer version that nobody may touch.
  const version = copy === schema.version && isOneBit(found ^ copy) ? copy : found;
  if (version <= schema.version) return version;
  throw new ChainPulseError("STORE_TOO_NEW", `${path} has format ${version}, this version knows up to ${schema.version}`, {
    fix: "Start the newer ChainPulse again, or choose another storage.data_dir.",
  });
}

function tooOld(path: string, version: number, present: number): ChainPulseError {
  return new ChainPulseError("STORE_UNUSABLE", `${path} has the older format ${version}, this version reads ${present}`, {
    fix: "Start ChainPulse on this data directory once: it brings the files up to date.",
  });
}

function isOneBit(word: number): boolean {
  return word !== 0 && (word & (word - 1)) === 0;
}

function immutableUrl(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return url;
}
