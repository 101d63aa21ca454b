/**
 * Bodies of spans or log records, many in one blob: what came in together is alike, and compresses well together.
 *
 *   ┌─────────┬────────────────────────────────────┬────────┐
 *   │ version │ zstd frame: JSON list of records   │ CRC-32 │   the checksum is also over the chunk's number
 *   │ 1 byte  │ (span-body.ts, log-body.ts), UTF-8 │ 4 byte │
 *   └─────────┴────────────────────────────────────┴────────┘
 *
 * From version 2 on each record has a line of its own, so that one of them, or those that mention something, are found without reading
 * the others. JSON has no line breaks inside of its values.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { DamagedFileError } from "../database.ts";

/** A batch of OpenTelemetry's batch processors is 512. One trace's spans are found by decoding whole chunks, so more would cost reads. */
export const chunkRecordsMax = 512;
/** Characters of JSON; a single record may have more. */
export const chunkCharsMax = 1_048_576;

const version = 2;
const newline = 0x0a;

/** Measured with spans of which a chunk has 240 KB: 75 bytes each in 1.6 µs, against 84 in 2.7 µs at the default level, and 77 in 6.4 µs at 5. */
const fastest = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface PackedChunk {
  readonly body: Uint8Array;
  /** Bytes of the JSON: what decompressing takes. */
  readonly rawBytes: number;
}

/** `records`: the JSON of each. */
export function packChunk(id: number, records: readonly string[]): PackedChunk {
  const raw = Buffer.from(`[${records.join(",\n")}]`);
  return {
    body: withChecksum(placeOf(id), Buffer.concat([Uint8Array.of(version), zstdCompressSync(raw, fastest)])),
    rawBytes: raw.length,
  };
}

/** Throws `DamagedFileError`. */
export function unpackChunk(id: number, { body, rawBytes }: PackedChunk): ChunkText {
  const bytes = checkedBytes(placeOf(id), body);
  // The bytes are those that were written; the bound is against a wrong `rawBytes`.
  const raw = zstdDecompressSync(bytes.subarray(1), { maxOutputLength: Math.max(1, rawBytes) });
  if (bytes[0] === version) return new ChunkText(raw);
  if (bytes[0] === 1) return new ChunkText(withLines(id, raw));
  throw new DamagedFileError(`${placeOf(id)} has the unknown version ${bytes[0]}`);
}

/** Version 1, as version 2 has it. */
function withLines(id: number, raw: Buffer): Buffer {
  const records: unknown = JSON.parse(raw.toString());
  if (!Array.isArray(records)) throw new DamagedFileError(`${placeOf(id)} is no list`);
  return Buffer.from(`[${records.map((record) => JSON.stringify(record)).join(",\n")}]`);
}

/** The records of a chunk, each read when it is asked for. */
export class ChunkText {
  readonly #raw: Buffer;
  /** Where each record begins, and behind the last one where a further one would. */
  readonly #starts: readonly number[];

  constructor(raw: Buffer) {
    this.#raw = raw;
    const starts = [1];
    for (let at = raw.indexOf(newline); at >= 0; at = raw.indexOf(newline, at + 1)) starts.push(at + 1);
    // Behind each record but the last one there are a comma and a line break; behind that a bracket.
    this.#starts = [...starts, raw.length + 1];
  }

  get count(): number {
    return this.#starts.length - 1;
  }

  /** Of all records. */
  get byteLength(): number {
    return this.#raw.length;
  }

  bytesOf(place: number): number {
    return this.#endOf(place) - (this.#starts[place] ?? 0);
  }

  /** Its JSON. Throws `DamagedFileError` where there is no such record. */
  textOf(place: number): string {
    if (!(place >= 0 && place < this.count))
      throw new DamagedFileError(`a chunk of ${this.count} records has none at ${place}`);
    return this.#raw.toString("utf8", this.#starts[place], this.#endOf(place));
  }

  /** To be read by `PlainCursor`. Throws `DamagedFileError` where there is no such record. */
  recordAt(place: number): unknown {
    return JSON.parse(this.textOf(place));
  }

  #endOf(place: number): number {
    return (this.#starts[place + 1] ?? 0) - 2;
  }
}

/** Divides items into runs that each fit into one chunk; `chars` are the lengths of their JSON. */
export function splitIntoChunks<T>(items: readonly T[], charsOf: (item: T) => number): readonly (readonly T[])[] {
  const runs: T[][] = [];
  let chars = Infinity;
  for (const item of items) {
    const length = charsOf(item);
    const run = runs.at(-1);
    if (run === undefined || run.length >= chunkRecordsMax || chars + length > chunkCharsMax) {
      runs.push([item]);
      chars = length;
    } else {
      run.push(item);
      chars += length;
    }
  }
  return runs;
}

function placeOf(id: number): string {
  return `chunk ${id}`;
}
