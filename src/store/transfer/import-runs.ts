/** What an import does with the runs that a format gives: hands them to the store, and counts. */
import type { Labels } from "../../core/labels.ts";
import type { SeriesRun } from "./series-run.ts";

/** The store's side: it takes runs in any order and sorts them into its ticks. */
export interface Backfill {
  add(labels: Labels, timestampsMs: Float64Array, values: Float64Array): void;
  /** Writes what was added. */
  finish(): BackfillCounts;
}

export interface BackfillCounts {
  readonly samples: number;
  /** Not after the newest sample that was there before, too far in the future, or a second one of its series at one time. */
  readonly refused: number;
}

/** `progress` is told how many samples were read so far. */
export async function importRuns(
  runs: AsyncIterable<SeriesRun>,
  backfill: Backfill,
  progress: (samples: number) => void,
): Promise<BackfillCounts> {
  let read = 0;
  for await (const { labels, timestampsMs, values } of runs) {
    backfill.add(labels, timestampsMs, values);
    progress((read += values.length));
  }
  return backfill.finish();
}
