/** Zstandard with the length known: what comes out is that long, or it is damage. */
import { zstdDecompressSync } from "node:zlib";
import { DamagedFileError } from "../database.ts";

/** Throws `DamagedFileError`; takes no more memory than `length` bytes, whatever the frame says. */
export function inflate(packed: Uint8Array, length: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = zstdDecompressSync(packed, { maxOutputLength: Math.max(1, length) });
  } catch (error) {
    throw new DamagedFileError(`a block does not inflate: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (bytes.byteLength !== length) throw new DamagedFileError("a block inflates to another length");
  return bytes;
}
