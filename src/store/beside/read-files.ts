/**
 * The files of one kind of telemetry, as a reader sees them: each is opened when it is first asked, and stays open. What is damaged is
 * left out, and the answer says so; a file that cannot be opened is renamed, unless it is the one that is written to.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "../../core/logger.ts";
import type { ReadAllowance } from "../../core/telemetry-reader.ts";
import { isDamage, isTruncation, openForReading, type Schema, storeError } from "../database.ts";
import { hasWal, inodeOf, listFiles, type PartitionFile, setAside } from "../partition/partition-files.ts";

export interface ReadFilesOptions<T> {
  readonly directory: string;
  readonly schema: Schema;
  /** Prepares what reads from the open file. */
  readonly prepare: (database: DatabaseSync, path: string) => T;
  readonly logger: Logger;
}

/** A file that is open for reading. */
export interface ReadFile<T> extends PartitionFile {
  readonly content: T;
}

interface OpenFile<T> extends ReadFile<T> {
  readonly database: DatabaseSync;
  /** Tells it from another one of the same name, after one was set aside. */
  readonly inode: bigint | null;
}

export class ReadFiles<T> {
  readonly #options: ReadFilesOptions<T>;
  readonly #open = new Map<string, OpenFile<T>>();

  constructor(options: ReadFilesOptions<T>) {
    this.#options = options;
  }

  /** What there is now, newest first. Throws `STORE_TOO_NEW`, `STORE_UNUSABLE`. */
  list(allowance: ReadAllowance): readonly ReadFile<T>[] {
    const listed = listFiles(this.#options.directory);
    const paths = new Set(listed.map(({ path }) => path));
    for (const { path, inode, database } of this.#open.values()) {
      if (paths.has(path) && inodeOf(path) === inode) continue;
      database.close();
      this.#open.delete(path);
    }
    return listed.toReversed().flatMap((file, index) => {
      allowance.check();
      const open = this.#open.get(file.path) ?? this.#openOrTell(file, index === 0, allowance);
      return open === null ? [] : [open];
    });
  }

  /** What `read` gives; `null`, and a note in the answer, where that is damaged. */
  read<R>(file: ReadFile<T>, allowance: ReadAllowance, read: (content: T) => R): R | null {
    try {
      return read(file.content);
    } catch (error) {
      tellDamage(file, error, allowance);
      return null;
    }
  }

  close(): void {
    for (const { database } of this.#open.values()) database.close();
    this.#open.clear();
  }

  /** `null` where there is nothing to be read: damaged, just begun, or deleted since it was listed. */
  #openOrTell(file: PartitionFile, isNewest: boolean, allowance: ReadAllowance): OpenFile<T> | null {
    try {
      return this.#openFile(file, isNewest);
    } catch (error) {
      if (!isDamage(error) && !isTruncation(error)) throw storeError(error, file.path, "open");
      tellDamage(file, error, allowance);
      // The writer has the newest one open, and finds the damage itself.
      if (!isNewest) this.#setAside(file, error);
      return null;
    }
  }

  #setAside({ path }: PartitionFile, error: unknown): void {
    this.#options.logger.error("a file was damaged: it was set aside", { path: setAside(path, "corrupt"), error });
  }

  #openFile(file: PartitionFile, isNewest: boolean): OpenFile<T> | null {
    const { schema, prepare } = this.#options;
    const inode = inodeOf(file.path);
    const database = openForReading(file.path, schema, isNewest || hasWal(file.path) ? "shared" : "immutable");
    if (database === null) return null;
    try {
      const open: OpenFile<T> = { ...file, content: prepare(database, file.path), database, inode };
      this.#open.set(file.path, open);
      return open;
    } catch (error) {
      database.close();
      throw error;
    }
  }
}

/** Notes that a file is damaged; throws the error where it means something else. */
export function tellDamage({ path }: Pick<PartitionFile, "path">, error: unknown, allowance: ReadAllowance): void {
  if (!isDamage(error) && !isTruncation(error)) throw error;
  allowance.note(`${path} is damaged, and a part of it is missing here: ${error.message}`);
}
