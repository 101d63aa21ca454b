/** Records of chunks, decoded. The last ones stay in memory, because neighbours in a list mostly come from one chunk. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf } from "../database.ts";
import { unpackChunk } from "./chunk.ts";

/** JSON bytes of what one reader keeps decoded, over all of its files; as objects they take about five times as much. */
const keptBytesMax = 8_388_608;

export interface DecodedChunk {
  readonly records: readonly unknown[];
  /** Bytes of their JSON. */
  readonly rawBytes: number;
}

/** Shared by the files of a reader. */
export class ChunkCache {
  readonly #owners = new Set<ChunkBodies>();
  #bytes = 0;

  /** `owner` has decoded another chunk; when all together keep too much, those of the file that was used longest ago go. */
  account(owner: ChunkBodies, bytes: number): void {
    this.#owners.delete(owner);
    this.#owners.add(owner);
    this.#bytes += bytes;
    for (const oldest of this.#owners) {
      if (this.#bytes <= keptBytesMax) break;
      this.#bytes -= oldest.drop();
      this.#owners.delete(oldest);
    }
  }
}

/** The chunks of one file. */
export class ChunkBodies {
  readonly #find: StatementSync;
  readonly #cache: ChunkCache;
  readonly #kept = new Map<number, DecodedChunk>();
  #keptBytes = 0;

  constructor(database: DatabaseSync, cache: ChunkCache) {
    this.#find = database.prepare("SELECT raw_bytes, body FROM chunk WHERE id = ?");
    this.#cache = cache;
  }

  /** Throws `DamagedFileError`. */
  get(id: number): DecodedChunk {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    const row = this.#find.get(id);
    if (row === undefined) throw new DamagedFileError(`chunk ${id} is missing`);
    const rawBytes = integerOf(row, "raw_bytes");
    const decoded = { records: unpackChunk(id, { body: blobOf(row, "body"), rawBytes }), rawBytes };
    this.#kept.set(id, decoded);
    this.#keptBytes += rawBytes;
    this.#cache.account(this, rawBytes);
    return decoded;
  }

  /** Forgets what is kept; returns its bytes. */
  drop(): number {
    const bytes = this.#keptBytes;
    this.#kept.clear();
    this.#keptBytes = 0;
    return bytes;
  }
}
