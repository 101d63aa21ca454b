/**
 * `state.db`: small relational state beside the samples. Each part of the program keeps its own tables there, with a list of
 * migrations of its own; several threads may have it open at once, and each table has one thread that writes it.
 */
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { ChainPulseError } from "../../core/errors.ts";
import { isRestorable } from "../catalog/catalog-files.ts";
import { checkPages, openForWriting, optionalIntegerOf, type Schema, transaction } from "../database.ts";
import { setAside } from "../partition/partition-files.ts";

const stateSchema: Schema = {
  version: 1,
  // How many of its migrations each part has run.
  sql: "CREATE TABLE migrations (part TEXT PRIMARY KEY, done INTEGER NOT NULL) WITHOUT ROWID",
};

export interface StateOptions {
  readonly dataDir: string;
  /** Name of the part of the program that owns the tables. */
  readonly part: string;
  /** SQL, oldest first; only ever added to. Each runs once per data directory. */
  readonly migrations: readonly string[];
  readonly onDamage?: (aside: string, error: Error) => void;
}

export function statePath(dataDir: string): string {
  return join(dataDir, "state.db");
}

/**
 * Opens the state file with the part's tables brought up to date. Throws `STORE_TOO_NEW` where a newer version has been here. A damaged
 * file is renamed `*.corrupt`, and a new one begun: `onDamage` is told.
 */
export function openState(options: StateOptions): DatabaseSync {
  const path = statePath(options.dataDir);
  try {
    return openFile(path, options);
  } catch (error) {
    if (!isRestorable(error, path)) throw error;
    options.onDamage?.(setAside(path, "corrupt"), error);
    return openFile(path, options);
  }
}

function openFile(path: string, { part, migrations }: StateOptions): DatabaseSync {
  const database = openForWriting(path, stateSchema);
  try {
    checkPages(database);
    transaction(database, () => migrate(database, path, part, migrations));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync, path: string, part: string, migrations: readonly string[]): void {
  const row = database.prepare("SELECT done FROM migrations WHERE part = ?").get(part);
  const done = optionalIntegerOf(row, "done") ?? 0;
  if (done > migrations.length) {
    throw new ChainPulseError(
      "STORE_TOO_NEW",
      `${path} has format ${done} of ${part}, this version knows up to ${migrations.length}`,
      {
        fix: "Start the newer ChainPulse again, or choose another storage.data_dir.",
      },
    );
  }
  for (const sql of migrations.slice(done)) database.exec(sql);
  if (done < migrations.length)
    database.prepare("INSERT OR REPLACE INTO migrations VALUES (?, ?)").run(part, migrations.length);
}
