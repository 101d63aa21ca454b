/** Ids and times as columns of an index. */

/** 32 or 16 hex digits → 16 or 8 bytes. The doors let nothing else through. */
export function bytesOfId(hex: string): Uint8Array {
  return Buffer.from(hex, "hex");
}

export function idOfBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** One less than SQLite's greatest integer, so that there is an end behind it. */
const lastNs = 2n ** 63n - 2n;

/** Nanoseconds as SQLite can hold them: what lies after the year 2262 counts as its beginning there. The body has the time as it was. */
export function indexedNs(ns: bigint): bigint {
  return ns > lastNs ? lastNs : ns < -lastNs ? -lastNs : ns;
}

/** The end of a range that does not hold its end. */
export function indexedEndNs(toNs: bigint): bigint {
  return indexedNs(toNs - 1n) + 1n;
}
