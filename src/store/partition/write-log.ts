/**
 * The log of a file that ticks or received samples are committed to: when it is copied into the file, brought to the disk, and left behind.
 */
import type { DatabaseSync } from "node:sqlite";
import { integerOf } from "../database.ts";
import type { Prepared } from "../prepared-once.ts";
import { LogSync, type OnSyncFailure } from "./log-sync.ts";

/** What is written to the log between two checkpoints; one then takes about 5 ms, where all of a sealing's 8 MB take 25 (measured). */
const checkpointBytes = 1024 * 1024;
/** How long closing waits for readers before it leaves the rest of the log to the next opening, ms. */
const closeTimeoutMs = 200;

export class WriteLog {
  readonly #database: DatabaseSync;
  readonly #prepared: Prepared;
  readonly #sync: LogSync;
  /** Since the last checkpoint. */
  #bytes = 0;

  /** `path`: of the database. */
  constructor(database: DatabaseSync, prepared: Prepared, path: string) {
    this.#database = database;
    this.#prepared = prepared;
    this.#sync = new LogSync(`${path}-wal`);
    // The automatic checkpoint would run inside a commit; `checkpoint` does it between two of them instead.
    database.exec("PRAGMA wal_autocheckpoint = 0");
  }

  /** So many bytes were written. */
  wrote(bytes: number): void {
    this.#bytes += bytes;
  }

  /** So many bytes were committed that somebody will be told of: `synced` has something to wait for. */
  committed(bytes: number): void {
    this.#sync.wrote();
    this.wrote(bytes);
  }

  /** Copies the log into the file once it is worth it, as far as readers allow; never waits for them. */
  checkpoint(): void {
    if (this.#bytes < checkpointBytes && !this.#sync.hasFailed) return;
    this.#bytes = 0;
    const result = this.#prepared("PRAGMA wal_checkpoint(PASSIVE)").get() ?? {};
    // SQLite has synced the file when it has copied everything.
    if (integerOf(result, "log") === integerOf(result, "checkpointed")) this.#sync.reset();
  }

  /** The log on the disk on return: every commit so far survives a power loss. Throws where an earlier attempt has failed. */
  sync(): void {
    this.#sync.sync();
  }

  /** The same while commits go on. */
  synced(onFailure: OnSyncFailure): Promise<void> {
    return this.#sync.synced(onFailure);
  }

  /** Starts to do that. */
  syncSoon(onFailure: OnSyncFailure): void {
    this.#sync.start(onFailure);
  }

  /** Closes the database with everything in the one file. */
  close(): void {
    // A reader may stop the checkpoint, and once it is closed nobody brings this log to the disk any more.
    if (!this.#sync.hasFailed) this.#sync.sync();
    // Explicitly: with a reader still connected, closing alone would leave everything in the log.
    this.#database.exec(`PRAGMA busy_timeout = ${closeTimeoutMs}; PRAGMA wal_checkpoint(TRUNCATE)`);
    this.abandon();
  }

  /** Closes a database that is not worth another write. */
  abandon(): void {
    this.#sync.close();
    this.#database.close();
  }
}
