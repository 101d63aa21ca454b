/**
 * One writing process per data directory. The lock is SQLite's own on `lock.db`, so the operating system drops it when the process
 * ends, however it ends: there is no stale lock to clean up. Readers, in any process, do not need it.
 */
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ChainPulseError } from "../core/errors.ts";
import { isRestorable } from "./catalog/catalog-files.ts";
import { isBusy, isDiskFull, makePrivate, optionalIntegerOf, transaction } from "./database.ts";

export interface StoreLock {
  release(): void;
}

/** Takes the lock, or throws `STORE_LOCKED` with the process that has it. */
export function acquireLock(dataDir: string): StoreLock {
  const path = join(dataDir, "lock.db");
  try {
    return lockFile(dataDir, path);
  } catch (error) {
    if (!isRestorable(error, path)) throw error;
    // There is nothing in it but the owner's number. In place: another process that has the lock keeps it.
    truncateSync(path);
    return lockFile(dataDir, path);
  }
}

function lockFile(dataDir: string, path: string): StoreLock {
  makePrivate(path);
  const database = new DatabaseSync(path);
  try {
    whereRoom(() =>
      transaction(database, () => {
        database.exec("CREATE TABLE IF NOT EXISTS owner (pid INTEGER NOT NULL); DELETE FROM owner");
        database.prepare("INSERT INTO owner VALUES (?)").run(process.pid);
      }),
    );
    // Held open until the release: others may still read who has it, but not begin to write.
    database.exec("BEGIN IMMEDIATE");
  } catch (error) {
    const owner = isBusy(error) ? readOwner(database) : null;
    database.close();
    if (!isBusy(error)) throw error;
    throw new ChainPulseError("STORE_LOCKED", `${dataDir} is in use by process ${owner ?? "(unknown)"}`, {
      fix: "Stop that process, or give this one another storage.data_dir.",
      cause: error,
    });
  }
  return { release: () => database.close() };
}

/** On a full disk the lock can be taken all the same; only the owner's number is missing. */
function whereRoom(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}

function readOwner(database: DatabaseSync): number | null {
  try {
    return optionalIntegerOf(database.prepare("SELECT pid FROM owner").get(), "pid");
  } catch (error) {
    // The owner is just now writing its number.
    if (isBusy(error)) return null;
    throw error;
  }
}
