/**
 * `store verify`: reads everything in a data directory and names what is damaged. It works beside the server: each file is read in
 * one state, and no lock is taken that a writer waits for.
 */
import { existsSync } from "node:fs";
import { ChainPulseError } from "../../core/errors.ts";
import { bytesOnDisk } from "../partition/partition-files.ts";
import { listStoreFiles, type StoreFile } from "./store-files.ts";
import { Findings, type Problem } from "./verify/findings.ts";
import { NamedSeries, verifyCatalogue } from "./verify/verify-catalogue.ts";
import { findDamage, verifyDatabase } from "./verify/verify-database.ts";
import { verifyPartition } from "./verify/verify-partition.ts";
import { verifyReceived } from "./verify/verify-received.ts";
import { verifyTier } from "./verify/verify-tier.ts";

export interface VerifyReport {
  readonly files: number;
  readonly blocks: number;
  /** Raw samples that were decoded; `null` after a quick check, which decodes none. */
  readonly samples: number | null;
  /** Rows of the tiers. */
  readonly summaryRows: number;
  readonly series: number;
  /** Empty where everything is sound. */
  readonly problems: readonly Problem[];
  /** Problems beyond those in the list. */
  readonly more: number;
}

export interface VerifyOptions {
  /** Checksums only: columns are not decoded, indexes not compared. */
  readonly quick: boolean;
  /** Told how many bytes of how many are read. */
  readonly progress?: (done: number, total: number) => void;
}

/** Throws `NOT_FOUND` where there is no such directory. A file that cannot be read for another reason than damage is a problem too. */
export function verifyStore(dataDir: string, { quick, progress = () => undefined }: VerifyOptions): VerifyReport {
  if (!existsSync(dataDir)) throw new ChainPulseError("NOT_FOUND", `there is no directory ${dataDir}`);
  const files = listStoreFiles(dataDir);
  const total = files.reduce((sum, { path }) => sum + bytesOnDisk(path), 0);
  const findings = new Findings();
  const named = new NamedSeries(dataDir);
  let series = 0;
  let done = 0;
  try {
    for (const file of files) {
      const size = bytesOnDisk(file.path);
      series = Math.max(series, verifyFile(file, quick, findings, named));
      progress((done += size), total);
    }
  } finally {
    named.close();
  }
  const { blocks, samples, summaryRows, problems, more } = findings;
  return { files: findings.files, blocks, samples: quick ? null : samples, summaryRows, series, problems, more };
}

/** Returns the number of series, for a file of the catalogue. */
function verifyFile(file: StoreFile, quick: boolean, findings: Findings, named: NamedSeries): number {
  const { kind, path } = file;
  try {
    if (!verifyDatabase(path, quick, findings)) return 0;
    findings.files++;
    if (kind === "catalogue") return verifyCatalogue(path, findings);
    const refs = new Set<number>();
    if (kind === "tier") verifyTier(file, findings, refs);
    if (kind === "received") verifyReceived(file, quick, findings, refs);
    if (kind === "samples") verifyPartition(file, quick, findings, refs);
    named.verify(path, refs, findings);
  } catch (error) {
    findDamage(path, error, findings);
  }
  return 0;
}
