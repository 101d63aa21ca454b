/**
 * Bodies of spans or log records, many in one blob: what came in together is alike, and compresses well together.
 *
 *   ┌─────────┬────────────────────────────────────┬────────┐
 *   │ version │ zstd frame: JSON list of records   │ CRC-32 │   the checksum is also over the chunk's number
 *   │ 1 byte  │ (span-body.ts, log-body.ts), UTF-8 │ 4 byte │
 *   └─────────┴────────────────────────────────────┴────────┘
 */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { DamagedFileError } from "../database.ts";

/** A batch of OpenTelemetry's batch processors is 512. One trace's spans are found by decoding whole chunks, so more would cost reads. */
export const chunkRecordsMax = 512;
/** Characters of JSON; a single record may have more. */
export const chunkCharsMax = 1_048_576;

const version = 1;

export interface PackedChunk {
  readonly body: Uint8Array;
  /** Bytes of the JSON: what decompressing takes. */
  readonly rawBytes: number;
}

/** `records`: the JSON of each. */
export function packChunk(id: number, records: readonly string[]): PackedChunk {
  const raw = Buffer.from(`[${records.join(",")}]`);
  return {
    body: withChecksum(placeOf(id), Buffer.concat([Uint8Array.of(version), zstdCompressSync(raw)])),
    rawBytes: raw.length,
  };
}

/** The records, to be read by `PlainCursor`. Throws `DamagedFileError`. */
export function unpackChunk(id: number, { body, rawBytes }: PackedChunk): readonly unknown[] {
  const bytes = checkedBytes(placeOf(id), body);
  if (bytes[0] !== version) throw new DamagedFileError(`${placeOf(id)} has the unknown version ${bytes[0]}`);
  // The bytes are those that were written; the bound is against a wrong `rawBytes`.
  const raw = zstdDecompressSync(bytes.subarray(1), { maxOutputLength: Math.max(1, rawBytes) });
  const records: unknown = JSON.parse(raw.toString());
  if (Array.isArray(records)) return records;
  throw new DamagedFileError(`${placeOf(id)} is no list`);
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
