/**
 * The filters of chunks that follow each other, in one row: a search reads those of all chunks, and reading a row takes as long as reading
 * twenty kilobytes.
 *
 *   ┌───────┬──────────────────────────┬───────────────┬────────┐
 *   │ count │ chunk, bytes of its bits │ bits of each  │ CRC-32 │   the checksum is also over the number of the first chunk
 *   │ u32   │ u32, u32 × count         │               │ 4 byte │
 *   └───────┴──────────────────────────┴───────────────┴────────┘
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { blobOf, DamagedFileError, integerOf } from "../database.ts";

export const termsTable = "CREATE TABLE terms (chunk INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;";

export interface ChunkFilter {
  readonly chunk: number;
  /** See `term-filter.ts`. */
  readonly bits: Uint8Array;
}

const wordBytes = 4;
/** Chunks in a full run: 130 KB. */
const runChunks = 32;

function packRun(first: number, filters: readonly ChunkFilter[]): Uint8Array {
  const header = new Uint32Array([filters.length, ...filters.flatMap(({ chunk, bits }) => [chunk, bits.length])]);
  return withChecksum(placeOf(first), Buffer.concat([new Uint8Array(header.buffer), ...filters.map(({ bits }) => bits)]));
}

/** Throws `DamagedFileError`. */
export function unpackRun(first: number, body: Uint8Array): readonly ChunkFilter[] {
  const bytes = checkedBytes(placeOf(first), body);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  let at = wordBytes * (1 + 2 * count);
  return Array.from({ length: count }, (_, index) => {
    const header = wordBytes * (1 + 2 * index);
    const start = at;
    at += view.getUint32(header + wordBytes, true);
    return { chunk: view.getUint32(header, true), bits: bytes.subarray(start, at) };
  });
}

/** Writes filters: each in a row of its own at first, and those of a full run in one. */
export class FilterRuns {
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  /** Those that have rows of their own. */
  #open: ChunkFilter[];

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare("INSERT INTO terms VALUES (?, ?)");
    this.#delete = database.prepare("DELETE FROM terms WHERE chunk >= ?");
    this.#open = openFilters(database);
  }

  /** In a transaction of the caller. */
  add(filter: ChunkFilter): void {
    this.#open.push(filter);
    const [first] = this.#open;
    if (first === undefined || this.#open.length < runChunks) {
      this.#insert.run(filter.chunk, packRun(filter.chunk, [filter]));
      return;
    }
    this.#delete.run(first.chunk);
    this.#insert.run(first.chunk, packRun(first.chunk, this.#open));
    this.#open = [];
  }
}

/** The newest filters, back to the newest run. */
function openFilters(database: DatabaseSync): ChunkFilter[] {
  const open: ChunkFilter[] = [];
  for (const row of database.prepare("SELECT chunk, body FROM terms ORDER BY chunk DESC").iterate()) {
    try {
      const [filter, ...more] = unpackRun(integerOf(row, "chunk"), blobOf(row, "body"));
      if (filter === undefined || more.length > 0) break;
      open.unshift(filter);
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      // It stays as it is: readers know what to do about it, and a run begins behind it.
      break;
    }
  }
  return open;
}

function placeOf(first: number): string {
  return `terms from chunk ${first} on`;
}
