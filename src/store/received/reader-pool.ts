/** The files of received samples that a reader has open, each as long as nobody begins to write to it. */
import type { Logger } from "../../core/logger.ts";
import { isDamage, isInputError, storeError } from "../database.ts";
import type { PartitionFile } from "../partition/partition-files.ts";
import { ReceivedReader } from "./received-reader.ts";

/** Files that stay open: three days of 6 h. */
const maxOpen = 12;
/** How often a file is read anew because the writer has begun to write to it meanwhile. */
const maxTries = 3;

export class ReaderPool {
  readonly #logger: Logger;
  /** By path, in the order of use. */
  readonly #open = new Map<string, ReceivedReader>();
  /** Files that cannot be read, and were named in the log. */
  readonly #reported = new Set<string>();
  /** Files that could not be read when that was tried last. */
  readonly #failing = new Set<string>();
  #failedReads = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** How often the disk has failed so far: what was read meanwhile lacks something that may be there. */
  get failedReads(): number {
    return this.#failedReads;
  }

  /** Whether a file could not be read when that was tried last. */
  isFailing(path: string): boolean {
    return this.#failing.has(path);
  }

  /** Closes all of them, and forgets what could not be read. */
  reset(): void {
    this.close();
    this.#reported.clear();
    this.#failing.clear();
  }

  close(): void {
    for (const reader of this.#open.values()) reader.close();
    this.#open.clear();
  }

  /** Runs `work` on a file; `undefined` where it is gone, or cannot be read. */
  read<T>(file: PartitionFile, work: (reader: ReceivedReader) => T): T | undefined {
    for (let tries = 1; ; tries++) {
      try {
        const reader = this.#reader(file);
        const result = reader === null ? undefined : work(reader);
        if (reader !== null && !reader.isCurrent && tries < maxTries) {
          this.#drop(file);
          continue;
        }
        this.#failing.delete(file.path);
        return result;
      } catch (error) {
        const wasCurrent = this.#open.get(file.path)?.isCurrent ?? true;
        this.#drop(file);
        if (!wasCurrent && tries < maxTries) continue;
        if (!isDamage(error) && !isInputError(error)) throw storeError(error, file.path, "read");
        this.#reportFailing(file, error);
        return undefined;
      }
    }
  }

  #reportFailing({ path }: PartitionFile, error: Error): void {
    this.#failing.add(path);
    if (isInputError(error)) this.#failedReads++;
    if (this.#reported.has(path)) return;
    this.#reported.add(path);
    this.#logger.error("a file of received samples cannot be read; the rest is served", { path, error });
  }

  #drop({ path }: PartitionFile): void {
    this.#open.get(path)?.close();
    this.#open.delete(path);
  }

  #reader(file: PartitionFile): ReceivedReader | null {
    const reader = this.#open.get(file.path) ?? ReceivedReader.open(file);
    if (reader === null) return null;
    this.#open.delete(file.path);
    this.#open.set(file.path, reader);
    for (const [path, oldest] of this.#open) {
      if (this.#open.size <= maxOpen) break;
      oldest.close();
      this.#open.delete(path);
    }
    return reader;
  }
}
