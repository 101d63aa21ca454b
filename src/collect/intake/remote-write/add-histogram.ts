/** A histogram at the reader → the batch. */
import type { SeriesRef } from "../../../core/storage.ts";
import type { ProtoReader } from "../../../io/protobuf/reader.ts";
import { readHistogram, staleHigh, staleLow } from "./read-histogram.ts";
import { addSample } from "./read-samples.ts";
import type { WriteBatch } from "./write-batch.ts";

/** The end of a series is a number in the store, whatever its samples are. */
export function addHistogram(reader: ProtoReader, ref: SeriesRef, batch: WriteBatch): void {
  const read = readHistogram(reader);
  if (read.kind === "invalid") batch.refusals.add({ reason: "invalid", message: read.message }, 1);
  else if (read.kind === "stale") addSample(ref, read.timeMs, staleLow, staleHigh, batch);
  else batch.addHistogram(ref, read.timeMs, read.histogram);
}
