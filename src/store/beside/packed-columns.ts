/** Columns of one chunk in one blob: typed arrays as they lie in memory, one behind the other, and a checksum. */
import { checkedBytes, withChecksum } from "../checksum.ts";
import { DamagedFileError } from "../database.ts";

export interface PackedColumns {
  /** All columns, from its beginning. */
  readonly buffer: ArrayBuffer;
  /** Spans. */
  readonly count: number;
}

export function packColumns(place: string, buffer: ArrayBufferLike): Uint8Array {
  return withChecksum(place, new Uint8Array(buffer));
}

/** `body` as SQLite gives it, in a buffer of its own; `bytesPerSpan`: of all columns. Throws `DamagedFileError`. */
export function unpackColumns(place: string, body: Uint8Array, bytesPerSpan: number): PackedColumns {
  const { buffer, byteOffset, length } = checkedBytes(place, body);
  const count = length / bytesPerSpan;
  if (!Number.isInteger(count)) throw new DamagedFileError(`${place}: ${length} bytes are not of whole spans`);
  return { buffer: byteOffset === 0 && buffer instanceof ArrayBuffer ? buffer : body.slice(0, length).buffer, count };
}
