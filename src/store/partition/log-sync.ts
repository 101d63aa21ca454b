/**
 * Brings a log that others write, a database's or one of ours, to the disk: at once, or in the background so that no tick waits for a slow disk.
 *
 * After an error the system forgets which of its pages were not written, and the next call succeeds without having written them. So one
 * failure is kept until all of the log has been copied into the database, and that was synced; until then nobody is told that samples
 * are on the disk. Source: Rebello et al., "Can Applications Recover from fsync Failures?", USENIX ATC 2020.
 */
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** What the operator is told. */
export const syncFailed = "the disk has failed to take samples: the newest ones would be lost with its power";

/** Called when the disk fails and did not before. */
export type OnSyncFailure = (error: Error) => void;

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

export class LogSync {
  readonly #path: string;
  /** SQLite keeps the same log as long as its connection is open, so the descriptor stays good. */
  #file: number | null = null;
  /** Whether something was written since the last call of the system began. */
  #isDirty = false;
  /** Who waits for the call of the system that is under way; `null` without one. */
  #served: readonly Waiter[] | null = null;
  /** Who has come since with something new, and waits for the next one. */
  #waiting: Waiter[] = [];
  #failure: Error | null = null;

  /** `path`: of the log itself. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Whether commits may be lost by a power loss, however often one syncs. */
  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Something was committed that somebody will be told of: `synced` has something to wait for. */
  wrote(): void {
    this.#isDirty = true;
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

  /** Starts to bring the log to the disk, and does not wait for it. Free while that is under way. */
  start(onFailure: OnSyncFailure): void {
    if (this.#served === null) this.#begin(this.#open(), onFailure);
  }

  /**
   * Resolves when all that `wrote` told of before is on the disk; at once where it is. Who comes while the system is at work waits for its
   * next call, together with all others who do. Rejects with the system's error, also that of an earlier call.
   */
  synced(onFailure: OnSyncFailure): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== null) reject(this.#failure);
      else if (this.#isDirty) {
        this.#waiting.push({ resolve, reject });
        this.start(onFailure);
      } else if (this.#served === null) resolve();
      else this.#served = [...this.#served, { resolve, reject }];
    });
  }

  /** All of the log is elsewhere too, and that is on the disk. */
  reset(): void {
    this.#failure = null;
  }

  close(): void {
    if (this.#file !== null && this.#served === null) closeSync(this.#file);
    this.#file = null;
  }

  #begin(file: number, onFailure: OnSyncFailure): void {
    this.#served = this.#waiting;
    this.#waiting = [];
    this.#isDirty = false;
    fdatasync(file, (error) => {
      const served = this.#served ?? [];
      this.#served = null;
      const isNew = error !== null && this.#failure === null;
      this.#failure ??= error;
      for (const waiter of served) {
        if (this.#failure === null) waiter.resolve();
        else waiter.reject(this.#failure);
      }
      if (isNew) onFailure(error);
      if (this.#waiting.length > 0) this.#begin(file, onFailure);
      // Closed meanwhile: the descriptor was left open for this call.
      else if (this.#file === null) closeSync(file);
    });
  }

  #open(): number {
    this.#file ??= openSync(this.#path, "r+");
    return this.#file;
  }
}
