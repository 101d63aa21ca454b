/** The newest records of a file, while they are too few for a chunk. */
import type { DatabaseSync } from "node:sqlite";
import { checkedBytes, withChecksum } from "../checksum.ts";
import { blobOf, integerOf } from "../database.ts";

export const headTable = `CREATE TABLE head (record INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;`;

export interface HeadRecord {
  readonly record: number;
  /** As in a chunk. */
  readonly text: string;
}

/** Those behind `after`, in order. Throws `DamagedFileError`. */
export function readHead(database: DatabaseSync, after: number): readonly HeadRecord[] {
  return database
    .prepare("SELECT record, body FROM head WHERE record > ? ORDER BY record")
    .all(after)
    .map((row) => {
      const record = integerOf(row, "record");
      return { record, text: Buffer.from(checkedBytes(placeOf(record), blobOf(row, "body"))).toString() };
    });
}

export function packHeadRecord({ record, text }: HeadRecord): Uint8Array {
  return withChecksum(placeOf(record), Buffer.from(text));
}

function placeOf(record: number): string {
  return `record ${record}`;
}
