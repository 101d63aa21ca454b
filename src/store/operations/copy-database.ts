/** Copies of SQLite files that are durable, private, and consistent whatever a writer does meanwhile. */
import { closeSync, constants, copyFileSync, fsyncSync, openSync, rmSync, statSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { makePrivate } from "../database.ts";

/** Pages per step: each step holds the thread of the pool for some ms. */
const stepPages = 1024;
/** As everywhere in the store, ms. */
const busyTimeoutMs = 5000;

/** Copies a file that nobody writes, as bytes; the file system may share them. Throws what the system says. */
export function copyQuietFile(source: string, target: string): void {
  makePrivate(target);
  copyFileSync(source, target, constants.COPYFILE_FICLONE);
  toDisk(target);
}

/** Copies a database that somebody may be writing, log included. Throws what SQLite says. */
export async function copyLiveDatabase(source: string, target: string): Promise<void> {
  makePrivate(target);
  const database = new DatabaseSync(source, { readOnly: true, timeout: busyTimeoutMs });
  try {
    // One state for the whole copy: without a transaction of its own, SQLite would begin anew after each commit of the writer.
    database.exec("BEGIN");
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    await backup(database, target, { rate: stepPages });
    database.exec("ROLLBACK");
  } finally {
    database.close();
  }
  toDisk(target);
}

/** Removes what reading a copy leaves beside it: an empty log and its index. Nobody may have the files open. */
export function dropEmptyLogs(paths: readonly string[]): void {
  for (const path of paths) {
    if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) continue;
    for (const companion of ["-wal", "-shm"]) rmSync(`${path}${companion}`, { force: true });
  }
}

function toDisk(path: string): void {
  const file = openSync(path, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
