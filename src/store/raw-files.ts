/**
 * The files of raw samples, in units that go as one. Where files of ticks have a time, raw samples are taken to be there: with the received
 * ones deleted alone, those would be in no answer although the tiers have them, and late ones would have summaries made anew from half of
 * what they stand for. The same the other way round.
 */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { exhaust } from "./exhaust.ts";
import {
  listFiles,
  listPartitions,
  type PartitionFile,
  partitionFile,
  receivedDir,
  removePartition,
  samplesDir,
  startOf,
  syncDirectory,
} from "./partition/partition-files.ts";
import { receivedFileMs } from "./received/received-schema.ts";

export interface RawFile extends PartitionFile {
  readonly isReceived: boolean;
  /** Where the next one begins; Infinity for the newest of collected samples. */
  readonly endMs: number;
}

/** Files whose times overlap, directly or by way of others among them; oldest first. */
export type RawUnit = readonly RawFile[];

/** A file of received samples whose unit is being deleted. */
const goingSuffix = ".going";

/** Oldest first. */
export function rawFiles(dataDir: string): RawFile[] {
  const received = listFiles(receivedDir(dataDir)).map(receivedOf);
  const collected = listPartitions(dataDir).map((file, i, all) => ({
    ...file,
    isReceived: false,
    endMs: all[i + 1]?.startMs ?? Infinity,
  }));
  return byStart([...received, ...collected]);
}

/** `files` by start. */
export function unitsOf(files: readonly RawFile[]): RawUnit[] {
  const units: RawFile[][] = [];
  let endMs = -Infinity;
  for (const file of files) {
    const last = units.at(-1);
    if (last !== undefined && file.startMs < endMs) last.push(file);
    else units.push([file]);
    endMs = Math.max(endMs, file.endMs);
  }
  return units;
}

/**
 * Deletes a unit. It must be brought to its end at once: samples that come in between would make files of it anew. After a kill, wherever
 * that comes, either nothing has gone or `finishRemovals` knows what is still to go.
 */
export function* removalOf(dataDir: string, unit: RawUnit): Generator<void> {
  const [received, collected] = [unit.filter(({ isReceived }) => isReceived), unit.filter(({ isReceived }) => !isReceived)];
  for (const { path } of received) {
    // It may have been renamed before a kill.
    if (existsSync(path)) renameSync(path, `${path}${goingSuffix}`);
    yield;
  }
  // In this order on the disk too, or a power loss could leave the ticks without a word of what is to go with them.
  if (received.length > 0) syncDirectory(receivedDir(dataDir));
  for (const file of collected) {
    removePartition(file);
    yield;
  }
  if (received.length > 0) syncDirectory(samplesDir(dataDir));
  for (const file of received) {
    removePartition(file);
    rmSync(`${file.path}${goingSuffix}`, { force: true });
    yield;
  }
}

/** Deletes what is left of units whose deletion a kill has ended. Before files are opened for writing. */
export function finishRemovals(dataDir: string): void {
  const going = readdirSync(receivedDir(dataDir)).flatMap((name) => {
    const startMs = name.endsWith(goingSuffix) ? startOf(name.slice(0, -goingSuffix.length)) : null;
    return startMs === null ? [] : [receivedOf(partitionFile(receivedDir(dataDir), startMs))];
  });
  if (going.length === 0) return;
  const isGoing = new Set(going);
  for (const unit of unitsOf(byStart([...going, ...rawFiles(dataDir)])))
    if (unit.some((file) => isGoing.has(file))) exhaust(removalOf(dataDir, unit));
}

function receivedOf(file: PartitionFile): RawFile {
  return { ...file, isReceived: true, endMs: file.startMs + receivedFileMs };
}

function byStart(files: readonly RawFile[]): RawFile[] {
  return files.toSorted((a, b) => a.startMs - b.startMs);
}
