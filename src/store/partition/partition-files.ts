/**
 * The files of the partitions: `<dataDir>/samples/20261125T180000.000Z.db`, named after the time from which each holds samples, and
 * those of the tiers in directories of their own. One reaches up to where the next begins. Retention is an unlink, setting aside is
 * a rename, and damage stays in one file.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ChainPulseError } from "../../core/errors.ts";
import { hasNoContent } from "../database.ts";
import { tiers } from "../tier/tiers.ts";

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

/** Where samples are that came from elsewhere: `received/<start>.db`, see `received/received-schema.ts`. */
export function receivedDir(dataDir: string): string {
  return join(dataDir, "received");
}

export function tierDir(dataDir: string, tierName: string): string {
  return join(dataDir, "tiers", tierName);
}

/** The file in `directory` for what begins at `startMs`. */
export function partitionFile(directory: string, startMs: number): PartitionFile {
  const name = new Date(startMs).toISOString().replaceAll(/[-:]/g, "");
  return { startMs, path: join(directory, `${name}.db`) };
}

/** Makes the directories; throws `STORE_UNUSABLE` with the path and the system's reason. */
export function makeDirectories(dataDir: string): void {
  try {
    for (const directory of [samplesDir(dataDir), receivedDir(dataDir), ...tiers.map(({ name }) => tierDir(dataDir, name))]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
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

/** The partitions of raw samples, oldest first. */
export function listPartitions(dataDir: string): PartitionFile[] {
  return listFiles(samplesDir(dataDir));
}

/** Oldest first; foreign files are left alone. Empty where the directory is not there. */
export function listFiles(directory: string): PartitionFile[] {
  const files: PartitionFile[] = [];
  for (const name of namesIn(directory)) {
    const startMs = startOf(name);
    if (startMs !== null) files.push({ startMs, path: join(directory, name) });
  }
  return files.sort((a, b) => a.startMs - b.startMs);
}

/** Paths of what was set aside, relative to nothing: full paths, for people. */
export function listAside(dataDir: string): string[] {
  const directories = [dataDir, samplesDir(dataDir), receivedDir(dataDir), ...tiers.map(({ name }) => tierDir(dataDir, name))];
  return directories.flatMap((directory) =>
    namesIn(directory)
      .filter((name) => asidePattern.test(name) && !name.includes(".db-"))
      .map((name) => join(directory, name)),
  );
}

/** What was set aside as damaged in `directory`. */
export function listCorruptFiles(directory: string): PartitionFile[] {
  return namesIn(directory).flatMap((name) => {
    const startMs = name.includes(".db.corrupt") ? startOf(name.slice(0, name.indexOf(".corrupt"))) : null;
    return startMs === null ? [] : [{ startMs, path: join(directory, name) }];
  });
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

/** Tells a file that somebody has written to, or has begun to, from what it was before. */
export function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return `${found?.ino}/${found?.size}/${found?.mtimeMs}/${hasWal(path)}`;
}

/** Whether there is a file without a byte and without a log: a crash has left it, while it was made or when its content had not reached the disk. */
export function isEmptyFile(path: string): boolean {
  return hasNoContent(path) && !hasWal(path);
}

export function hasWal(path: string): boolean {
  return statSync(`${path}-wal`, { throwIfNoEntry: false }) !== undefined;
}

/**
 * The format of a database that nobody has open, as its header has it: 0 where that is in the log only, `null` where there is no
 * header. From there, because opening a month of files would cost a start tens of milliseconds.
 * Source: sqlite.org/fileformat2.html 1.3.12, the user version is at offset 60, big-endian.
 */
export function formatInHeader(path: string): number | null {
  const header = Buffer.alloc(4);
  const file = openSync(path, "r");
  try {
    return readSync(file, header, 0, 4, 60) === 4 ? header.readUInt32BE(0) : null;
  } finally {
    closeSync(file);
  }
}

/** From when on a file of this name has samples; `null` for a foreign one. */
export function startOf(name: string): number | null {
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
