/** The check that every file of the store gets: is it a sound SQLite database, in the format that this version reads. */
import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { ChainPulseError } from "../../../core/errors.ts";
import { DamagedFileError, integerOf, snapshot, textOf } from "../../database.ts";
import { hasWal } from "../../partition/partition-files.ts";
import type { Findings } from "./findings.ts";

/** Messages of SQLite's check per file: the first tell enough. */
const messagesMax = 10;
/** As everywhere in the store, ms. */
const busyTimeoutMs = 5000;

/**
 * Runs SQLite's own check: `quick_check`, or `integrity_check`, which also compares indexes with tables. Returns false where the file
 * is not there any more. It reads one state of the file and holds nothing up: a writer in WAL mode waits for no reader.
 */
export function verifyDatabase(path: string, quick: boolean, findings: Findings): boolean {
  try {
    const database = new DatabaseSync(hasWal(path) ? path : immutableUrl(path), { readOnly: true, timeout: busyTimeoutMs });
    try {
      snapshot(database, () => {
        for (const row of database.prepare(`PRAGMA ${quick ? "quick_check" : "integrity_check"}(${messagesMax})`).all()) {
          const message = textOf({ message: Object.values(row)[0] ?? null }, "message");
          if (message !== "ok") findings.add(path, message);
        }
        checkFormat(database, path, findings);
      });
    } finally {
      database.close();
    }
    return true;
  } catch (error) {
    return findDamage(path, error, findings);
  }
}

/**
 * What an error of reading a file means: false where the file is gone, else a finding, be it damage, a failing disk or a missing right.
 * An error that neither SQLite nor the store has made is a mistake of ours, and thrown.
 */
export function findDamage(path: string, error: unknown, findings: Findings): boolean {
  if (!existsSync(path)) return false;
  const isOfFile = error instanceof ChainPulseError || error instanceof DamagedFileError;
  if (!isOfFile && !(error instanceof Error && "errcode" in error)) throw error;
  findings.add(path, error.message.replaceAll(path, "the file"));
  return true;
}

/**
 * A file without tables has just been begun; one without a format never has any, because both are made in one transaction. Other
 * wrong formats are found where the tables are read.
 */
function checkFormat(database: DatabaseSync, path: string, findings: Findings): void {
  const format = integerOf(database.prepare("PRAGMA user_version").get() ?? {}, "user_version");
  const tables = integerOf(database.prepare("SELECT count(*) AS count FROM sqlite_schema").get() ?? {}, "count");
  if (tables > 0 && format === 0) findings.add(path, "the file has lost its format number");
}

function immutableUrl(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return url;
}
