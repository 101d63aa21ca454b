/** The store as the other stages see it. One writer (the data thread); readers in any thread, each with its own. */
import type { Annotation } from "./annotation.ts";
import type { LabelMatcher, Labels } from "./labels.ts";
import type { NativeHistogram, SampleHistograms } from "./native-histogram.ts";

/** Number of a series in one data directory: stable over restarts, dense from 0. */
export type SeriesRef = number;

/**
 * The stale marker: a NaN of these 64 bits says that a series has ended here. Source: Prometheus model/value/value.go, StaleNaN.
 * Two's-complement words, to be written through a typed array: a JavaScript number may lose a NaN's payload.
 */
export const staleNaNBits = 0x7ff0000000000002n;

/**
 * Samples that came from elsewhere: of any times, in any order, of any series, also several of one. Columns, of which the first `count`
 * entries matter.
 */
export interface ReceivedSamples {
  readonly count: number;
  readonly refs: Uint32Array;
  /** Whole ms since the epoch. */
  readonly timesMs: Float64Array;
  /** Carried as bits. */
  readonly values: Float64Array;
  /** Left out: none. */
  readonly histograms?: readonly ReceivedHistogram[];
}

export interface ReceivedHistogram {
  readonly ref: SeriesRef;
  readonly timeMs: number;
  readonly histogram: NativeHistogram;
}

export interface SampleWriter {
  /** The series' number; makes it on first sight, or throws `SERIES_LIMIT`. `labels` are sorted and complete (`__name__`, `node`). */
  resolve(labels: Labels): SeriesRef;
  /** The caller gives the series up: it may be forgotten when its last sample has gone. `resolve` brings it back. */
  release(ref: SeriesRef): void;
  /**
   * Appends one sample to each of the `count` first series in `refs`, all at one time. Durable on return: it survives a kill of the
   * process. Values are carried as bits. Times are whole ms; one that is not after the newest is refused with
   * `SAMPLE_OUT_OF_ORDER`, so there is at most one commit per time. On a full disk it is `STORE_FULL`: nothing of the tick is
   * stored then, and a later one is tried anew.
   */
  commit(timestampMs: number, refs: Uint32Array, values: Float64Array, count: number): void;
  /**
   * Stores what came from elsewhere, all or nothing. Durable on return: it survives a kill of the process. Of several samples of one
   * series at one time the last one received counts, so that whoever is not sure may send again. How late a sample may be is for the
   * caller to say, by `oldestAcceptedMs`; one from before the retention is gone with the next upkeep. Throws `STORE_FULL`, and `UNAVAILABLE`
   * where a sample is from before `oldestAcceptedMs`, which may have risen since the caller looked.
   */
  receive(samples: ReceivedSamples): void;
  /**
   * The files of times before this have gone, and only summaries stand for them, which nothing can be added to: `receive` takes no samples of
   * those times. -Infinity where nothing has gone. It moves with `maintain`, and with the clock.
   */
  oldestAcceptedMs(): number;
  /** Whether `resolve` has given the number out and it was not released since: of other series `receive` takes no samples. */
  holds(ref: SeriesRef): boolean;
  annotate(annotation: Annotation): void;
  /**
   * Marks stale, right after the newest tick, what the ticks of the last minute left alive. For the start after a kill: a process
   * that ended without a word must not look alive for another look-back. Series of the metrics in `spared` go on.
   */
  endLastRun(spared?: ReadonlySet<string>): void;
  /**
   * The wall clock was set back by so much that waiting is no answer: hides every sample from `toMs` on and lets time go on from
   * there. Nothing is deleted.
   */
  rewind(toMs: number): void;
  /** Sealing, merging, tiers and retention, in slices of about `budgetMs`. Returns true while there is more to do. */
  maintain(nowMs: number, budgetMs: number): boolean;
  /**
   * How much that was received waits for `maintain`, in portions of what it seals together: up to 1 all is well. Whoever receives more must
   * give way to it in time; what nobody gives way to is sealed at once, and everything waits.
   */
  backlog(): number;
  /** Durability boundary: everything committed is on the disk on return. For an end; in between it would keep ticks waiting. */
  sync(): void;
  /**
   * The same for acknowledgements to others, while ticks go on: resolves when everything that was committed before the call is on the
   * disk, rejects where it may not be. Who asks meanwhile shares the next call of the system.
   */
  synced(): Promise<void>;
  stats(): StoreStats;
  close(): void;
}

export interface StoreStats {
  readonly series: number;
  /** Samples that are not sealed into blocks yet. */
  readonly headSamples: number;
  /** On the disk; this, `oldestMs`, `partitions`, `tiers` and `quarantined` are some seconds old at most. */
  readonly bytes: number;
  /** At this size the oldest data goes. */
  readonly maxBytes: number;
  /** When `bytes` reaches `maxBytes` at the growth of the last days, ms since the epoch; `null` while that cannot be told or is never. */
  readonly fullAtMs: number | null;
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
  readonly partitions: number;
  readonly tiers: readonly TierStats[];
  /** Since the writer was opened. */
  readonly samplesCommitted: number;
  /** Paths of files that were set aside, because they are damaged (`*.corrupt`) or lie after a time set back (`*.ahead`). */
  readonly quarantined: readonly string[];
  /** `full`: the disk is, and ticks are refused with `STORE_FULL` until there is room again. */
  readonly state: "ok" | "full";
  /** Samples refused since the writer was opened, because the disk was full. */
  readonly samplesRefused: number;
  /** How often, since the writer was opened, the disk has failed to take samples: the newest ones would be lost with its power. */
  readonly syncFailures: number;
}

/** What one tier holds. */
export interface TierStats {
  readonly stepMs: TierStepMs;
  readonly bytes: number;
  readonly oldestMs: number | null;
  /** Everything up to this time is in the tier; `null` before the first time. */
  readonly builtToMs: number | null;
}

/**
 * One series' samples in a time range. The arrays have the same length; times ascend; stale markers are in there, as bits. The series
 * of one answer may share their memory, and with equal times the array of them: nobody may change what is in there.
 */
export interface SeriesSamples {
  readonly ref: SeriesRef;
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** Where there is one, the sample is that native histogram, and the value is NaN without a meaning. Left out: numbers only. */
  readonly histograms?: SampleHistograms;
  /** When the counting of what a sample counts began, ms; 0 where that is not known. Left out: of no sample. */
  readonly startsMs?: Float64Array;
}

/** Steps of the tiers, ms: one minute, one hour. Finest first. */
export const tierStepsMs = [60_000, 3_600_000] as const;
export type TierStepMs = (typeof tierStepsMs)[number];

/**
 * Per window of one step what its samples come to. All arrays have the same length; windows without samples are left out. Stale
 * markers are no samples here.
 */
export interface SummaryColumns {
  /** Ends of the windows, ms, ascending multiples of the step; a window holds the samples with end − step < time ≤ end. */
  readonly endsMs: Float64Array;
  /** Samples in the window, ≥ 1. */
  readonly count: Float64Array;
  /** With Neumaier's compensation, in time order. */
  readonly sum: Float64Array;
  /** Least and greatest value; NaN only where every value is. Of equal ones (−0, 0) the first. */
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly first: Float64Array;
  readonly firstMs: Float64Array;
  readonly last: Float64Array;
  readonly lastMs: Float64Array;
  /** How often a value is less than the one before it within the window: resets, where the series is a counter. */
  readonly drops: Float64Array;
  /** Sum of the values before those drops, added in time order: what a counter's increase needs on top of last − first. */
  readonly dropped: Float64Array;
  /** Bits of `summaryFlags`. */
  readonly flags: Float64Array;
}

export type SummaryColumn = keyof SummaryColumns;

export const summaryFlags = {
  /** Every value is an integer of at most 2^53, so that sums of them have no rounding while they stay below that. */
  integers: 1,
  /** There is a NaN among the values. */
  nan: 2,
  /** A stale marker follows the last sample: the series ended in this window. */
  ended: 4,
  /** There are native histograms among the samples, which the other columns do not describe. */
  histograms: 8,
  /** There are samples of which it is known when their counting began. */
  starts: 16,
} as const;

export interface SeriesSummaries extends SummaryColumns {
  readonly ref: SeriesRef;
  readonly labels: Labels;
}

/** What a reader tells while it reads, and what it is told. */
export interface ReadObserver {
  /**
   * Of samples (or windows), before room is made for them. It throws when they are too many: a month of everything is more than any
   * machine's memory. It may also throw because the time is over; 0 asks for no more than that.
   */
  admit(samples: number): void;
  /** Of what the answer does not hold as it was written. */
  note(note: ReadNote): void;
  /** Samples that are kept decoded are not used, for measurements. */
  readonly decodesAnew?: boolean;
  /** Of each series only the newest sample in the range matters: `select` may leave out older ones. */
  readonly newestOnly?: boolean;
}

export type ReadNote =
  /** What was stored there cannot be read; `path` names the file, the times span what is missing. */
  | { readonly kind: "damaged"; readonly path: string; readonly fromMs: number; readonly toMs: number }
  /** Raw samples are gone there, the answer comes from the tier of this step. */
  | { readonly kind: "tier"; readonly stepMs: TierStepMs };

export interface SampleReader {
  /** Takes in what the writer has committed since. Cheap; call it before a query. */
  refresh(): void;
  /**
   * Time of the newest committed tick: where what was collected here is at its newest. Samples from elsewhere may lie after it, and as far
   * ahead as a sender's clock is wrong; without any tick it is the time of the newest one of those. `null` in an empty store.
   */
  latestMs(): number | null;
  /** Up to when answers stay as they are while `generation` does. Left out: up to `latestMs`. */
  finalMs?(): number | null;
  /** Of raw samples. */
  oldestMs(): number | null;
  /**
   * Samples up to `finalMs` stay as they are while this number does; with another one they may be others, because files have come or
   * gone, late samples were received, or time was set back. Left out, or `null`: they may change at any time.
   */
  generation?(): number | null;
  /**
   * Distance of the samples that `select` gives at this time: 0 for raw ones, which answer wherever they exist; else the step of the
   * finest tier that reaches back so far.
   */
  stepAtMs(timeMs: number): 0 | TierStepMs;
  /**
   * Samples with startMs < time ≤ endMs of every series that all matchers accept; series without samples there are left out. Where
   * raw samples are gone, each window of the tier gives its first and its last sample, at their own times, and the observer a note.
   */
  select(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly SeriesSamples[];
  /**
   * What the samples of each whole window of `stepMs` come to, for windows that end at startMs < end ≤ endMs; both are multiples of
   * `stepMs`. Exactly as if computed from raw samples, where those exist; where only a coarser tier is left, its windows, and a note.
   * One series at a time, as the caller asks for the next: a month of many is more than fits in memory. Series without a window are
   * left out. Columns that are not `wanted` may be all 0.
   */
  summaries(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    stepMs: TierStepMs,
    observer?: ReadObserver,
    wanted?: readonly SummaryColumn[],
  ): Iterable<SeriesSummaries>;
  /** Label sets with at least one sample in the range. */
  series(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly Labels[];
  labelNames(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly string[];
  labelValues(
    name: string,
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    observer?: ReadObserver,
  ): readonly string[];
  /** Who has how many series; at most `limit` of each. */
  cardinality(limit: number): Cardinality;
  annotations(startMs: number, endMs: number): readonly Annotation[];
  close(): void;
}

/** "Who is eating my series": each list is sorted by its figure, greatest first. */
export interface Cardinality {
  readonly series: number;
  /** Distinct pairs of label name and value. */
  readonly labelPairs: number;
  readonly seriesByMetric: readonly CountOf[];
  readonly valuesByLabel: readonly CountOf[];
  /** Bytes of UTF-8 that the label's values take, once per value. */
  readonly bytesByLabel: readonly CountOf[];
  /** `name=value`. */
  readonly seriesByPair: readonly CountOf[];
  readonly seriesByNode: readonly CountOf[];
}

export interface CountOf {
  readonly name: string;
  readonly count: number;
}
