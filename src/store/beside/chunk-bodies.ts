/** Chunks of bodies, unpacked. The last ones stay in memory, because neighbours in a list mostly come from one chunk. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf } from "../database.ts";
import { type ChunkText, unpackChunk } from "./chunk.ts";
import { type KeptBudget, KeptValues } from "./kept-values.ts";

/** The chunks of one file. */
export class ChunkBodies {
  readonly #find: StatementSync;
  readonly #kept: KeptValues<ChunkText>;

  constructor(database: DatabaseSync, budget: KeptBudget) {
    this.#find = database.prepare("SELECT raw_bytes, body FROM chunk WHERE id = ?");
    this.#kept = new KeptValues(budget);
  }

  /** Throws `DamagedFileError`. */
  get(id: number): ChunkText {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const row = this.#find.get(id);
    if (row === undefined) throw new DamagedFileError(`chunk ${id} is missing`);
    const text = unpackChunk(id, { body: blobOf(row, "body"), rawBytes: integerOf(row, "raw_bytes") });
    this.#kept.set(id, text, text.byteLength);
    return text;
  }
}

/** Bytes that one reader keeps unpacked, over all of its files. */
export const bodyBytesKept = 16_777_216;
