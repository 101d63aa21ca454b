/** Columns of single series out of batches. */
import type { SeriesRef } from "../../core/storage.ts";
import { type Batch, endOf, indexOfRef } from "./batch.ts";
import { columnOfRun } from "./histogram-column.ts";
import { decodeHistogramRun } from "./histogram-run.ts";
import type { ReceivedColumn } from "./received-column.ts";

/** What a batch has of one series, numbers first: of one time, a histogram counts more than a number that came with it. */
export function piecesOfBatch(
  fileStartMs: number,
  batch: Batch,
  runs: ReadonlyMap<SeriesRef, Uint8Array>,
  ref: SeriesRef,
): ReceivedColumn[] {
  const index = indexOfRef(batch, ref);
  const pieces = batch.refs[index] === ref ? [columnOfBatch(fileStartMs, batch, index)] : [];
  const run = runs.get(ref);
  return run === undefined ? pieces : [...pieces, columnOfRun(decodeHistogramRun(fileStartMs, run))];
}

/** The samples of the series at `index` of the batch, as they came. */
function columnOfBatch(fileStartMs: number, batch: Batch, index: number): ReceivedColumn {
  const from = index === 0 ? 0 : endOf(batch, index - 1);
  const to = endOf(batch, index);
  const timestampsMs = new Float64Array(to - from);
  const words = batch.words.slice(2 * from, 2 * to);
  for (let i = from; i < to; i++) timestampsMs[i - from] = fileStartMs + offsetAt(batch, i);
  return { timestampsMs, values: new Float64Array(words.buffer), histograms: null };
}

function offsetAt({ offsetsMs }: Batch, sample: number): number {
  return offsetsMs[offsetsMs.length === 1 ? 0 : sample] ?? 0;
}
