/** What was received, in the form in which it is stored: by file, and sorted. */
import type { ReceivedHistogram, ReceivedSamples } from "../../core/storage.ts";
import { emptyBatch, type EncodedBatch, encodeBatches } from "./batch.ts";
import { encodeHistogramBatch } from "./histogram-batch.ts";
import { receivedFileStart } from "./received-schema.ts";

/** A batch with the native histograms of the same time; `samples` counts those too. */
export interface StorableBatch extends EncodedBatch {
  readonly histograms: Uint8Array;
}

/** A batch for each file. Throws `RangeError` where a time is not whole ms. */
export function storableBatches(samples: ReceivedSamples): StorableBatch[] {
  const batches = new Map(encodeBatches(samples).map((batch) => [batch.fileStartMs, batch]));
  const histograms = Map.groupBy(samples.histograms ?? [], ({ timeMs }) => receivedFileStart(checked(timeMs)));
  return Array.from(new Set([...batches.keys(), ...histograms.keys()]), (startMs) =>
    withHistograms(batches.get(startMs) ?? emptyBatch(startMs), histograms.get(startMs) ?? []),
  );
}

function withHistograms(batch: EncodedBatch, histograms: readonly ReceivedHistogram[]): StorableBatch {
  let { firstMs, lastMs } = batch;
  for (const { timeMs } of histograms) {
    firstMs = Math.min(firstMs, timeMs);
    lastMs = Math.max(lastMs, timeMs);
  }
  const samples = batch.samples + histograms.length;
  return { ...batch, firstMs, lastMs, samples, histograms: encodeHistogramBatch(batch.fileStartMs, histograms) };
}

function checked(timeMs: number): number {
  if (!Number.isSafeInteger(timeMs)) throw new RangeError(`a sample's time must be whole ms, not ${timeMs}`);
  return timeMs;
}
