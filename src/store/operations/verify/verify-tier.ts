/** The check of a file of a tier: every row's checksum, that its windows are where they belong, and that no row is missing. */
import type { DatabaseSync } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf, openForReading, snapshot } from "../../database.ts";
import { hasWal } from "../../partition/partition-files.ts";
import type { StoreFile } from "../store-files.ts";
import { decodeSummaries, decodeTimes, type SummaryTimes } from "../../tier/summary-row.ts";
import { type Chunk, chunkStartOf, isMember, membersOf, readChunks, rowId, tierSchema } from "../../tier/tier-schema.ts";
import { chunkMs } from "../../tier/tiers.ts";
import type { Findings } from "./findings.ts";

/** Adds the numbers of the series that have rows in the file to `refs`. */
export function verifyTier(file: StoreFile, findings: Findings, refs: Set<number>): void {
  const database = openForReading(file.path, tierSchema, hasWal(file.path) ? "shared" : "immutable");
  // Not there any more, or begun and not filled.
  if (database === null) return;
  try {
    snapshot(database, () => {
      const { chunks, sound } = readChunks(database, file.startMs ?? 0);
      if (!sound) findings.add(file.path, "the record of what is in the file is damaged");
      verifyRows(database, file, findings);
      for (const chunk of chunks) verifyMembers(database, file, chunk, findings, refs);
    });
  } finally {
    database.close();
  }
}

function verifyRows(database: DatabaseSync, file: StoreFile, findings: Findings): void {
  // Shared by series: a file has some hundred.
  const times = new Map<number, SummaryTimes>();
  for (const row of database.prepare("SELECT id, data FROM times").iterate()) {
    check(file, findings, `times ${String(row["id"])}`, null, () => {
      times.set(integerOf(row, "id"), decodeTimes(blobOf(row, "data")));
    });
  }
  for (const row of database.prepare("SELECT id, times, data FROM summaries ORDER BY id").iterate()) {
    findings.summaryRows++;
    const startMs = chunkStartOf(integerOf(row, "id"), file.startMs ?? 0);
    check(file, findings, `row ${String(row["id"])}`, startMs, () => {
      const when = times.get(integerOf(row, "times"));
      if (when === undefined) throw new DamagedFileError("its times are missing or damaged");
      checkWindows(when, startMs);
      decodeSummaries(blobOf(row, "data"), integerOf(row, "id"), when);
    });
  }
}

function verifyMembers(database: DatabaseSync, file: StoreFile, chunk: Chunk, findings: Findings, refs: Set<number>): void {
  const find = database.prepare("SELECT 1 FROM summaries WHERE id = ?");
  const { startMs } = chunk;
  const members = membersOf(chunk);
  let missing = 0;
  for (let ref = 0; ref < 8 * members.byteLength; ref++) {
    if (!isMember(members, ref)) continue;
    refs.add(ref);
    if (find.get(rowId(ref, file.startMs ?? 0, startMs)) === undefined) missing++;
  }
  if (missing > 0) findings.add(file.path, `the rows of ${missing} series are missing`, startMs, startMs + chunkMs);
}

function check(file: StoreFile, findings: Findings, name: string, startMs: number | null, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    findings.add(file.path, `${name}: ${error.message}`, startMs, startMs === null ? null : startMs + chunkMs);
  }
}

function checkWindows({ endsMs, count }: SummaryTimes, startMs: number): void {
  let last = startMs;
  for (const [i, endMs] of endsMs.entries()) {
    if (!(endMs > last) || endMs > startMs + chunkMs) throw new DamagedFileError("its windows do not lie in its time");
    if (!((count[i] ?? 0) >= 1)) throw new DamagedFileError("a window without samples");
    last = endMs;
  }
}
