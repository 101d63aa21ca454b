/** The tables of one file of a tier, for its writer and its readers. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { crc32, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Schema } from "../database.ts";
import { chunkMs } from "./tiers.ts";

export const tierSchema: Schema = {
  version: 1,
  sql: `
    -- When the windows of a chunk end, how many samples each has, and when their first and last are: the same for most series.
    -- data: see summary-row.ts.
    CREATE TABLE times (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
    -- The summaries of one series in one chunk. id: see rowId. times: which row of times belongs to it. data: see summary-row.ts.
    CREATE TABLE summaries (id INTEGER PRIMARY KEY, times INTEGER NOT NULL, data BLOB NOT NULL);
    -- The chunks that are complete. previous: start of the one before, -1 for the very first; members: bit of each series that has
    -- a row, u8[], zstd. With them a row that is gone is noticed. complete: 0 where raw samples were missing. crc: see chunkChecksum.
    CREATE TABLE chunks (
      start_ms INTEGER PRIMARY KEY, previous INTEGER NOT NULL, members BLOB NOT NULL, complete INTEGER NOT NULL, crc INTEGER NOT NULL);`,
};

export interface Chunk {
  readonly startMs: number;
  /** Start of the chunk before, in this file or an older one; `null` for the very first. */
  readonly previousMs: number | null;
  /** Which series have a row: see `membersOf`. */
  readonly packedMembers: Uint8Array;
  /** False where acknowledged samples were missing when it was built. */
  readonly isComplete: boolean;
}

/** Bound for what a damaged row can make us allocate: 512 million series. */
const maxMemberBytes = 2 ** 26;

/** Bit r & 7 of byte r >> 3: series r has a row in the chunk. Inflated each time: with many series that have ended it is long. */
export function membersOf({ packedMembers }: Chunk): Uint8Array {
  return zstdDecompressSync(packedMembers, { maxOutputLength: maxMemberBytes });
}

export function packMembers(members: Uint8Array): Uint8Array {
  return zstdCompressSync(members);
}

export function isMember(members: Uint8Array, ref: number): boolean {
  return (((members[ref >> 3] ?? 0) >> (ref & 7)) & 1) === 1;
}

export function writeChunk(database: DatabaseSync, chunk: Chunk): void {
  database
    .prepare("INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?)")
    .run(chunk.startMs, chunk.previousMs ?? -1, chunk.packedMembers, chunk.isComplete ? 1 : 0, chunkChecksum(chunk));
}

function chunkChecksum({ startMs, previousMs, packedMembers, isComplete }: Chunk): number {
  return crc32(packedMembers, crc32(new Uint8Array(Float64Array.of(startMs, previousMs ?? -1, isComplete ? 1 : 0).buffer)));
}

/** The complete chunks of a file in time order. `sound`: whether they are all there and undamaged, up to the last. */
export function readChunks(
  database: DatabaseSync,
  fileStartMs: number,
): { readonly chunks: readonly Chunk[]; readonly sound: boolean } {
  const rows = database.prepare("SELECT * FROM chunks ORDER BY start_ms").all();
  const chunks = rows.map(chunkOf).filter((chunk) => chunk !== null);
  const linked = chunks.every(({ previousMs }, i) => {
    const before = chunks[i - 1];
    return before === undefined ? previousMs === null || previousMs < fileStartMs : previousMs === before.startMs;
  });
  return { chunks, sound: linked && chunks.length === rows.length };
}

function chunkOf(row: Readonly<Record<string, SQLOutputValue>>): Chunk | null {
  const { start_ms: startMs, previous, members, complete, crc } = row;
  if (typeof startMs !== "number" || typeof previous !== "number" || !(members instanceof Uint8Array)) return null;
  const chunk = {
    startMs,
    previousMs: previous < 0 ? null : previous,
    packedMembers: members,
    isComplete: complete === 1,
  };
  return chunkChecksum(chunk) === crc ? chunk : null;
}

/** Chunks that one file can hold: 1,024 days of them. */
const maxChunks = 4096;

/** A row's number: series, then chunk since the file's start, so that a series' chunks lie next to each other in time order. */
export function rowId(ref: number, fileStartMs: number, chunkStartMs: number): number {
  return ref * maxChunks + Math.min(Math.max(Math.floor((chunkStartMs - fileStartMs) / chunkMs), 0), maxChunks - 1);
}

/** The inverse, for the chunk's start. */
export function chunkStartOf(id: number, fileStartMs: number): number {
  return fileStartMs + (id % maxChunks) * chunkMs;
}
