/**
 * Two constants of the running kernel that Node has no call for, from the auxiliary vector that the kernel hands to each process.
 * Source: getauxval(3); kernel `include/uapi/linux/auxvec.h`. Pages are 4 KiB on x86-64, 4, 16 or 64 KiB on arm64.
 */
import { readFileSync } from "node:fs";

export interface ProcessConstants {
  /** What `/proc` counts memory in. */
  readonly pageBytes: number;
  /** What `/proc` counts CPU time in (USER_HZ). */
  readonly ticksPerSecond: number;
}

const typePageSize = 6n;
const typeClockTicks = 17n;

/** Pairs of 64-bit words, type and value; Node runs on 64-bit Linux only. Throws when the file is not there (another system). */
export function readProcessConstants(path = "/proc/self/auxv"): ProcessConstants {
  const vector = readFileSync(path);
  const values = new Map<bigint, number>();
  for (let at = 0; at + 16 <= vector.length; at += 16) {
    values.set(vector.readBigUInt64LE(at), Number(vector.readBigUInt64LE(at + 8)));
  }
  const pageBytes = values.get(typePageSize);
  const ticksPerSecond = values.get(typeClockTicks);
  if (pageBytes === undefined || ticksPerSecond === undefined) throw new Error(`${path} lacks AT_PAGESZ or AT_CLKTCK`);
  return { pageBytes, ticksPerSecond };
}
