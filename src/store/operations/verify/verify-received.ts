/** The check of a file with received samples: every row's checksum, every block's content, and what is missing. */
import type { DatabaseSync } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf, openForReading, snapshot } from "../../database.ts";
import { hasWal } from "../../partition/partition-files.ts";
import { blockRowOf } from "../../partition/partition-schema.ts";
import { batchRowOf, refsOfBatch } from "../../received/batch-row.ts";
import { runsOfBatch, unpackRun } from "../../received/histogram-batch.ts";
import { decodeHistogramRun } from "../../received/histogram-run.ts";
import {
  hourOf,
  partsOfBlockId,
  partsOfHistogramId,
  receivedFileMs,
  receivedProgressOf,
  receivedSchema,
} from "../../received/received-schema.ts";
import { histogramRowOf, surveyRows } from "../../received/sealed-rows.ts";
import type { StoreFile } from "../store-files.ts";
import type { Findings } from "./findings.ts";
import { addRefs, verifyBlock } from "./verify-partition.ts";

/** Adds the numbers of the series that have samples in the file to `refs`. `quick`: columns are not decoded. */
export function verifyReceived(file: StoreFile, quick: boolean, findings: Findings, refs: Set<number>): void {
  const database = openForReading(file.path, receivedSchema, hasWal(file.path) ? "shared" : "immutable");
  // Not there any more, or begun and not filled.
  if (database === null) return;
  try {
    snapshot(database, () => {
      verifyBlocks(database, file, quick, findings, refs);
      verifyHistograms(database, file, findings, refs);
      verifyBatches(database, file, findings, refs);
      const progress = receivedProgressOf(database.prepare("SELECT * FROM progress").get());
      if (progress === null) findings.add(file.path, "the record of what is in the file is damaged");
      else if (progress.blocks !== surveyRows(database).blocks)
        findings.add(file.path, "blocks are missing, or there are some that do not belong here");
      for (const row of database.prepare("SELECT t0, t1 FROM gaps").all())
        findings.add(file.path, "samples were damaged before they were sealed", integerOf(row, "t0"), integerOf(row, "t1"));
    });
  } finally {
    database.close();
  }
}

function verifyBlocks(database: DatabaseSync, file: StoreFile, quick: boolean, findings: Findings, refs: Set<number>): void {
  const dataOf = database.prepare("SELECT data FROM blocks WHERE id = ?");
  for (const row of database.prepare("SELECT id, t0, t1, members FROM blocks ORDER BY id").iterate()) {
    const block = blockRowOf(row);
    if (block === null) {
      findings.add(file.path, `the row of block ${String(row["id"])} is damaged`);
      continue;
    }
    findings.blocks++;
    const { bucket, hour } = partsOfBlockId(block.id);
    if (!isInHour(file, hour, block.startMs, block.endMs))
      findings.add(file.path, `block ${block.id}: its number does not fit its time`, block.startMs, block.endMs);
    verifyBlock(file.path, block, () => blobOf(dataOf.get(block.id) ?? {}, "data"), quick, findings);
    addRefs(bucket, block.members, refs);
  }
}

function verifyHistograms(database: DatabaseSync, file: StoreFile, findings: Findings, refs: Set<number>): void {
  for (const row of database.prepare("SELECT * FROM histograms ORDER BY id").iterate()) {
    const run = histogramRowOf(row);
    if (run === null) {
      findings.add(file.path, `the row of histograms ${String(row["id"])} is damaged`);
      continue;
    }
    const { ref, hour } = partsOfHistogramId(run.id);
    check(file, findings, `histograms ${run.id}`, () => {
      findings.samples += unpackRun(file.startMs ?? 0, run.data).length;
      if (!isInHour(file, hour, run.startMs, run.endMs)) throw new DamagedFileError("their number does not fit their time");
    });
    refs.add(ref);
  }
}

function verifyBatches(database: DatabaseSync, file: StoreFile, findings: Findings, refs: Set<number>): void {
  for (const row of database.prepare("SELECT * FROM batches ORDER BY seq").iterate()) {
    const batch = batchRowOf(row);
    if (batch === null) {
      findings.add(file.path, `batch ${String(row["seq"])} is damaged`);
      continue;
    }
    findings.samples += batch.batch.samples;
    check(file, findings, `batch ${String(row["seq"])}`, () => {
      for (const run of runsOfBatch(batch.histograms).values())
        findings.samples += decodeHistogramRun(file.startMs ?? 0, run).length;
      for (const ref of refsOfBatch(batch)) refs.add(ref);
    });
  }
}

function isInHour(file: StoreFile, hour: number, firstMs: number, lastMs: number): boolean {
  const startMs = file.startMs ?? 0;
  if (firstMs > lastMs || firstMs <= startMs || lastMs > startMs + receivedFileMs) return false;
  return hourOf(startMs, firstMs) === hour && hourOf(startMs, lastMs) === hour;
}

function check({ path }: StoreFile, findings: Findings, name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    findings.add(path, `${name}: ${error.message}`);
  }
}
