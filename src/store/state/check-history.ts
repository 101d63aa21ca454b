/** Changes of status of the health checks, in the analyse thread's own state file. Findings of checks are read off it. */
import { join } from "node:path";
import { type CheckResult, checkStatuses, type CheckStatus } from "../../core/check.ts";
import { absenceReasons, type AbsenceReason } from "../../core/absence.ts";
import { DamagedFileError, integerOf, openForWriting, storeError, textOf, transaction } from "../database.ts";

export interface CheckHistory {
  add(changes: readonly CheckResult[]): void;
  /** Newest first; of one check, or of all. */
  list(id: string | null, limit: number): readonly CheckResult[];
  /** Deletes changes before `timestampMs`, but never a check's newest one: it still says since when. */
  prune(timestampMs: number): void;
  close(): void;
}

const schema = {
  version: 1,
  sql: `
    CREATE TABLE change (
      seq INTEGER PRIMARY KEY, check_id TEXT NOT NULL, title TEXT NOT NULL, node TEXT NOT NULL, status TEXT NOT NULL,
      time_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL, value REAL, message TEXT NOT NULL, action TEXT, reason TEXT
    ) STRICT;
    CREATE INDEX change_by_check ON change (check_id, seq)`,
};

/** Opens `<dataDir>/analyse.db`. Errors: `STORE_UNUSABLE`, `STORE_TOO_NEW`. */
export function openCheckHistory(dataDir: string): CheckHistory {
  const path = join(dataDir, "analyse.db");
  const database = open(path);
  const insert = database.prepare(
    `INSERT INTO change (check_id, title, node, status, time_ms, since_ms, value, message, action, reason)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare("SELECT * FROM change WHERE ?1 IS NULL OR check_id = ?1 ORDER BY seq DESC LIMIT ?2");
  const prune = database.prepare(
    "DELETE FROM change WHERE time_ms < ? AND seq NOT IN (SELECT max(seq) FROM change GROUP BY check_id)",
  );
  return {
    add: (changes) =>
      transaction(database, () => {
        for (const c of changes) {
          // SQLite has no NaN: it would be stored as NULL, which means "unknown" here.
          insert.run(c.id, c.title, c.node, c.status, c.timestampMs, c.sinceMs, c.value, c.message, c.action, c.reason);
        }
      }),
    list: (id, limit) => select.all(id, limit).map(toResult),
    prune: (timestampMs) => void prune.run(timestampMs),
    close: () => database.close(),
  };
}

function open(path: string): ReturnType<typeof openForWriting> {
  try {
    return openForWriting(path, schema);
  } catch (error) {
    throw storeError(error, path, "open");
  }
}

type Row = Parameters<typeof textOf>[0];

function toResult(row: Row): CheckResult {
  const value = row["value"];
  return {
    id: textOf(row, "check_id"),
    title: textOf(row, "title"),
    node: textOf(row, "node"),
    status: statusOf(textOf(row, "status")),
    timestampMs: integerOf(row, "time_ms"),
    sinceMs: integerOf(row, "since_ms"),
    value: typeof value === "number" ? value : null,
    message: textOf(row, "message"),
    action: row["action"] === null ? null : textOf(row, "action"),
    reason: row["reason"] === null ? null : reasonOf(textOf(row, "reason")),
  };
}

function statusOf(text: string): CheckStatus {
  const status = checkStatuses.find((known) => known === text);
  if (status === undefined) throw new DamagedFileError(`${text} is no check status`);
  return status;
}

function reasonOf(text: string): AbsenceReason {
  if (Object.hasOwn(absenceReasons, text)) return text as AbsenceReason; // The line before has just checked it.
  throw new DamagedFileError(`${text} is no reason for an absence`);
}
