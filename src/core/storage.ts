/** The store as the other stages see it. One writer (the data thread); readers in any thread, each with its own. */
import type { Annotation } from "./annotation.ts";
import type { LabelMatcher, Labels } from "./labels.ts";

/** Number of a series in one data directory: stable over restarts, dense from 0. */
export type SeriesRef = number;

/**
 * The stale marker: a NaN of these 64 bits says that a series has ended here. Source: Prometheus model/value/value.go, StaleNaN.
 * Two's-complement words, to be written through a typed array: a JavaScript number may lose a NaN's payload.
 */
export const staleNaNBits = 0x7ff0000000000002n;

export interface SampleWriter {
  /** The series' number; makes it on first sight. `labels` are sorted and complete (`__name__`, `node`). */
  resolve(labels: Labels): SeriesRef;
  /** The caller gives the series up: it may be forgotten when its last sample has gone. `resolve` brings it back. */
  release(ref: SeriesRef): void;
  /**
   * Appends one sample to each of the `count` first series in `refs`, all at one time. Durable on return: it survives a kill of the
   * process. Values are carried as bits. Times are whole ms; one that is not after the newest is refused with
   * `SAMPLE_OUT_OF_ORDER`, so there is at most one commit per time.
   */
  commit(timestampMs: number, refs: Uint32Array, values: Float64Array, count: number): void;
  annotate(annotation: Annotation): void;
  /**
   * Marks stale, right after the newest tick, what the ticks of the last minute left alive. For the start after a kill: a process
   * that ended without a word must not look alive for another look-back.
   */
  endLastRun(): void;
  /**
   * The wall clock was set back by so much that waiting is no answer: hides every sample from `toMs` on and lets time go on from
   * there. Nothing is deleted.
   */
  rewind(toMs: number): void;
  /** Sealing and retention, in slices of about `budgetMs`. Returns true while there is more to do. */
  maintain(nowMs: number, budgetMs: number): boolean;
  /** Durability boundary for acknowledgements to others: everything committed is on the disk on return. */
  sync(): void;
  stats(): StoreStats;
  close(): void;
}

export interface StoreStats {
  readonly series: number;
  /** Samples that are not sealed into blocks yet. */
  readonly headSamples: number;
  /** On the disk; this, `oldestMs`, `partitions` and `quarantined` are some seconds old at most. */
  readonly bytes: number;
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
  readonly partitions: number;
  /** Since the writer was opened. */
  readonly samplesCommitted: number;
  /** Paths of files that were set aside, because they are damaged (`*.corrupt`) or lie after a time set back (`*.ahead`). */
  readonly quarantined: readonly string[];
}

/** One series' samples in a time range. The two arrays have the same length; times ascend; stale markers are in there, as bits. */
export interface SeriesSamples {
  readonly ref: SeriesRef;
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
}

export interface SampleReader {
  /** Takes in what the writer has committed since. Cheap; call it before a query. */
  refresh(): void;
  /** Time of the newest committed tick, `null` in an empty store. */
  latestMs(): number | null;
  oldestMs(): number | null;
  /**
   * Samples with startMs < time ≤ endMs of every series that all matchers accept; series without samples there are left out.
   * `admit` is told of samples before room is made for them, and throws when they are too many: a month of everything is more
   * than any machine's memory.
   */
  select(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    admit?: (samples: number) => void,
  ): readonly SeriesSamples[];
  /** Label sets with at least one sample in the range. */
  series(matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly Labels[];
  labelNames(matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly string[];
  labelValues(name: string, matchers: readonly LabelMatcher[], startMs: number, endMs: number): readonly string[];
  annotations(startMs: number, endMs: number): readonly Annotation[];
  close(): void;
}
