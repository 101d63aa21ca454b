/** A row of `batches` as it comes out of a file, for the sealing writer and for readers. */
import type { SQLOutputValue } from "node:sqlite";
import { DamagedFileError } from "../database.ts";
import { type Batch, openBatch } from "./batch.ts";
import { runsOfBatch } from "./histogram-batch.ts";
import { batchChecksum } from "./received-schema.ts";

export interface BatchRow {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly batch: Batch;
  /** See histogram-run.ts; empty where there are none. */
  readonly histograms: Uint8Array;
}

/** `null` where it is damaged. */
export function batchRowOf(row: Readonly<Record<string, SQLOutputValue>>): BatchRow | null {
  const { t0, t1, samples, data, histograms, crc } = row;
  if (typeof t0 !== "number" || typeof t1 !== "number" || typeof samples !== "number") return null;
  if (!(data instanceof Uint8Array) || !(histograms instanceof Uint8Array)) return null;
  if (crc !== batchChecksum(t0, t1, samples, data, histograms)) return null;
  try {
    return { firstMs: t0, lastMs: t1, batch: openBatch(data), histograms };
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    return null;
  }
}

/** Series of which a batch has something. Throws `DamagedFileError`. */
export function refsOfBatch({ batch, histograms }: BatchRow): Uint32Array {
  return histograms.length === 0 ? batch.refs : Uint32Array.from([...batch.refs, ...runsOfBatch(histograms).keys()]);
}
