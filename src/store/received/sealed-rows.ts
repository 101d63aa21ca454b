/** Rows of sealed received samples, for the writer and for readers. Those of blocks are as in partitions: `blockRowOf`. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { blockRowOf } from "../partition/partition-schema.ts";
import { histogramRowChecksum, partsOfBlockId, partsOfHistogramId } from "./received-schema.ts";

export interface HistogramRow {
  readonly id: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly data: Uint8Array;
  readonly checksum: number;
}

/** `null` where it is damaged. */
export function histogramRowOf(row: Readonly<Record<string, SQLOutputValue>>): HistogramRow | null {
  const { id, t0, t1, data, crc } = row;
  if (typeof id !== "number" || typeof t0 !== "number" || typeof t1 !== "number" || !(data instanceof Uint8Array)) return null;
  const checksum = histogramRowChecksum(id, t0, t1, data);
  return checksum === crc ? { id, startMs: t0, endMs: t1, data, checksum } : null;
}

export interface RowSurvey {
  /** Number of the newest write that left a row. */
  readonly greatest: number;
  /** XOR of the checksums of all rows; those of blocks without the damaged ones. */
  readonly blocks: number;
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

/** Looks at every row, but not at its data. */
export function surveyRows(database: DatabaseSync): RowSurvey {
  let greatest = 0;
  let blocks = 0;
  let firstMs = Infinity;
  let lastMs = -Infinity;
  const add = (number: number, row: SoundRow): void => {
    greatest = Math.max(greatest, number);
    blocks ^= row.checksum;
    firstMs = Math.min(firstMs, row.startMs);
    lastMs = Math.max(lastMs, row.endMs);
  };
  for (const row of database.prepare("SELECT id, t0, t1, members FROM blocks").iterate()) {
    const block = blockRowOf(row);
    if (block !== null) add(partsOfBlockId(block.id).number, block);
  }
  for (const { id, t0, t1, crc } of database.prepare("SELECT id, t0, t1, crc FROM histograms").iterate())
    add(partsOfHistogramId(Number(id)).number, { startMs: Number(t0), endMs: Number(t1), checksum: Number(crc) });
  return greatest === 0 ? { greatest, blocks, firstMs: null, lastMs: null } : { greatest, blocks, firstMs, lastMs };
}

type SoundRow = Pick<HistogramRow, "startMs" | "endMs" | "checksum">;
