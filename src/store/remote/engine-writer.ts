/**
 * The writer where an engine keeps the samples: the catalogue numbers the series, and everything else goes into the outbox, from which the
 * forward thread sends it. What is acknowledged here is in the outbox; how long it is kept after that is the engine's business.
 */
import { mkdirSync } from "node:fs";
import type { Annotation } from "../../core/annotation.ts";
import type { Clock } from "../../core/clock.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { Labels } from "../../core/labels.ts";
import type { Logger } from "../../core/logger.ts";
import { type ReceivedSamples, type SampleWriter, type SeriesRef, staleNaNBits, type StoreStats } from "../../core/storage.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { openCatalog } from "../catalog/open-catalog.ts";
import { isDamage, isDiskFull, storeError } from "../database.ts";
import { acquireLock, type StoreLock } from "../lock.ts";
import { highestRefIn, newestTicks } from "../outbox/newest-ticks.ts";
import { Outbox, type OutboxOptions } from "../outbox/outbox.ts";
import { sampleCount } from "../outbox/outbox-record.ts";
import { listSegments, setSegmentAside } from "../outbox/segment-files.ts";
import { RefSet } from "../received/ref-set.ts";
import { AnnotationWriter } from "../state/annotations.ts";

export interface EngineWriterOptions extends Omit<OutboxOptions, "annotate"> {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly maxSeries: number;
  readonly maxSeriesPerNode: number;
  /** How long annotations are kept. */
  readonly retentionDays: number;
}

const dayMs = 86_400_000;
/** How far back the end of the last run is looked for: collectors that run more seldom than once a minute are few. */
const lastRunMs = 65_000;
/** How often it is noted which series live, so that those that do not can be forgotten. */
const seeMs = 10 * 60_000;
const sweepMs = dayMs;

/**
 * Throws `STORE_LOCKED`, `STORE_TOO_NEW`, `STORE_UNUSABLE`. Where the catalogue is lost, what waits in the outbox is set aside: its
 * numbers mean nothing without it.
 */
export function openEngineWriter(options: EngineWriterOptions): EngineWriter {
  const { dataDir } = options;
  let lock: StoreLock | null = null;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    lock = acquireLock(dataDir);
    return new EngineWriter(options, lock);
  } catch (error) {
    lock?.release();
    throw storeError(error, dataDir, "open");
  }
}

export class EngineWriter implements SampleWriter {
  readonly #options: EngineWriterOptions;
  readonly #lock: StoreLock;
  readonly #catalog: Catalog;
  readonly #annotations: AnnotationWriter;
  readonly outbox: Outbox;
  /** Series that the run before has left alive. */
  #leftAlive: readonly SeriesRef[];
  #newestMs: number | null;
  #samplesCommitted = 0;
  #samplesRefused = 0;
  #isFull = false;
  /** Since the catalogue was told of them last. */
  #written = new RefSet();
  #seenMs = -Infinity;
  #sweptMs: number;
  #sweeping: Generator<void> | null = null;

  constructor(options: EngineWriterOptions, lock: StoreLock) {
    const { dataDir, logger, clock } = options;
    this.#options = options;
    this.#lock = lock;
    this.#catalog = this.#openCatalog();
    const { newestMs, alive } = newestTicks(dataDir, lastRunMs, logger);
    this.#newestMs = newestMs;
    this.#leftAlive = alive;
    this.#annotations = new AnnotationWriter(dataDir, logger);
    this.outbox = new Outbox({ ...options, annotate: (annotation) => this.annotate(annotation) });
    this.#sweptMs = clock.monotonicMs();
  }

  resolve(labels: Labels): SeriesRef {
    return this.#catalog.resolve(labels, this.#options.clock.nowMs());
  }

  release(ref: SeriesRef): void {
    this.#catalog.release(ref);
  }

  holds(ref: SeriesRef): boolean {
    return this.#catalog.holds(ref);
  }

  commit(timestampMs: number, refs: Uint32Array, values: Float64Array, count: number): void {
    if (this.#newestMs !== null && timestampMs <= this.#newestMs) throw outOfOrder(timestampMs, this.#newestMs);
    this.#put(count, () => this.outbox.appendTick(timestampMs, refs, values, count));
    this.#newestMs = timestampMs;
    for (let i = 0; i < count; i++) this.#written.add(refs[i] ?? 0);
    this.#noteWritten();
  }

  receive(samples: ReceivedSamples): void {
    this.#put(sampleCount(samples), () => this.outbox.appendReceived(samples));
    for (let i = 0; i < samples.count; i++) this.#written.add(samples.refs[i] ?? 0);
    for (const { ref } of samples.histograms ?? []) this.#written.add(ref);
    this.#noteWritten();
  }

  /** What the engine still takes it says itself. */
  oldestAcceptedMs(): number {
    return -Infinity;
  }

  annotate(annotation: Annotation): void {
    this.#guard(() => this.#annotations.add(annotation));
  }

  endLastRun(spared: ReadonlySet<string> = new Set()): void {
    const metricOf = (ref: SeriesRef): string => this.#catalog.metricOf(ref);
    const alive = Uint32Array.from(this.#leftAlive.filter((ref) => metricOf(ref) !== "" && !spared.has(metricOf(ref))));
    this.#leftAlive = [];
    if (this.#newestMs === null || alive.length === 0) return;
    const markers = new BigUint64Array(alive.length).fill(staleNaNBits);
    this.commit(this.#newestMs + 1, alive, new Float64Array(markers.buffer), alive.length);
  }

  /** What was sent is the engine's: it is not taken back. */
  rewind(toMs: number): void {
    if (this.#newestMs !== null && toMs <= this.#newestMs) this.#newestMs = toMs - 1;
  }

  maintain(nowMs: number, budgetMs: number): boolean {
    const { clock, retentionDays } = this.#options;
    return this.#guard(() => {
      this.outbox.maintain(nowMs);
      const deadlineMs = clock.monotonicMs() + budgetMs;
      if (this.#sweeping === null) {
        if (clock.monotonicMs() - this.#sweptMs < sweepMs) return false;
        this.#annotations.prune(nowMs - retentionDays * dayMs);
        // Whatever is in the outbox must keep its labels.
        this.#sweeping = this.#catalog.sweep(nowMs - this.#options.maxAgeMs - 2 * dayMs);
      }
      while (this.#sweeping.next().done !== true) if (clock.monotonicMs() >= deadlineMs) return true;
      this.#sweeping = null;
      this.#sweptMs = clock.monotonicMs();
      return false;
    });
  }

  /** What was received is sent as it came. */
  backlog(): number {
    return 0;
  }

  sync(): void {
    this.#guard(() => {
      this.#catalog.flush();
      this.outbox.sync();
    });
  }

  async synced(): Promise<void> {
    this.#guard(() => this.#catalog.flush());
    try {
      await this.outbox.synced();
    } catch (error) {
      throw storeError(error, this.#options.dataDir, "write to");
    }
  }

  /** Of the outbox and what is known of series: what the engine holds is not ours to tell. */
  stats(): StoreStats {
    const { bytes } = this.outbox.stats();
    return {
      series: this.#catalog.size,
      headSamples: 0,
      bytes,
      maxBytes: this.#options.maxBytes,
      fullAtMs: null,
      oldestMs: null,
      newestMs: this.#newestMs,
      partitions: 0,
      tiers: [],
      samplesCommitted: this.#samplesCommitted,
      quarantined: [],
      state: this.#isFull ? "full" : "ok",
      samplesRefused: this.#samplesRefused,
      syncFailures: 0,
    };
  }

  close(): void {
    this.#sweeping?.return(undefined);
    this.outbox.close();
    this.#annotations.close();
    this.#guard(() => this.#catalog.close());
    this.#lock.release();
  }

  #openCatalog(): Catalog {
    const { dataDir, logger, clock, maxSeries, maxSeriesPerNode } = this.#options;
    const highestRef = (): SeriesRef => highestRefIn(dataDir, logger);
    const open = (): Catalog => openCatalog({ dataDir, logger, clock, maxSeries, maxSeriesPerNode, highestRef });
    try {
      return open();
    } catch (error) {
      if (!isDamage(error)) throw error;
      for (const { path } of listSegments(dataDir)) setSegmentAside(path);
      logger.error("the series catalogue is lost: what was waiting for the engine is set aside", { error });
      return open();
    }
  }

  /** Labels are on the disk before the first sample that has them. */
  #put(count: number, append: () => void): void {
    try {
      this.#catalog.flush();
      append();
    } catch (error) {
      this.#isFull = isDiskFull(error);
      if (this.#isFull) this.#samplesRefused += count;
      throw storeError(error, this.#options.dataDir, "write to");
    }
    this.#isFull = false;
    this.#samplesCommitted += count;
  }

  /** Tells the catalogue, from time to time, which series are written: it must know those whose samples wait to be sent. */
  #noteWritten(): void {
    const { clock } = this.#options;
    if (clock.monotonicMs() - this.#seenMs < seeMs) return;
    this.#seenMs = clock.monotonicMs();
    const refs = Uint32Array.from(this.#written);
    this.#written = new RefSet();
    this.#guard(() => this.#catalog.see(refs, clock.nowMs()));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.#options.dataDir, "write to");
    }
  }
}

function outOfOrder(timestampMs: number, newestMs: number): ChainPulseError {
  const at = new Date(timestampMs).toISOString();
  return new ChainPulseError(
    "SAMPLE_OUT_OF_ORDER",
    `a tick at ${at} is not after the newest one at ${new Date(newestMs).toISOString()}`,
    {
      fix: "Check the machine's clock; samples are taken again once it has passed that time.",
    },
  );
}
