/** What leaves the outbox: what was committed together. */
import type { ReceivedSamples } from "../../core/storage.ts";

export interface OutboxRecord {
  /** Ascending, never used twice. */
  readonly seq: number;
  /** A tick, or what a door has received. */
  readonly samples: ReceivedSamples;
}

/** Numbers and histograms together. */
export function sampleCount({ count, histograms = [] }: ReceivedSamples): number {
  return count + histograms.length;
}
