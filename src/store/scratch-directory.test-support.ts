/**
 * Where tests put their stores: in memory, where the machine has room there. SQLite syncs whatever is committed, and on a disk the store's tests
 * wait for that longer than they work (catalog-damage.test.ts takes 17 s of which 4 are work, in memory 4 in all). What a killed process leaves
 * is the same: only a power cut would tell the two apart, and tests make none. `TMPDIR` takes them elsewhere.
 */
import { accessSync, constants, mkdtempSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux has it always, containers often with 64 MB only. */
const memoryDir = "/dev/shm";
/** Far more than all stores of two test files at a time. */
const roomBytesMin = 2 ** 30;

/** A new directory, which the caller removes. */
export function scratchDirectory(prefix: string): string {
  return mkdtempSync(join(process.env["TMPDIR"] === undefined && hasRoom(memoryDir) ? memoryDir : tmpdir(), prefix));
}

function hasRoom(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= roomBytesMin;
  } catch {
    return false;
  }
}
