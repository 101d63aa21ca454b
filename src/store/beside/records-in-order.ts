/** The records of a file of spans by their numbers, in the order in which they came. Source of the tables: `trace-tables.ts`. */
import type { DatabaseSync } from "node:sqlite";
import type { ReadAllowance } from "../../core/telemetry-reader.ts";
import { blobOf, integerOf } from "../database.ts";
import { chunkRecordsMax, type PackedChunk, unpackChunk } from "./chunk.ts";
import { tellDamage } from "./read-files.ts";
import { type HeadRecord, readHead } from "./span-head.ts";

/** Chunks of version 1 are numbered one by one; their records have numbers here as if each chunk were full. */
const recordsPerOldChunk = chunkRecordsMax;

export class RecordsInOrder {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #allowance: ReadAllowance;
  readonly #hasHead: boolean;

  constructor(database: DatabaseSync, path: string, allowance: ReadAllowance) {
    this.#database = database;
    this.#path = path;
    this.#allowance = allowance;
    this.#hasHead = integerOf(database.prepare("PRAGMA user_version").get() ?? {}, "user_version") > 1;
  }

  /** A number that no record is beyond; 0 where there is none. */
  newest(): number {
    const sql = this.#hasHead
      ? "SELECT max(coalesce((SELECT max(id + records) - 1 FROM chunk), 0), coalesce((SELECT max(record) FROM head), 0)) AS newest"
      : `SELECT coalesce(max(id) + 1, 0) * ${recordsPerOldChunk} AS newest FROM chunk`;
    return integerOf(this.#database.prepare(sql).get() ?? {}, "newest");
  }

  /** Those with greater numbers. What is damaged in a chunk is left out, and noted. Throws `DamagedFileError`. */
  *behind(number: number): Generator<HeadRecord> {
    const chunks = this.#database.prepare(
      "SELECT id, raw_bytes, body FROM chunk WHERE id >= (SELECT coalesce(max(id), 0) FROM chunk WHERE id <= ?) ORDER BY id",
    );
    const chunkOf = this.#hasHead ? number : Math.floor(number / recordsPerOldChunk);
    for (const row of chunks.iterate(chunkOf)) {
      const id = integerOf(row, "id");
      const first = this.#hasHead ? id : id * recordsPerOldChunk;
      yield* this.#recordsOf(id, first, { rawBytes: integerOf(row, "raw_bytes"), body: blobOf(row, "body") }, number);
    }
    if (this.#hasHead) yield* readHead(this.#database, number);
  }

  *#recordsOf(id: number, first: number, chunk: PackedChunk, after: number): Generator<HeadRecord> {
    this.#allowance.check();
    try {
      const text = unpackChunk(id, chunk);
      for (let place = Math.max(0, after + 1 - first); place < text.count; place++) {
        yield { record: first + place, text: text.textOf(place) };
      }
    } catch (error) {
      tellDamage({ path: this.#path }, error, this.#allowance);
    }
  }
}
