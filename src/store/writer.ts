/**
 * The embedded engine's writer. One thread of one process has it: it takes ticks in, and between them `maintain` seals, checkpoints
 * and lets old partitions go.
 *
 * Durability. `commit` returns when SQLite has the tick in its log: a kill of the process loses nothing acknowledged. It also
 * starts a `fdatasync` of the log, at most once a second and without waiting, so that a power loss costs about a second. `sync`
 * waits: for where somebody else forgets the samples on our word.
 *
 * Time only goes forward: a tick that is not after the newest one is refused with `SAMPLE_OUT_OF_ORDER`. A clock set back by little is
 * waited out by the scheduler, which skips ticks. When it is set back by much, the newest samples lie in a future that will come
 * again; the scheduler then calls `rewind`, which hides them and goes on from the new time: partitions of the future are renamed
 * `*.ahead`, the one that contains the new time ends there, because a partition reaches only up to where the next one begins.
 * Nothing is deleted. When the clock is set forward by more than an hour, retention by age stops until the next start: a wrong
 * clock must not delete the history.
 */
import type { Annotation } from "../core/annotation.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { ChainPulseError } from "../core/errors.ts";
import type { Labels } from "../core/labels.ts";
import type { Logger } from "../core/logger.ts";
import { type ReceivedSamples, type SampleWriter, type SeriesRef, staleNaNBits, type StoreStats } from "../core/storage.ts";
import { AnnotationWriter } from "./state/annotations.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { openCatalog } from "./catalog/open-catalog.ts";
import { checkReceived, checkTick, diskFull, outOfOrder, sizeOf } from "./check-samples.ts";
import { catalogPath } from "./catalog/catalog-files.ts";
import { isDamage, isDiskFull, storeError } from "./database.ts";
import { highestRefInUse } from "./catalog/highest-ref.ts";
import { acquireLock, type StoreLock } from "./lock.ts";
import { migratePartitions } from "./partition/migrate-partitions.ts";
import { OpenPartitions } from "./partition/open-partitions.ts";
import { listPartitions, makeDirectories, setAside } from "./partition/partition-files.ts";
import { maxPartitionMs } from "./partition/partition-schema.ts";
import type { PartitionWriter } from "./partition/partition-writer.ts";
import type { SampleOutlet } from "./outbox/outlet.ts";
import { finishRemovals } from "./raw-files.ts";
import { ReceivedFiles } from "./received/received-files.ts";
import { oldestOfFiles } from "./received/received-schema.ts";
import { Reserve, withRoom } from "./reserve.ts";
import { Retention } from "./retention.ts";
import { TierBuilder } from "./tier/tier-builder.ts";
import { Upkeep } from "./upkeep.ts";

export interface WriterOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly retentionDays: number;
  readonly maxBytes: number;
  /** Series that may be known at once. Default: 1,000,000. */
  readonly maxSeries?: number;
  /** Series that one node may write at once. Default: 100,000. */
  readonly maxSeriesPerNode?: number;
  /** Time span of one file, ms. Default: 6 h, which makes 120 files of a month. */
  readonly partitionMs?: number;
  /** Ticks that are sealed together. Default: 300, five minutes at 1 Hz. */
  readonly sealTicks?: number;
  /** Samples that are sealed together at most. Default: 400,000, 40 s of 10,000 series. */
  readonly sealSamples?: number;
  /** Received samples that are sealed together at most. Default: 2,000,000. */
  readonly sealReceivedSamples?: number;
  /** Time that sealed blocks are merged to, ms. Default: 1 h. */
  readonly mergeMs?: number;
  /** How long the tiers are kept, days. Default: 180 of minutes, 1,825 of hours. */
  readonly minuteDays?: number;
  readonly hourDays?: number;
  /** Is told of everything that was stored; shares `sync`, `maintain` and `close`. */
  readonly outlet?: SampleOutlet;
}

/**
 * Opens the data directory for writing, and makes it where it is missing. Throws `STORE_LOCKED`, `STORE_TOO_NEW`, `STORE_UNUSABLE`.
 * Damaged files are renamed `*.corrupt` and the rest is used.
 */
export function openWriter(options: WriterOptions): SampleWriter {
  const { dataDir } = options;
  makeDirectories(dataDir);
  let lock: StoreLock;
  try {
    lock = withRoom(dataDir, () => acquireLock(dataDir));
  } catch (error) {
    throw storeError(error, dataDir, "lock");
  }
  try {
    return withRoom(dataDir, () => new EmbeddedWriter(options, lock));
  } catch (error) {
    lock.release();
    throw storeError(error, dataDir, "open");
  }
}

const day = 86_400_000;
/** How far back `endLastRun` looks: collectors that run more seldom than once a minute are few. */
const lastRunMs = 65_000;

class EmbeddedWriter implements SampleWriter {
  readonly #dataDir: string;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #lock: StoreLock;
  readonly #catalog: Catalog;
  readonly #annotations: AnnotationWriter;
  readonly #retention: Retention;
  readonly #tiers: TierBuilder;
  readonly #reserve: Reserve;
  readonly #partitions: OpenPartitions;
  readonly #received: ReceivedFiles;
  readonly #upkeep: Upkeep;
  readonly #outlet: SampleOutlet | undefined;
  #newestMs: number | null;
  #samplesCommitted = 0;
  #samplesRefused = 0;

  constructor(options: WriterOptions, lock: StoreLock) {
    this.#dataDir = options.dataDir;
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
    this.#lock = lock;
    const maxSeries = options.maxSeries ?? 1_000_000;
    this.#outlet = options.outlet;
    finishRemovals(options.dataDir);
    migratePartitions(options.dataDir, this.#logger);
    this.#catalog = openCatalog({
      dataDir: options.dataDir,
      clock: this.#clock,
      logger: this.#logger,
      maxSeries,
      maxSeriesPerNode: options.maxSeriesPerNode ?? 100_000,
      highestRef: () => highestRefInUse(options.dataDir),
    });
    this.#annotations = new AnnotationWriter(options.dataDir, this.#logger);
    this.#reserve = new Reserve({ dataDir: options.dataDir, clock: this.#clock, logger: this.#logger });
    const partitionMs = Math.min(options.partitionMs ?? day / 4, maxPartitionMs);
    this.#retention = new Retention({
      dataDir: options.dataDir,
      clock: this.#clock,
      logger: this.#logger,
      retentionMs: options.retentionDays * day,
      tierRetentionMs: new Map([
        [60_000, (options.minuteDays ?? 180) * day],
        [3_600_000, (options.hourDays ?? 1_825) * day],
      ]),
      maxBytes: options.maxBytes,
    });
    this.#partitions = new OpenPartitions({
      dataDir: options.dataDir,
      clock: this.#clock,
      logger: this.#logger,
      partitionMs,
      sealTicks: options.sealTicks ?? 300,
      sealSamples: options.sealSamples ?? 400_000,
      mergeMs: options.mergeMs ?? day / 24,
      // Before the ticks go: what has samples must not be forgotten.
      beforeSeal: (refs, partitionMs) => this.#catalog.see(refs, partitionMs),
    });
    this.#received = new ReceivedFiles({
      dataDir: options.dataDir,
      clock: this.#clock,
      logger: this.#logger,
      sealSamples: options.sealReceivedSamples ?? 2_000_000,
      beforeSeal: (refs, fileStartMs) => this.#catalog.see(refs, fileStartMs),
      beforeQuarantine: () => this.#upkeep.drop(),
      isInTiers: (fileStartMs) => this.#tiers.has(fileStartMs),
    });
    this.#tiers = new TierBuilder({ dataDir: options.dataDir, logger: this.#logger, partitionMs, received: this.#received });
    this.#upkeep = new Upkeep({
      logger: this.#logger,
      maxSeries,
      partitions: this.#partitions,
      received: this.#received,
      tiers: this.#tiers,
      retention: this.#retention,
      reserve: this.#reserve,
      catalog: this.#catalog,
      annotations: this.#annotations,
    });
    this.#newestMs = this.#partitions.recover();
    this.#received.recover();
  }

  resolve(labels: Labels): SeriesRef {
    return this.#catalog.resolve(labels, this.#clock.nowMs());
  }

  release(ref: SeriesRef): void {
    this.#catalog.release(ref);
  }

  commit(timestampMs: number, refs: Uint32Array, values: Float64Array, count: number): void {
    if (!Number.isSafeInteger(timestampMs)) throw new RangeError(`a tick's time must be whole ms, not ${timestampMs}`);
    if (this.#newestMs !== null && timestampMs <= this.#newestMs) throw outOfOrder(timestampMs, this.#newestMs);
    if (!this.#reserve.admits) {
      this.#samplesRefused += count;
      throw diskFull(this.#dataDir);
    }
    try {
      this.#store(timestampMs, refs, count, new Uint8Array(values.buffer, values.byteOffset, count * 8));
    } catch (error) {
      if (isDiskFull(error)) this.#samplesRefused += count;
      throw error;
    }
    this.#newestMs = timestampMs;
    this.#samplesCommitted += count;
    this.#reserve.reportStored();
    this.#partitions.syncSoon();
    this.#outlet?.tick(timestampMs, refs, values, count);
  }

  receive(samples: ReceivedSamples): void {
    if (!this.#reserve.admits) {
      this.#samplesRefused += sizeOf(samples);
      throw diskFull(this.#dataDir);
    }
    checkReceived(samples, (ref) => this.#catalog.holds(ref));
    try {
      this.#guard(this.#dataDir, () => this.#storeReceived(samples));
    } catch (error) {
      if (isDiskFull(error)) this.#samplesRefused += sizeOf(samples);
      throw error;
    }
    this.#samplesCommitted += sizeOf(samples);
    this.#reserve.reportStored();
    this.#received.syncSoon();
    this.#outlet?.received(samples);
  }

  oldestAcceptedMs(): number {
    const floorMs = this.#guard(this.#dataDir, () => this.#retention.floorMs(this.#tiers.fromMs));
    const oldestMs = oldestOfFiles(floorMs);
    // Of the present nothing has gone; the clock was set back, and those files are of a time that is to come again.
    return oldestMs > this.#clock.nowMs() ? -Infinity : oldestMs;
  }

  holds(ref: SeriesRef): boolean {
    return this.#catalog.holds(ref);
  }

  annotate(annotation: Annotation): void {
    this.#guard(this.#dataDir, () => this.#annotations.add(annotation));
  }

  endLastRun(spared: ReadonlySet<string> = new Set()): void {
    if (this.#newestMs === null) return;
    const ends = (ref: SeriesRef): boolean => this.#catalog.holds(ref) && !spared.has(this.#catalog.metricOf(ref));
    const alive = this.#partitions.aliveSince(this.#newestMs - lastRunMs).filter(ends);
    if (alive.length === 0) return;
    const markers = new BigUint64Array(alive.length).fill(staleNaNBits);
    this.commit(this.#newestMs + 1, alive, new Float64Array(markers.buffer), alive.length);
  }

  rewind(toMs: number): void {
    if (this.#newestMs === null || toMs > this.#newestMs) return;
    this.#upkeep.drop();
    const ahead = this.#guard(this.#dataDir, () => {
      this.#partitions.close();
      const files = listPartitions(this.#dataDir).filter((file) => file.startMs >= toMs);
      for (const file of files) setAside(file.path, "ahead");
      this.#tiers.rewind(toMs - 1);
      return files;
    });
    this.#logger.warn("the clock was set back: samples after the new time are hidden, not deleted", {
      from: new Date(this.#newestMs).toISOString(),
      to: new Date(toMs).toISOString(),
      files: ahead.length,
    });
    this.#newestMs = toMs - 1;
  }

  maintain(nowMs: number, budgetMs: number): boolean {
    const deadlineMs = this.#clock.monotonicMs() + budgetMs;
    try {
      this.#outlet?.maintain(nowMs);
      do {
        if (this.#upkeep.step(nowMs)) return false;
      } while (this.#clock.monotonicMs() < deadlineMs);
      return true;
    } catch (error) {
      this.#upkeep.drop();
      throw this.#failure(error, this.#dataDir, "keep up");
    }
  }

  backlog(): number {
    return this.#received.backlog;
  }

  sync(): void {
    this.#guard(this.#dataDir, () => {
      this.#catalog.flush();
      this.#partitions.sync();
      this.#received.sync();
      this.#outlet?.sync();
    });
  }

  async synced(): Promise<void> {
    this.#guard(this.#dataDir, () => this.#catalog.flush());
    try {
      await Promise.all([this.#partitions.synced(), this.#received.synced(), this.#outlet?.synced()]);
    } catch (error) {
      throw this.#failure(error, this.#dataDir, "write to");
    }
  }

  stats(): StoreStats {
    return {
      ...this.#retention.survey(this.#clock.nowMs()),
      series: this.#catalog.size,
      headSamples: this.#partitions.headSamples + this.#received.unsealedSamples,
      newestMs: this.#newestMs,
      samplesCommitted: this.#samplesCommitted,
      state: this.#reserve.isFull ? "full" : "ok",
      samplesRefused: this.#samplesRefused,
      syncFailures: this.#partitions.syncFailures + this.#received.syncFailures,
    };
  }

  /**
   * Seals and closes everything, whatever fails on the way; throws the first failure, after which nothing acknowledged is lost. A full
   * disk is none.
   */
  close(): void {
    this.#upkeep.drop();
    const steps = [
      () => this.#tiers.close(),
      () => this.#partitions.close(),
      () => this.#partitions.abandon(),
      () => this.#received.close(),
      () => this.#received.abandon(),
      () => this.#outlet?.close(),
      () => this.#annotations.close(),
      () => this.#catalog.close(),
      () => this.#reserve.close(),
      () => this.#lock.release(),
    ];
    const failures = steps.flatMap((step) => {
      try {
        withRoom(this.#dataDir, step);
        return [];
      } catch (error) {
        if (!isDiskFull(error)) return [storeError(error, this.#dataDir, "close")];
        this.#logger.warn("the disk is full: what could not be sealed is in the log, and the next start takes it from there", {
          error,
        });
        return [];
      }
    });
    if (failures[0] !== undefined) throw failures[0];
  }

  #store(timestampMs: number, refs: Uint32Array, count: number, samples: Uint8Array): void {
    if (this.#partitions.overdue) {
      this.#upkeep.dropSealing();
      this.#guard(this.#dataDir, () => this.#partitions.sealNow());
    }
    this.#guard(catalogPath(this.#dataDir), () => this.#catalog.flush());
    const partition = this.#guard(this.#dataDir, () => this.#partitions.forTime(timestampMs, this.#newestMs));
    try {
      this.#append(partition, timestampMs, refs, count, samples);
    } catch (error) {
      if (!isDamage(error)) throw this.#failure(error, partition.path, "write to");
      this.#upkeep.dropSealing();
      this.#partitions.quarantine(partition, error);
      const fresh = this.#guard(this.#dataDir, () => this.#partitions.forTime(timestampMs, this.#newestMs));
      this.#guard(fresh.path, () => this.#append(fresh, timestampMs, refs, count, samples));
    }
  }

  #append(partition: PartitionWriter, timestampMs: number, refs: Uint32Array, count: number, samples: Uint8Array): void {
    if (!partition.hasLayout(refs, count)) {
      checkTick(refs, count, (ref) => this.#catalog.holds(ref));
      partition.setLayout(refs, count);
    }
    partition.append(timestampMs, samples);
  }

  #storeReceived(samples: ReceivedSamples): void {
    if (this.#received.overdue) {
      this.#upkeep.drop();
      this.#received.sealNow();
    }
    this.#catalog.flush();
    this.#received.receive(samples, this.oldestAcceptedMs());
  }

  #guard<T>(path: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#failure(error, path, "write to");
    }
  }

  /** What the caller gets. Whatever it was that has found no room: the reserve is given back for what must go on. */
  #failure(error: unknown, path: string, doing: string): ChainPulseError {
    if (isDiskFull(error)) this.#reserve.reportFull();
    return storeError(error, path, doing);
  }
}
