/**
 * One writing process per data directory. The lock is SQLite's own on `lock.db`, so the operating system drops it when the process
 * ends, however it ends: there is no stale lock to clean up. Readers, in any process, do not need it.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { ChainPulseError } from "../core/errors.ts";
import { isBusy, makePrivate, optionalIntegerOf } from "./database.ts";

export interface StoreLock {
  release(): void;
}

/** Takes the lock, or throws `STORE_LOCKED` with the process that has it. */
export function acquireLock(dataDir: string): StoreLock {
  const path = join(dataDir, "lock.db");
  makePrivate(path);
  const database = new DatabaseSync(path);
  try {
    database.exec("BEGIN IMMEDIATE");
    database.exec("CREATE TABLE IF NOT EXISTS owner (pid INTEGER NOT NULL); DELETE FROM owner");
    database.prepare("INSERT INTO owner VALUES (?)").run(process.pid);
    database.exec("COMMIT");
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

function readOwner(database: DatabaseSync): number | null {
  try {
    return optionalIntegerOf(database.prepare("SELECT pid FROM owner").get(), "pid");
  } catch (error) {
    // The owner is just now writing its number.
    if (isBusy(error)) return null;
    throw error;
  }
}
