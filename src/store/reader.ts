/**
 * The embedded engine's reader. Any thread may have one of its own: connections are read-only, take no lock that a writer waits for,
 * and see one consistent state of each file.
 *
 * What it serves is fixed by `refresh`: the ticks in the head cache, and before them sealed blocks. The boundary is
 * `coveredFromMs`: every tick up to it is in blocks, every later one in the cache, so that a sealing between two calls is not
 * seen twice and leaves no gap. When the reader has slept through a sealing, or the list of files has changed, the cache starts anew.
 * Before the oldest raw samples the tiers answer.
 */
import type { Annotation } from "../core/annotation.ts";
import { type LabelMatcher, type Labels, labelValue } from "../core/labels.ts";
import type { Logger } from "../core/logger.ts";
import type {
  Cardinality,
  ReadObserver,
  SampleReader,
  SeriesRef,
  SeriesSamples,
  SeriesSummaries,
  SummaryColumn,
  SummaryColumns,
  TierStepMs,
} from "../core/storage.ts";
import { readAnnotations } from "./state/annotations.ts";
import type { ColumnSamples } from "./codec/block.ts";
import { isUnreadable } from "./catalog/catalog-files.ts";
import { isInputError, storeError } from "./database.ts";
import { HeadCache } from "./partition/head-cache.ts";
import { joinSeries } from "./partition/join-series.ts";
import { bucketOf } from "./partition/partition-schema.ts";
import { type Damage, SealedSamples, unobserved } from "./partition/sealed-samples.ts";
import { joinSamples, type RawSamples, seriesOf } from "./raw-samples.ts";
import { combine, numbersOf } from "./received/received-column.ts";
import { ReceivedSamples } from "./received/received-samples.ts";
import { SeriesIndex } from "./catalog/series-index.ts";
import { joinSummaries, summarise } from "./tier/summarise.ts";
import { type PlanPart, TieredSamples } from "./tier/tiered-samples.ts";

export interface ReaderOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Ticks kept in memory. Default: 600, ten minutes at 1 Hz: 7 MB for 1,500 series. */
  readonly cacheTicks?: number;
  /** Samples in those ticks: with many series, fewer ticks. Default: 1,000,000, which is 8 MB. */
  readonly cacheSamples?: number;
  /** Bound of the cache of decoded sealed samples. Default: 16 MiB. */
  readonly cacheBytes?: number;
}

/** Opens the data directory for reading; an empty or missing one is an empty store until `refresh` finds more. Throws `STORE_TOO_NEW`, `STORE_UNUSABLE`. */
export function openReader(options: ReaderOptions): SampleReader {
  const reader = new EmbeddedReader(options);
  reader.refresh();
  return reader;
}

/** Series that are put together between two looks at the clock: about ten milliseconds' worth. */
const seriesBetweenLooks = 1024;

/** Raw samples that are summarised at once, per series: an hour, which is a block. */
const summarySliceMs = 3_600_000;

/** So far back the newest samples are looked for first: what is collected or scraped at a usual interval has one there. */
const nearbyMs = 20_000;

/** Samples that come later than this after the newest tick make answers anew that were given already, ms. */
const lateMs = 60_000;

class EmbeddedReader implements SampleReader {
  readonly #dataDir: string;
  readonly #logger: Logger;
  readonly #index: SeriesIndex;
  readonly #head: HeadCache;
  readonly #sealed: SealedSamples;
  readonly #received: ReceivedSamples;
  readonly #tiers: TieredSamples;
  #annotationsFailed = false;
  #generation = 0;
  /** Of the head; a damaged tick stays until it would be sealed. */
  #damaged: readonly Damage[] = [];

  constructor(options: ReaderOptions) {
    const { dataDir, logger } = options;
    this.#dataDir = dataDir;
    this.#logger = logger;
    this.#index = new SeriesIndex(dataDir);
    this.#head = new HeadCache(options.cacheTicks ?? 600, options.cacheSamples ?? 1_000_000);
    this.#sealed = new SealedSamples({ dataDir, logger, cacheBytes: options.cacheBytes ?? 16 * 1024 * 1024 });
    this.#received = new ReceivedSamples({ dataDir, logger, cacheBytes: options.cacheBytes ?? 16 * 1024 * 1024 });
    this.#tiers = new TieredSamples({ dataDir, logger });
  }

  refresh(): void {
    this.#guard(() => {
      const finalMs = this.finalMs() ?? -Infinity;
      if (this.#received.refresh() <= finalMs) this.#generation++;
      const changed = this.#sealed.listFiles();
      const newestMs = changed ? -Infinity : (this.#head.newestMs ?? this.#head.coveredFromMs);
      const { sealedToMs, ticks, damaged } = this.#sealed.head(newestMs);
      if (changed || sealedToMs > newestMs) {
        this.#generation++;
        this.#head.reset(sealedToMs, ticks);
        this.#damaged = damaged;
      } else {
        this.#head.append(ticks, sealedToMs);
        // Those at the end of the head are found each time.
        const isNew = (one: Damage): boolean =>
          this.#damaged.every(({ path, fromMs }) => path !== one.path || fromMs !== one.fromMs);
        this.#damaged = [...this.#damaged, ...damaged.filter(isNew)];
      }
      // After the ticks: series are on the disk before the first tick that has them.
      this.#index.refresh();
      this.#tiers.refresh();
    });
  }

  latestMs(): number | null {
    return this.#head.newestMs ?? finite(this.#head.coveredFromMs) ?? this.#received.newestMs();
  }

  finalMs(): number | null {
    const latestMs = this.latestMs();
    return latestMs === null || this.#received.isEmpty ? latestMs : latestMs - lateMs;
  }

  generation(): number {
    return this.#generation;
  }

  oldestMs(): number | null {
    return this.#guard(() => least(this.#sealed.oldestMs(), this.#received.oldestMs()));
  }

  stepAtMs(timeMs: number): 0 | TierStepMs {
    return this.#guard(() => (timeMs >= this.#rawFromMs() ? 0 : (this.#tiers.stepAtMs(timeMs) ?? 0)));
  }

  select(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    observer: ReadObserver = unobserved,
  ): readonly SeriesSamples[] {
    return this.#guard(() => {
      const refs = this.#index.match(matchers, observer);
      const nearMs = endMs - nearbyMs;
      if (observer.newestOnly !== true || startMs >= nearMs) return this.#samplesOf(refs, startMs, endMs, observer);
      const near = this.#samplesOf(refs, nearMs, endMs, observer);
      const found = new Set(near.map(({ ref }) => ref));
      const rest = refs.filter((ref) => !found.has(ref));
      const older = rest.length === 0 ? [] : this.#samplesOf(rest, startMs, nearMs, observer);
      return older.length === 0 ? near : [...near, ...older].sort((a, b) => a.ref - b.ref);
    });
  }

  *summaries(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    stepMs: TierStepMs,
    observer: ReadObserver = unobserved,
    wanted?: readonly SummaryColumn[],
  ): Generator<SeriesSummaries> {
    try {
      const oldestMs = least(this.#sealed.oldestMs(), this.#received.oldestMs()) ?? this.latestMs() ?? Infinity;
      const rawFromMs = Math.floor((oldestMs - 1) / stepMs) * stepMs;
      const plan = this.#tiers.plan({
        startMs,
        endMs,
        stepMs,
        rawFromMs,
        isDirty: (chunkMs) => this.#received.isDirty(chunkMs),
      });
      for (const refs of bucketsOf(this.#index.match(matchers, observer))) {
        const raw = plan.map(({ read, fromMs, toMs }) =>
          read === null ? this.#summariseRaw(refs, fromMs, toMs, stepMs, observer) : [],
        );
        for (const [i, ref] of refs.entries()) {
          const pieces = plan.flatMap(({ read }, k) => (read === null ? (raw[k]?.[i] ?? []) : read(ref, observer, wanted)));
          const columns = joinSummaries(pieces, wanted);
          const labels = this.#index.labelsOf(ref);
          if (labels !== undefined && columns.endsMs.length > 0) yield { ref, labels, ...columns };
        }
      }
      this.#noteMissingFrom(plan, startMs, endMs, observer);
    } catch (error) {
      throw storeError(error, this.#dataDir, "read");
    }
  }

  series(
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    observer: ReadObserver = unobserved,
  ): readonly Labels[] {
    return this.#guard(() => {
      const refs = this.#index.match(matchers, observer);
      const counts = this.#head.counts(refs, this.#head.range(startMs, endMs));
      const absent = refs.filter((_, i) => counts[i] === 0);
      const sealed = this.#sealed.present(absent, startMs, Math.min(endMs, this.#head.coveredFromMs));
      const received = this.#received.present(absent, startMs, endMs, observer);
      const beforeRawMs = Math.min(endMs, this.#rawFromMs() - 1);
      const found = refs.filter(
        (ref, i) =>
          counts[i] !== 0 ||
          sealed.has(ref) ||
          received.has(ref) ||
          this.#tiers.select(ref, startMs, beforeRawMs, observer).length > 0,
      );
      return found.map((ref) => this.#index.labelsOf(ref)).filter((labels) => labels !== undefined);
    });
  }

  labelNames(matchers: readonly LabelMatcher[], startMs: number, endMs: number, observer?: ReadObserver): readonly string[] {
    return sortedSet(this.series(matchers, startMs, endMs, observer).flatMap((labels) => Object.keys(labels)));
  }

  labelValues(
    name: string,
    matchers: readonly LabelMatcher[],
    startMs: number,
    endMs: number,
    observer?: ReadObserver,
  ): readonly string[] {
    return sortedSet(this.series(matchers, startMs, endMs, observer).flatMap((labels) => labelValue(labels, name) || []));
  }

  cardinality(limit: number): Cardinality {
    return this.#guard(() => this.#index.cardinality(limit));
  }

  annotations(startMs: number, endMs: number): readonly Annotation[] {
    return this.#guard(() => {
      try {
        return readAnnotations(this.#dataDir, startMs, endMs);
      } catch (error) {
        if (!isUnreadable(error) && !isInputError(error)) throw error;
        // Marks on a chart are no reason to withhold the chart. The writer sets a damaged file aside when it starts.
        if (!this.#annotationsFailed) this.#logger.error("the annotations cannot be read", { error });
        this.#annotationsFailed = true;
        return [];
      }
    });
  }

  close(): void {
    this.#sealed.close();
    this.#received.close();
    this.#tiers.close();
    this.#index.close();
  }

  #samplesOf(refs: readonly SeriesRef[], startMs: number, endMs: number, observer: ReadObserver): readonly SeriesSamples[] {
    const rawFromMs = this.#rawFromMs();
    const raw = this.#selectRaw(refs, Math.max(startMs, rawFromMs - 1), endMs, observer);
    const tiersToMs = Math.min(endMs, rawFromMs - 1);
    const found: SeriesSamples[] = [];
    for (let i = 0; i < refs.length; i++) {
      const ref = refs[i] ?? 0;
      if (i % seriesBetweenLooks === 0) observer.admit(0);
      const labels = this.#index.labelsOf(ref);
      const older = tiersToMs > startMs ? this.#tiers.select(ref, startMs, tiersToMs, observer) : [];
      const samples = joinSamples(older, raw[i]);
      if (labels !== undefined && samples !== null) found.push(seriesOf(ref, labels, samples));
    }
    this.#noteMissing(startMs, endMs, Math.min(endMs, this.#firstRawMs() - 1), observer);
    return found;
  }

  /** Tells of what is known to be lost of a range as a whole: last, because reading finds it. `tiersToMs`: up to when tiers matter. */
  #noteMissing(startMs: number, endMs: number, tiersToMs: number, observer: ReadObserver): void {
    this.#noteMissingRaw(startMs, endMs, observer);
    this.#tiers.noteMissing(startMs, tiersToMs, this.#firstRawMs(), observer);
    this.#noteLostLabels(startMs, endMs, observer);
  }

  /** The same where tiers answer for a part: of that they know themselves what was missing when they were built. */
  #noteMissingFrom(plan: readonly PlanPart[], startMs: number, endMs: number, observer: ReadObserver): void {
    let fromMs = startMs;
    for (const part of plan) {
      if (part.read === null) continue;
      if (fromMs < part.fromMs) this.#noteMissingRaw(fromMs, part.fromMs, observer);
      fromMs = part.toMs;
    }
    if (fromMs < endMs) this.#noteMissingRaw(fromMs, endMs, observer);
    this.#tiers.noteMissing(startMs, endMs, this.#firstRawMs(), observer);
    this.#noteLostLabels(startMs, endMs, observer);
  }

  #noteMissingRaw(startMs: number, endMs: number, observer: ReadObserver): void {
    this.#sealed.noteMissing(startMs, endMs, observer);
    this.#received.noteMissing(startMs, endMs, observer);
  }

  #noteLostLabels(startMs: number, endMs: number, observer: ReadObserver): void {
    for (const path of this.#index.damaged) observer.note({ kind: "damaged", path, fromMs: startMs, toMs: endMs });
  }

  #firstRawMs(): number {
    return least(this.#sealed.startMs, this.#received.startMs) ?? Infinity;
  }

  /** From here on raw samples answer; -Infinity where no tier reaches back further. */
  #rawFromMs(): number {
    const rawMs = this.#firstRawMs();
    return this.#tiers.reachBefore(rawMs) ? rawMs : -Infinity;
  }

  /** Per series what raw samples there are, `null` where none. Nobody else has the arrays, but series with the same times share those. */
  #selectRaw(refs: readonly SeriesRef[], startMs: number, endMs: number, observer: ReadObserver): (RawSamples | null)[] {
    const range = this.#head.range(startMs, endMs);
    const counts = this.#head.counts(refs, range);
    observer.admit(counts.reduce((sum, count) => sum + count, 0));
    for (const { path, fromMs, toMs } of this.#damaged)
      if (toMs > startMs && fromMs <= endMs) observer.note({ kind: "damaged", path, fromMs, toMs });
    const sealed = this.#sealed.select(refs, startMs, Math.min(endMs, this.#head.coveredFromMs), observer);
    const targets = joinSeries(sealed, counts, range.end - range.first);
    this.#head.fill(refs, range, targets);
    const collected = targets.map((target) => (target.at === 0 ? null : target));
    return this.#received.isEmpty ? collected : this.#withReceived(collected, refs, startMs, endMs, observer);
  }

  /** What was received counts more than what was collected at the same time. */
  #withReceived(
    collected: readonly (ColumnSamples | null)[],
    refs: readonly SeriesRef[],
    startMs: number,
    endMs: number,
    observer: ReadObserver,
  ): (RawSamples | null)[] {
    const received = this.#received.select(refs, startMs, endMs, observer);
    return collected.map((own, position) => {
      const column = received.get(position);
      if (column === undefined) return own;
      const { timestampsMs, values, histograms } = own === null ? column : combine([numbersOf(own), column]);
      return histograms === null ? { timestampsMs, values } : { timestampsMs, values, histograms };
    });
  }

  /** Per series its summaries in pieces; an hour of a bucket's samples is in memory at once. */
  #summariseRaw(
    refs: readonly SeriesRef[],
    startMs: number,
    endMs: number,
    stepMs: TierStepMs,
    observer: ReadObserver,
  ): readonly (readonly SummaryColumns[])[] {
    const pieces = refs.map((): SummaryColumns[] => []);
    for (let fromMs = startMs; fromMs < endMs; fromMs = sliceEndMs(fromMs)) {
      const toMs = Math.min(endMs, sliceEndMs(fromMs));
      for (const [i, samples] of this.#selectRaw(refs, fromMs, toMs, observer).entries())
        if (samples !== null) pieces[i]?.push(summarise(samples, stepMs, fromMs, toMs));
    }
    return pieces;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.#dataDir, "read");
    }
  }
}

function sliceEndMs(fromMs: number): number {
  return (Math.floor(fromMs / summarySliceMs) + 1) * summarySliceMs;
}

/** Series of one block bucket at a time; `refs` ascend. */
function* bucketsOf(refs: readonly SeriesRef[]): Generator<readonly SeriesRef[]> {
  for (const [, bucket] of Map.groupBy(refs, bucketOf)) yield bucket;
}

/** The lesser one, where there is any. */
function least(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function sortedSet(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
