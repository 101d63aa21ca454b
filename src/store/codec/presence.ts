/**
 * Presence: which rows of a block a column has values for. Series come and go together, so a block keeps each distinct pattern once.
 *
 *      number of runs, varint · their lengths, varint each: rows without, rows with, rows without …
 */
import { DamagedFileError } from "../database.ts";
import { type ByteSink, type ByteSource, readVarint, writeVarint } from "./varint.ts";

/** `bitmap`: bit i & 7 of byte i >> 3 says whether row i is there. */
export function writePresence(sink: ByteSink, bitmap: Uint8Array, rows: number): void {
  const runs: number[] = [];
  let present = false;
  let start = 0;
  for (let row = 0; row <= rows; row++) {
    if (row < rows && isPresent(bitmap, row) === present) continue;
    runs.push(row - start);
    present = !present;
    start = row;
  }
  writeVarint(sink, runs.length);
  for (const run of runs) writeVarint(sink, run);
}

/** The rows that are there, ascending. Throws `DamagedFileError` where it is not about `rows` rows. */
export function readPresence(source: ByteSource, rows: number): Uint16Array {
  const found = new Uint16Array(rows);
  let count = 0;
  let row = 0;
  const runs = readVarint(source);
  for (let run = 0; run < runs; run++) {
    const end = row + readVarint(source);
    if (end > rows) throw new DamagedFileError("a block's column has more rows than the block");
    if (run % 2 === 1) while (row < end) found[count++] = row++;
    row = end;
  }
  if (row !== rows) throw new DamagedFileError("a block's column has fewer rows than the block");
  return found.subarray(0, count);
}

function isPresent(bitmap: Uint8Array, row: number): boolean {
  return (((bitmap[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
}
