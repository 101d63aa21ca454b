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
import { ChainPulseError } from "../core/errors.ts";
import type { Labels } from "../core/labels.ts";
import type { Logger } from "../core/logger.ts";
import { type SampleWriter, type SeriesRef, staleNaNBits, type StoreStats } from "../core/storage.ts";
import { AnnotationWriter } from "./annotations.ts";
import { Catalog, catalogPath } from "./catalog.ts";
import { isDamage, storeError } from "./database.ts";
import { acquireLock, type StoreLock } from "./lock.ts";
import { OpenPartitions } from "./open-partitions.ts";
import { listPartitions, makeDirectories, setAside } from "./partition-files.ts";
import { maxPartitionMs } from "./partition-schema.ts";
import type { PartitionWriter } from "./partition-writer.ts";
import { Retention } from "./retention.ts";

export interface WriterOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly retentionDays: number;
  readonly maxBytes: number;
  /** Time span of one file, ms. Default: 6 h, which makes 120 files of a month. */
  readonly partitionMs?: number;
  /** Ticks that are sealed together. Default: 300, five minutes at 1 Hz. */
  readonly sealTicks?: number;
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
    lock = acquireLock(dataDir);
  } catch (error) {
    throw storeError(error, dataDir, "lock");
  }
  try {
    return new EmbeddedWriter(options, lock);
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
  readonly #partitions: OpenPartitions;
  #newestMs: number | null;
  #samplesCommitted = 0;
  /** Upkeep that has begun; it is continued by the next `maintain`. */
  #work: Generator<void> | null = null;

  constructor(options: WriterOptions, lock: StoreLock) {
    this.#dataDir = options.dataDir;
    this.#logger = options.logger;
    this.#clock = options.clock ?? systemClock;
    this.#lock = lock;
    this.#catalog = openCatalog(options.dataDir, this.#logger);
    this.#annotations = new AnnotationWriter(options.dataDir);
    this.#retention = new Retention({
      dataDir: options.dataDir,
      clock: this.#clock,
      logger: this.#logger,
      retentionMs: options.retentionDays * day,
      maxBytes: options.maxBytes,
    });
    this.#partitions = new OpenPartitions({
      dataDir: options.dataDir,
      clock: this.#clock,
      logger: this.#logger,
      partitionMs: Math.min(options.partitionMs ?? day / 4, maxPartitionMs),
      sealTicks: options.sealTicks ?? 300,
      // Before the ticks go: what has samples must not be forgotten.
      beforeSeal: (refs, partitionMs) => this.#catalog.see(refs, partitionMs),
    });
    this.#newestMs = this.#partitions.recover();
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
    const samples = new Uint8Array(values.buffer, values.byteOffset, count * 8);
    if (this.#partitions.overdue) {
      this.#dropWork();
      this.#partitions.sealNow();
    }
    this.#guard(catalogPath(this.#dataDir), () => this.#catalog.flush());
    const partition = this.#partitions.forTime(timestampMs, this.#newestMs);
    try {
      this.#append(partition, timestampMs, refs, count, samples);
    } catch (error) {
      if (!isDamage(error)) throw storeError(error, partition.path, "write to");
      this.#dropWork();
      this.#partitions.quarantine(partition, error);
      const fresh = this.#partitions.forTime(timestampMs, this.#newestMs);
      this.#guard(fresh.path, () => this.#append(fresh, timestampMs, refs, count, samples));
    }
    this.#newestMs = timestampMs;
    this.#samplesCommitted += count;
    this.#partitions.syncSoon();
  }

  annotate(annotation: Annotation): void {
    this.#guard(this.#dataDir, () => this.#annotations.add(annotation));
  }

  endLastRun(): void {
    if (this.#newestMs === null) return;
    const alive = this.#partitions.aliveSince(this.#newestMs - lastRunMs).filter((ref) => this.#catalog.holds(ref));
    if (alive.length === 0) return;
    const markers = new BigUint64Array(alive.length).fill(staleNaNBits);
    this.commit(this.#newestMs + 1, alive, new Float64Array(markers.buffer), alive.length);
  }

  rewind(toMs: number): void {
    if (this.#newestMs === null || toMs > this.#newestMs) return;
    this.#dropWork();
    this.#partitions.close();
    const ahead = listPartitions(this.#dataDir).filter((file) => file.startMs >= toMs);
    for (const file of ahead) setAside(file.path, "ahead");
    this.#logger.warn("the clock was set back: samples after the new time are hidden, not deleted", {
      from: new Date(this.#newestMs).toISOString(),
      to: new Date(toMs).toISOString(),
      files: ahead.length,
    });
    this.#newestMs = toMs - 1;
  }

  maintain(nowMs: number, budgetMs: number): boolean {
    const deadlineMs = this.#clock.monotonicMs() + budgetMs;
    this.#work ??= this.#upkeep(nowMs);
    try {
      do {
        if (this.#work.next().done === true) {
          this.#work = null;
          return false;
        }
      } while (this.#clock.monotonicMs() < deadlineMs);
      return true;
    } catch (error) {
      this.#work = null;
      throw storeError(error, this.#dataDir, "keep up");
    }
  }

  sync(): void {
    this.#guard(this.#dataDir, () => {
      this.#catalog.flush();
      this.#partitions.sync();
    });
  }

  stats(): StoreStats {
    return {
      ...this.#retention.survey(),
      series: this.#catalog.size,
      headSamples: this.#partitions.headSamples,
      newestMs: this.#newestMs,
      samplesCommitted: this.#samplesCommitted,
    };
  }

  /** Seals and closes everything, whatever fails on the way; throws the first failure, after which nothing acknowledged is lost. */
  close(): void {
    this.#dropWork();
    const steps = [
      () => this.#partitions.close(),
      () => this.#partitions.abandon(),
      () => this.#annotations.close(),
      () => this.#catalog.close(),
      () => this.#lock.release(),
    ];
    const failures = steps.flatMap((step) => {
      try {
        step();
        return [];
      } catch (error) {
        return [storeError(error, this.#dataDir, "close")];
      }
    });
    if (failures[0] !== undefined) throw failures[0];
  }

  #append(partition: PartitionWriter, timestampMs: number, refs: Uint32Array, count: number, samples: Uint8Array): void {
    if (!partition.hasLayout(refs, count)) {
      this.#checkRefs(refs, count);
      partition.setLayout(refs, count);
    }
    partition.append(timestampMs, samples);
  }

  /** Our own bug if it fails, found where it is made: samples of a series without labels, or two of one series at one time. */
  #checkRefs(refs: Uint32Array, count: number): void {
    const distinct = new Set(refs.subarray(0, count));
    if (distinct.size !== count) throw new Error("commit: a series is twice in one tick");
    for (const ref of distinct) if (!this.#catalog.holds(ref)) throw new Error(`commit: nobody has resolved series ${ref}`);
  }

  *#upkeep(nowMs: number): Generator<void> {
    yield* this.#partitions.upkeep();
    const open = this.#partitions.paths;
    if (yield* this.#retention.apply(nowMs, open)) yield* this.#forget(open);
  }

  /** Series and annotations from before the oldest sample. */
  *#forget(open: ReadonlySet<string>): Generator<void> {
    const oldest = listPartitions(this.#dataDir)[0];
    if (oldest === undefined) return;
    this.#annotations.prune(oldest.startMs);
    // An open partition may have ticks whose series the catalogue has not noted yet.
    if (!open.has(oldest.path)) yield* this.#catalog.sweep(oldest.startMs);
  }

  /** Begun upkeep holds ticks that it is about to seal. Whoever seals or closes in between must end it, or they would be sealed twice. */
  #dropWork(): void {
    this.#work?.return(undefined);
    this.#work = null;
  }

  #guard<T>(path: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, path, "write to");
    }
  }
}

function outOfOrder(timestampMs: number, newestMs: number): ChainPulseError {
  const at = new Date(timestampMs).toISOString();
  const newest = new Date(newestMs).toISOString();
  return new ChainPulseError("SAMPLE_OUT_OF_ORDER", `a tick at ${at} is not after the newest one at ${newest}`, {
    fix: "Check the machine's clock; samples are taken again once it has passed that time.",
  });
}

/** The catalogue; a damaged one is set aside together with all samples, because their numbers mean nothing without it. */
function openCatalog(dataDir: string, logger: Logger): Catalog {
  try {
    return new Catalog(dataDir);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const path = setAside(catalogPath(dataDir), "corrupt");
    for (const file of listPartitions(dataDir)) setAside(file.path, "corrupt");
    logger.error("the series catalogue was damaged: it was set aside with all samples, and a new one is begun", {
      path,
      error,
    });
    return new Catalog(dataDir);
  }
}
