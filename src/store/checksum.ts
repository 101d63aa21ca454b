/** Bytes that tell when they are not what was written, or not where: for small rows, where SQLite itself has no checksums. */
import { crc32 } from "node:zlib";
import { DamagedFileError } from "./database.ts";

/** Bytes of the checksum at the end. */
const checksumBytes = 4;

/** `bytes` and behind them the CRC-32, little-endian, of `place` and `bytes`; `place` says where they belong. */
export function withChecksum(place: string, bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(bytes.length + checksumBytes);
  all.set(bytes);
  new DataView(all.buffer).setUint32(bytes.length, crc32(bytes, crc32(place)), true);
  return all;
}

/** The bytes that were given to `withChecksum`. Throws `DamagedFileError` where they, or their place, are other ones. */
export function checkedBytes(place: string, all: Uint8Array): Uint8Array {
  const length = all.length - checksumBytes;
  if (length >= 0) {
    const bytes = all.subarray(0, length);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    if (view.getUint32(length, true) === crc32(bytes, crc32(place))) return bytes;
  }
  throw new DamagedFileError(`the checksum of ${place} is wrong`);
}
