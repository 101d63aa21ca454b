/** Text files that people write: found by a pattern, and read whole up to a limit. */
import { closeSync, globSync, openSync, readSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { ChainPulseError } from "../core/errors.ts";

/** Reads until the end or `limit` bytes, whichever is first: the path may be an endless device. Throws the system's error. */
export function readAtMost(path: string, limit: number): Buffer {
  const descriptor = openSync(path, "r");
  try {
    const chunks: Buffer[] = [];
    for (let total = 0; total < limit;) {
      const chunk = Buffer.alloc(Math.min(65_536, limit - total));
      const length = readSync(descriptor, chunk);
      if (length === 0) break;
      chunks.push(chunk.subarray(0, length));
      total += length;
    }
    return Buffer.concat(chunks);
  } finally {
    closeSync(descriptor);
  }
}

/** The file's text. Throws `FILE_UNUSABLE` where it cannot be read, is larger than `bytesMax`, or is no UTF-8. */
export function readText(path: string, bytesMax: number): string {
  let bytes: Buffer;
  try {
    bytes = readAtMost(path, bytesMax + 1);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ChainPulseError("FILE_UNUSABLE", `${path} cannot be read: ${reason}`, { cause: error });
  }
  if (bytes.length > bytesMax) throw new ChainPulseError("FILE_UNUSABLE", `${path} is larger than ${bytesMax} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ChainPulseError("FILE_UNUSABLE", `${path} is not UTF-8 text`, { cause: error });
  }
}

/** Whether it is more than the name of one file. */
export function isPattern(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

/** Absolute paths that the pattern stands for, sorted; of a plain path itself, whether it exists or not. Relative ones begin at `directory`. */
export function matchPaths(pattern: string, directory: string): readonly string[] {
  const path = isAbsolute(pattern) ? pattern : join(directory, pattern);
  return isPattern(pattern) ? globSync(path).sort() : [path];
}
