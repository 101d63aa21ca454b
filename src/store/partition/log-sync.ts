/**
 * Brings a database's log to the disk: at once, or in the background so that no tick waits for a slow disk.
 *
 * After an error the system forgets which of its pages were not written, and the next call succeeds without having written them. So one
 * failure is kept until all of the log has been copied into the database, and that was synced; until then nobody is told that samples
 * are on the disk. Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

export class LogSync {
  readonly #path: string;
  /** SQLite keeps the same log file as long as its connection is open, so the descriptor stays good. */
  #file: number | null = null;
  #isPending = false;
  #failure: Error | null = null;

  /** `path`: of the database. */
  constructor(path: string) {
    this.#path = `${path}-wal`;
  }

  /** Whether commits may be lost by a power loss, however often one syncs. */
  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** The log on the disk on return. Throws the system's error, also that of an earlier call. */
  sync(): void {
    if (this.#failure !== null) throw this.#failure;
    const file = this.#open();
    try {
      fdatasyncSync(file);
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }

  /** The same without waiting; `onFailure` is called when it fails and did not before. Free while an earlier one is under way. */
  start(onFailure: (error: Error) => void): void {
    if (this.#isPending) return;
    const file = this.#open();
    this.#isPending = true;
    fdatasync(file, (error) => {
      this.#isPending = false;
      // Closed meanwhile: the descriptor was left open for this call.
      if (this.#file === null) closeSync(file);
      if (error === null) return;
      const isNew = this.#failure === null;
      this.#failure = error;
      if (isNew) onFailure(error);
    });
  }

  /** All of the log is in the database, and that is on the disk. */
  reset(): void {
    this.#failure = null;
  }

  close(): void {
    if (this.#file !== null && !this.#isPending) closeSync(this.#file);
    this.#file = null;
  }

  #open(): number {
    this.#file ??= openSync(this.#path, "r+");
    return this.#file;
  }
}
