/**
 * `store backup`: a copy of the data directory while it is in use. Each file is copied in one state of it; the order of the files
 * (`listStoreFiles`) makes the whole consistent: every sample in the copy has its labels there. The copy appears under its name when
 * it is complete, checked and on the disk.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ChainPulseError } from "../../core/errors.ts";
import { copyLiveDatabase, copyQuietFile, dropEmptyLogs } from "./copy-database.ts";
import { isDamage, storeError } from "../database.ts";
import { bytesOnDisk, hasWal, stampOf, syncDirectory } from "../partition/partition-files.ts";
import { listStoreFiles, type StoreFile } from "./store-files.ts";
import { type VerifyReport, verifyStore } from "./verify.ts";

export interface BackupReport {
  readonly directory: string;
  readonly files: number;
  readonly bytes: number;
  /** Of the copy, quick: its files and checksums. */
  readonly verified: VerifyReport;
}

/** Told how many bytes of how many are copied. */
export type CopyProgress = (done: number, total: number) => void;

/** What a copy must leave free: the disk may be the one that the store itself needs. */
const spareBytes = 64 * 1024 * 1024;

/** Throws `TARGET_NOT_EMPTY`, `STORE_UNUSABLE` also where the disk is too small; nothing is left behind then. */
export async function backupStore(dataDir: string, directory: string, progress: CopyProgress): Promise<BackupReport> {
  const target = resolve(directory);
  const draft = `${target}.partial`;
  refuseFull(target);
  try {
    makeDraft(draft);
    try {
      const copied = await copyStore(dataDir, draft, progress, false);
      const verified = verifyStore(draft, { quick: true });
      dropEmptyLogs(copied.map(({ name }) => join(draft, name)));
      renameSync(draft, target);
      syncDirectory(dirname(target));
      return { directory: target, files: copied.length, bytes: sizeOf(copied), verified };
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      throw error;
    }
  } catch (error) {
    throw storeError(error, target, "write the backup");
  }
}

/**
 * Copies all files of a data directory into another; `isQuiet`: nobody writes to the source. Files that retention deletes meanwhile
 * are left out, also those it deleted after they were copied: their series may have gone from the catalogue. Returns what is there.
 */
export async function copyStore(
  dataDir: string,
  target: string,
  progress: CopyProgress,
  isQuiet: boolean,
): Promise<readonly StoreFile[]> {
  const files = listStoreFiles(dataDir);
  const total = sizeOf(files);
  checkSpace(target, total);
  let done = 0;
  for (const file of files) {
    const size = bytesOnDisk(file.path);
    await copyFile(file, join(target, file.name), isQuiet);
    progress((done += size), total);
  }
  const kept = files.filter(({ path }) => existsSync(path));
  for (const file of files) if (!kept.includes(file)) rmSync(join(target, file.name), { force: true });
  for (const directory of new Set(kept.map(({ name }) => dirname(join(target, name))))) syncDirectory(directory);
  return kept;
}

async function copyFile({ kind, path, isOld }: StoreFile, target: string, isQuiet: boolean): Promise<void> {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  try {
    const stamp = stampOf(path);
    if ((isQuiet || isOld || kind === "received") && !hasWal(path)) copyQuietFile(path, target);
    // Somebody may have begun to write to it meanwhile.
    if (!existsSync(target) || (!isQuiet && stamp !== stampOf(path))) {
      rmSync(target, { force: true });
      await copyLiveDatabase(path, target);
    }
  } catch (error) {
    if (!existsSync(path)) return;
    if (!isDamage(error)) throw storeError(error, path, "copy");
    // What of it can be read is worth keeping; the check of the copy names it.
    copyQuietFile(path, target);
  }
}

function sizeOf(files: readonly StoreFile[]): number {
  return files.reduce((sum, { path }) => sum + bytesOnDisk(path), 0);
}

function refuseFull(target: string): void {
  if (!existsSync(target) || readdirSync(target).length === 0) return;
  throw new ChainPulseError("TARGET_NOT_EMPTY", `${target} is not empty`, { fix: "Name a directory that does not exist yet." });
}

function makeDraft(draft: string): void {
  mkdirSync(dirname(draft), { recursive: true });
  if (existsSync(draft)) {
    throw new ChainPulseError("TARGET_NOT_EMPTY", `${draft} exists: another backup is running, or one was interrupted`, {
      fix: "Delete it if no other backup is running.",
    });
  }
  mkdirSync(draft, { mode: 0o700 });
}

function checkSpace(directory: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(directory);
  if (bavail * bsize >= bytes + spareBytes) return;
  throw new ChainPulseError("STORE_UNUSABLE", `${directory}: ${bytes} bytes are to be copied, ${bavail * bsize} are free`, {
    fix: "Free space on that disk, or choose another one.",
  });
}
