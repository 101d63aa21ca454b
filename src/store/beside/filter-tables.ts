/**
 * The filters of all chunks of a file: of the newest chunks each in a row of its own, of the others 256 together (`filter-group.ts`).
 *
 *   filter  chunk, latest start, f64 │ bits (term-filter.ts) │ CRC-32
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { blobOf, integerOf } from "../database.ts";
import { type ChunkFilter, type ChunkGroup, groupChunks, groupOfFilters, groupWithoutFilters } from "./chunk-group.ts";
import { bitsLeast } from "./term-filter.ts";
import { filterGroupTables, FilterGroupReader, FilterGroupWriter, unlessDamaged } from "./filter-group.ts";

export const filterTables = `
    CREATE TABLE filter (chunk INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;${filterGroupTables}`;

const latestBytes = 8;

/** In a transaction of the caller. */
export class FilterWriter {
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #groups: FilterGroupWriter;
  /** Those that have rows of their own. */
  #open: ChunkFilter[];

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare("INSERT INTO filter VALUES (?, ?)");
    this.#delete = database.prepare("DELETE FROM filter WHERE chunk <= ?");
    this.#groups = new FilterGroupWriter(database);
    const rows = database.prepare("SELECT chunk, body FROM filter ORDER BY chunk").all();
    this.#open = rows.map(filterOf);
  }

  add(filter: ChunkFilter): void {
    this.#insert.run(filter.chunk, packFilter(filter));
    this.#open.push(filter);
    if (this.#open.length < groupChunks) return;
    this.#groups.add(this.#open);
    this.#delete.run(filter.chunk);
    this.#open = [];
  }
}

export class FilterReader {
  readonly #filters: StatementSync;
  readonly #chunks: StatementSync;
  readonly #groups: FilterGroupReader;

  constructor(database: DatabaseSync) {
    this.#filters = database.prepare("SELECT chunk, body FROM filter ORDER BY chunk");
    this.#chunks = database.prepare("SELECT chunk FROM facts WHERE chunk >= ? AND chunk < ? ORDER BY chunk");
    this.#groups = new FilterGroupReader(database);
  }

  /** All chunks, newest groups first. */
  *groups(): Generator<ChunkGroup> {
    const open = this.#filters.all().map(filterOf);
    if (open.length > 0) yield groupOfFilters(open);
    let end = open[0]?.chunk ?? Number.MAX_SAFE_INTEGER;
    for (const { first, group } of this.#groups.all()) {
      yield group ?? groupWithoutFilters(this.#chunks.all(first, end).map((row) => integerOf(row, "chunk")));
      end = first;
    }
  }
}

function packFilter({ chunk, latestNs, bits }: ChunkFilter): Uint8Array {
  return withChecksum(placeOf(chunk), Buffer.concat([new Uint8Array(Float64Array.of(latestNs).buffer), bits]));
}

/** Of a damaged one: a filter that says yes to everything. */
function filterOf(row: Readonly<Record<string, SQLOutputValue>>): ChunkFilter {
  const chunk = integerOf(row, "chunk");
  const bytes = unlessDamaged(() => checkedBytes(placeOf(chunk), blobOf(row, "body")));
  if (bytes === null) return { chunk, latestNs: Infinity, bits: new Uint8Array(bitsLeast / 8).fill(255) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { chunk, latestNs: view.getFloat64(0, true), bits: bytes.subarray(latestBytes) };
}

function placeOf(chunk: number): string {
  return `filter of chunk ${chunk}`;
}
