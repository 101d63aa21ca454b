/**
 * The filters of 256 chunks, bit by bit: whether a term may be in any of them is in eight rows of 32 bytes, where reading them one by one
 * would take megabytes. Smaller filters are repeated up to the size of the largest, which says the same. The layout is that of BIGSI:
 * Bradley et al., "Ultrafast search of all deposited bacterial and viral genomic data", Nature Biotechnology 37 (2019).
 *
 *   filter_group  latest start, f64 × n │ chunk, u32 × n │ bits of each filter, u32 │ CRC-32
 *   filter_slice  125 rows of n/8 bytes, each with one bit of all filters │ CRC-32
 *
 * The id of a group is the number of its first chunk.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { blobOf, DamagedFileError } from "../database.ts";
import { type ChunkFilter, type ChunkGroup, type ChunkMask, groupChunks } from "./chunk-group.ts";
import { bitsMost, type TermProbes } from "./term-filter.ts";

export const filterGroupTables = `
    CREATE TABLE filter_group (first INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE filter_slice (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;`;

const rowBytes = groupChunks / 8;
const rowWords = rowBytes / 4;
/** As many as one page of the file holds, with the checksum. */
const sliceRows = 125;
/** More than slices of a group. */
const sliceIds = 2048;
const headBytesEach = 12;
/** Bits that took no chunk away in a row: nearly all have the term then, and the further bits would cost as much again and say the same. */
const inVainMost = 2;

function sliceId(first: number, slice: number): number {
  return first * sliceIds + slice;
}

/** Writes the filters of a full group. In a transaction of the caller. */
export class FilterGroupWriter {
  readonly #insertGroup: StatementSync;
  readonly #insertSlice: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insertGroup = database.prepare("INSERT INTO filter_group VALUES (?, ?)");
    this.#insertSlice = database.prepare("INSERT INTO filter_slice VALUES (?, ?)");
  }

  add(filters: readonly ChunkFilter[]): void {
    const first = filters[0]?.chunk ?? 0;
    const bits = filters.reduce((most, filter) => Math.max(most, 8 * filter.bits.length), 0);
    const head = Buffer.concat([
      bytesOf(Float64Array.from(filters, ({ latestNs }) => latestNs)),
      bytesOf(Uint32Array.from(filters, ({ chunk }) => chunk)),
      bytesOf(Uint32Array.of(bits)),
    ]);
    this.#insertGroup.run(first, withChecksum(placeOf(first), head));
    const rows = rowsOf(filters, bits);
    for (let slice = 0; slice * sliceRows < bits; slice++) {
      const id = sliceId(first, slice);
      const own = rows.subarray(slice * sliceRows * rowBytes, (slice + 1) * sliceRows * rowBytes);
      this.#insertSlice.run(id, withChecksum(placeOfSlice(id), own));
    }
  }
}

function rowsOf(filters: readonly ChunkFilter[], bits: number): Uint8Array {
  const rows = new Uint8Array(bits * rowBytes);
  for (const [index, filter] of filters.entries()) {
    const [at, bit] = [index >>> 3, 1 << (index & 7)];
    const own = 8 * filter.bits.length;
    for (const [byte, eight] of filter.bits.entries()) {
      for (let rest = eight; rest !== 0; rest &= rest - 1) {
        for (let row = 8 * byte + 31 - Math.clz32(rest & -rest); row < bits; row += own) {
          const place = row * rowBytes + at;
          rows[place] = (rows[place] ?? 0) | bit;
        }
      }
    }
  }
  return rows;
}

/** The groups of a file, as a reader asks them. */
export class FilterGroupReader {
  readonly #groups: StatementSync;
  readonly #slice: StatementSync;

  constructor(database: DatabaseSync) {
    this.#groups = database.prepare("SELECT first, body FROM filter_group ORDER BY first DESC");
    this.#slice = database.prepare("SELECT body FROM filter_slice WHERE id = ?");
  }

  /** Newest first; `group` is `null` where it is damaged. */
  *all(): Generator<{ readonly first: number; readonly group: ChunkGroup | null }> {
    for (const row of this.#groups.iterate()) {
      const first = Number(row["first"]);
      yield { first, group: unlessDamaged(() => this.#groupOf(first, checkedBytes(placeOf(first), blobOf(row, "body")))) };
    }
  }

  #groupOf(first: number, head: Uint8Array): ChunkGroup {
    const count = Math.floor(head.length / headBytesEach);
    const { buffer } = head.slice();
    const bits = new Uint32Array(buffer, headBytesEach * count)[0] ?? 0;
    if (count > groupChunks || !(bits > 0 && bits <= bitsMost))
      throw new DamagedFileError(`${placeOf(first)} has ${count} chunks of ${bits} bits`);
    return {
      latestNs: new Float64Array(buffer, 0, count),
      chunks: new Uint32Array(buffer, 8 * count, count),
      mayHave: (probes, among) => this.#mayHave(first, bits, probes, among),
    };
  }

  #mayHave(first: number, bits: number, probes: TermProbes, among: ChunkMask): ChunkMask {
    const mask = among.slice();
    let inVain = 0;
    for (const probe of probes) {
      const row = probe & (bits - 1);
      const rows = this.#sliceOf(sliceId(first, Math.floor(row / sliceRows)));
      // Of what is damaged nobody knows, and it may be there.
      if (rows === null) continue;
      let [isNone, isSame] = [true, true];
      for (let word = 0; word < rowWords; word++) {
        const before = mask[word] ?? 0;
        const both = (before & (rows[(row % sliceRows) * rowWords + word] ?? 0)) >>> 0;
        mask[word] = both;
        if (both !== 0) isNone = false;
        if (both !== before) isSame = false;
      }
      inVain = isSame ? inVain + 1 : 0;
      if (isNone || inVain === inVainMost) break;
    }
    return mask;
  }

  #sliceOf(id: number): Uint32Array | null {
    return unlessDamaged(() => {
      const row = this.#slice.get(id);
      if (row === undefined) throw new DamagedFileError(`${placeOfSlice(id)} is missing`);
      const bytes = checkedBytes(placeOfSlice(id), blobOf(row, "body"));
      return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    });
  }
}

export function unlessDamaged<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedFileError) return null;
    throw error;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function placeOf(first: number): string {
  return `filters from chunk ${first} on`;
}

function placeOfSlice(id: number): string {
  return `slice ${id} of filters`;
}
