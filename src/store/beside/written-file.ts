/** One file as its writer sees it: made on the first write, set aside when it is damaged, synced when somebody asks. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "../../core/logger.ts";
import {
  checkPages,
  integerOf,
  isDamage,
  isDiskFull,
  openForWriting,
  type Schema,
  storeError,
  transaction,
} from "../database.ts";
import { setAside } from "../partition/partition-files.ts";
import { LogSync } from "../partition/log-sync.ts";

export interface WrittenFileOptions<Tables> {
  readonly path: string;
  readonly schema: Schema;
  /** Prepares what writes to the open file. What it remembers goes when a write fails. */
  readonly prepare: (database: DatabaseSync) => Tables;
  readonly logger: Logger;
}

interface OpenFile<Tables> {
  readonly database: DatabaseSync;
  readonly log: LogSync;
  /** `null` where what it remembered was of a transaction that was taken back. */
  tables: Tables | null;
}

/** How long closing waits for readers before it leaves the log to the next opening, ms. */
const closeTimeoutMs = 200;

export class WrittenFile<Tables> {
  readonly #options: WrittenFileOptions<Tables>;
  #open: OpenFile<Tables> | null = null;
  #isSynced = true;

  constructor(options: WrittenFileOptions<Tables>) {
    this.#options = options;
  }

  get path(): string {
    return this.#options.path;
  }

  /**
   * Runs `work` in one transaction. Durable on return against a kill. Throws `STORE_FULL`, `STORE_UNUSABLE`, `STORE_TOO_NEW`; nothing of
   * it is stored then. A damaged file is renamed, a new one begun, and the work done there.
   */
  write<R>(work: (tables: Tables) => R): R {
    try {
      return this.#attempt(work);
    } catch (error) {
      if (!isDamage(error)) throw this.#told(error);
      this.#setAside(error);
    }
    try {
      return this.#attempt(work);
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** What was written is on the disk on return. Throws `STORE_FULL`, `STORE_UNUSABLE`. */
  sync(): void {
    if (this.#open === null || this.#isSynced) return;
    const { database, log } = this.#open;
    try {
      if (log.hasFailed && isInDatabase(database, "PASSIVE")) log.reset();
      log.sync();
    } catch (error) {
      throw this.#told(error);
    }
    this.#isSynced = true;
  }

  /** Also syncs, as far as the disk allows. */
  close(): void {
    if (this.#open === null) return;
    const { database, log } = this.#open;
    this.#open = null;
    log.close();
    try {
      database.exec(`PRAGMA busy_timeout = ${closeTimeoutMs}`);
      isInDatabase(database, "TRUNCATE");
    } catch (error) {
      // The log stays beside the file, and the next opening takes it in.
      this.#options.logger.warn("a log could not be copied into its file", { path: this.path, error });
    }
    database.close();
  }

  #attempt<R>(work: (tables: Tables) => R): R {
    this.#open ??= this.#openFile();
    const open = this.#open;
    try {
      const result = transaction(open.database, () => work((open.tables ??= this.#options.prepare(open.database))));
      this.#isSynced = false;
      return result;
    } catch (error) {
      open.tables = null;
      throw error;
    }
  }

  #openFile(): OpenFile<Tables> {
    const { path, schema } = this.#options;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const database = openForWriting(path, schema);
    try {
      checkPages(database);
    } catch (error) {
      database.close();
      throw error;
    }
    return { database, log: new LogSync(`${path}-wal`), tables: null };
  }

  #setAside(error: Error): void {
    this.#open?.log.close();
    this.#open?.database.close();
    this.#open = null;
    const path = setAside(this.path, "corrupt");
    this.#options.logger.error("a file was damaged: it was set aside, and a new one begun", { path, error });
  }

  /** The error as the operator sees it, where the world has made it; a mistake of ours as it is. */
  #told(error: unknown): unknown {
    const isOfWorld =
      isDamage(error) || isDiskFull(error) || (error instanceof Error && ("errcode" in error || "syscall" in error));
    return isOfWorld ? storeError(error, this.path, "write") : error;
  }
}

/** Copies the log into the database and brings that to the disk; whether all of it is there. */
function isInDatabase(database: DatabaseSync, mode: "PASSIVE" | "TRUNCATE"): boolean {
  const result = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get() ?? {};
  return integerOf(result, "busy") === 0 && integerOf(result, "log") === integerOf(result, "checkpointed");
}
