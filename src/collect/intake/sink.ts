/** Where the doors put what they have decoded: series to be numbered, samples to be stored. One in the intake thread. */
import type { RefusalReason } from "../../core/intake.ts";
import type { Labels } from "../../core/labels.ts";
import type { ReceivedSamples, SeriesRef } from "../../core/storage.ts";

/**
 * A series that gets no number. `series_limit`: the store takes no more, of all or of that node, which may be over later; the others never
 * are: its labels are too many or too long, or none that a series could have.
 */
export interface RefusedSeries {
  readonly reason: Extract<RefusalReason, "series_limit" | "label_limit" | "invalid">;
  readonly refusal: string;
}

export interface IntakeSink {
  /**
   * The numbers of series, in the order asked for. `labels` are complete and sorted by name, without empty values. A number holds until
   * the caller releases it, once per time that it was resolved.
   */
  resolve(labels: readonly Labels[]): Promise<readonly (SeriesRef | RefusedSeries)[]>;
  release(refs: readonly SeriesRef[]): void;
  /**
   * Stores samples of resolved series; resolves when they are on the disk, together with those of others who asked at the same time.
   * The arrays are the sink's from then on. Rejects with `STORE_FULL` and the store's other errors: nothing is stored then, or not all; so with
   * `UNAVAILABLE` where `oldestAcceptedMs` has risen above a sample that was on its way, which may be sent again.
   */
  store(samples: ReceivedSamples): Promise<void>;
  /** Samples before this time are too old to be taken, ms since the epoch: by their age, or because the files of their time have gone. */
  oldestAcceptedMs(): number;
  /** Samples after this time lie too far in the future, ms since the epoch. */
  newestAcceptedMs(): number;
}
