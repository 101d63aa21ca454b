/** Columns of rows that are read with all integers as bigint; times in nanoseconds need it. */
import type { SQLOutputValue } from "node:sqlite";
import { DamagedFileError } from "../database.ts";

type Row = Readonly<Record<string, SQLOutputValue>>;

/** Throws `DamagedFileError`. */
export function bigintOf(row: Row, column: string): bigint {
  const value = row[column];
  if (typeof value === "bigint") return value;
  throw new DamagedFileError(`column ${column} is not an integer`);
}

/** Throws `DamagedFileError`. */
export function wholeOf(row: Row, column: string): number {
  const value = Number(bigintOf(row, column));
  if (Number.isSafeInteger(value)) return value;
  throw new DamagedFileError(`column ${column} is too large`);
}
