/**
 * The files of the partitions: `<dataDir>/samples/20261125T180000.000Z.db`, named after the time from which each holds samples. One
 * reaches up to where the next begins. Retention is an unlink, setting aside is a rename, and damage stays in one file.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ChainPulseError } from "../core/errors.ts";

export interface PartitionFile {
  readonly startMs: number;
  readonly path: string;
}

const namePattern = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2}\.\d{3})Z\.db$/;
/** What SQLite keeps beside a database in WAL mode. */
const companions = ["", "-wal", "-shm"];
/** `corrupt`: cannot be read. `ahead`: written while the clock was wrong, see `SampleWriter.rewind`. */
export type AsideReason = "corrupt" | "ahead";
const asidePattern = /\.(corrupt|ahead)(\.\d+)?$/;

export function samplesDir(dataDir: string): string {
  return join(dataDir, "samples");
}

export function partitionFile(dataDir: string, startMs: number): PartitionFile {
  const name = new Date(startMs).toISOString().replaceAll(/[-:]/g, "");
  return { startMs, path: join(samplesDir(dataDir), `${name}.db`) };
}

/** Makes the directories; throws `STORE_UNUSABLE` with the path and the system's reason. */
export function makeDirectories(dataDir: string): void {
  try {
    mkdirSync(samplesDir(dataDir), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ChainPulseError(
      "STORE_UNUSABLE",
      `cannot make ${dataDir}: ${error instanceof Error ? error.message : String(error)}`,
      {
        fix: "Make the directory writable for this user, or choose another one with storage.data_dir or --data-dir.",
        cause: error,
      },
    );
  }
}

/** Oldest first; foreign files are left alone. Empty where the directory is not there. */
export function listPartitions(dataDir: string): PartitionFile[] {
  const directory = samplesDir(dataDir);
  const files: PartitionFile[] = [];
  for (const name of namesIn(directory)) {
    const startMs = startOf(name);
    if (startMs !== null) files.push({ startMs, path: join(directory, name) });
  }
  return files.sort((a, b) => a.startMs - b.startMs);
}

/** Paths of what was set aside, relative to nothing: full paths, for people. */
export function listAside(dataDir: string): string[] {
  return [dataDir, samplesDir(dataDir)].flatMap((directory) =>
    namesIn(directory)
      .filter((name) => asidePattern.test(name) && !name.includes(".db-"))
      .map((name) => join(directory, name)),
  );
}

/** Renames a database and its companions; a free number is added where the name is taken. Several threads may try: one does it. */
export function setAside(path: string, reason: AsideReason): string {
  const taken = (suffix: string): boolean => statSync(`${path}${suffix}`, { throwIfNoEntry: false }) !== undefined;
  let suffix = `.${reason}`;
  for (let n = 2; taken(suffix); n++) suffix = `.${reason}.${n}`;
  for (const companion of companions) ignoreMissing(() => renameSync(`${path}${companion}`, `${path}${companion}${suffix}`));
  return `${path}${suffix}`;
}

/** Brings new names in the directory to the disk: a file that is synced is still lost when its name is not. */
export function syncDirectory(directory: string): void {
  // Windows has no such call; its file systems log names by themselves.
  if (process.platform === "win32") return;
  const file = openSync(directory, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

export function removePartition(file: PartitionFile): void {
  for (const companion of companions) rmSync(`${file.path}${companion}`, { force: true });
}

/** Bytes that a database takes on the disk, companions included: allocated blocks, as `du` counts. */
export function bytesOnDisk(path: string): number {
  let bytes = 0;
  for (const companion of companions) bytes += (statSync(`${path}${companion}`, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  return bytes;
}

/** Tells a file from another one of the same name, after one was set aside. `null` where there is none. */
export function inodeOf(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}

export function hasWal(path: string): boolean {
  return statSync(`${path}-wal`, { throwIfNoEntry: false }) !== undefined;
}

function startOf(name: string): number | null {
  const match = namePattern.exec(name);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second] = match;
  const startMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(startMs) ? null : startMs;
}

function namesIn(directory: string): string[] {
  return ignoreMissing(() => readdirSync(directory)) ?? [];
}

function ignoreMissing<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
