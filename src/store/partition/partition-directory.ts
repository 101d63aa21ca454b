/**
 * The files of one directory as a reader knows them. Every query asks whether there are others now, and hardly ever there are: the names
 * are read again only where the directory has changed, which one `stat` tells.
 */
import { statSync } from "node:fs";
import { systemClock } from "../../core/clock.ts";
import { hasWal, inodeOf, listCorruptFiles, listFiles, type PartitionFile } from "./partition-files.ts";

/**
 * A change that is not older than this may be followed by another one with the same time: file systems count in steps of up to two
 * seconds (FAT). Times of files are the system's, so that they are compared with its clock.
 */
const settledAfterMs = 3000;

export class PartitionDirectory {
  readonly #path: string;
  readonly #withLogs: boolean;
  /** Which directory it was, and when it changed last; `null` where that does not tell whether it has changed again. */
  #seen: string | null = null;
  #files: readonly PartitionFile[] = [];
  #aside: readonly PartitionFile[] = [];
  #identities = "";

  /** `withLogs`: whether it is a change where a file has got a log, or has it no more. */
  constructor(path: string, withLogs = false) {
    this.#path = path;
    this.#withLogs = withLogs;
  }

  /** Oldest first. */
  get files(): readonly PartitionFile[] {
    return this.#files;
  }

  /** What was set aside as damaged. */
  get aside(): readonly PartitionFile[] {
    return this.#aside;
  }

  /** Looks what there is; true where the files are other ones than before. */
  refresh(): boolean {
    // Before the names are read: what changes meanwhile is seen next time.
    const found = statSync(this.#path, { throwIfNoEntry: false });
    const seen = found === undefined ? null : `${found.dev}/${found.ino}/${found.mtimeMs}/${found.ctimeMs}`;
    if (seen !== null && seen === this.#seen) return false;
    const isSettled = found !== undefined && systemClock.nowMs() - found.mtimeMs > settledAfterMs;
    const files = listFiles(this.#path);
    const aside = listCorruptFiles(this.#path);
    // The inode too: a file may have been set aside and made anew under its name.
    const identities = files.map(({ path }) => `${path}#${inodeOf(path)}${this.#withLogs && hasWal(path) ? "+" : ""}`).join();
    const isChanged = identities !== this.#identities;
    this.#files = files;
    this.#aside = aside;
    this.#identities = identities;
    this.#seen = isSettled ? seen : null;
    return isChanged;
  }
}
