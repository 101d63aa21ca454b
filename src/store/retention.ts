/** Which partitions go, and what is there: retention by age and by size, whole files, oldest first. */
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { StoreStats } from "../core/storage.ts";
import { catalogPath } from "./catalog.ts";
import { openForReading, optionalIntegerOf } from "./database.ts";
import { bytesOnDisk, hasWal, listAside, listPartitions, type PartitionFile, removePartition } from "./partition-files.ts";
import { partitionSchema } from "./partition-schema.ts";
import { statePath } from "./state.ts";

export interface RetentionOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionMs: number;
  readonly maxBytes: number;
}

export type DiskSurvey = Pick<StoreStats, "bytes" | "partitions" | "oldestMs" | "quarantined">;

/** Time between two looks, ms: what is deleted is hours long. */
const intervalMs = 60_000;
/** How long a survey is good for, ms: it asks the file system about some hundred files. */
const surveyMs = 10_000;
/** A wall clock that gains more than this on the monotonic one has been set, ms. */
const jumpMs = 3_600_000;

export class Retention {
  readonly #options: RetentionOptions;
  /** Wall clock minus monotonic clock, at the start. */
  readonly #offsetMs: number;
  #nextMs = -Infinity;
  #jumped = false;
  #survey: { readonly takenMs: number; readonly result: DiskSurvey } | null = null;
  /** Oldest partition's first sample, read once per file. */
  #oldest: { readonly path: string; readonly firstMs: number } | null = null;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#offsetMs = options.clock.nowMs() - options.clock.monotonicMs();
  }

  /** Deletes what is due, one file a step, but none of the `open` paths. Returns whether anything went. */
  *apply(nowMs: number, open: ReadonlySet<string>): Generator<void, boolean> {
    const monotonicMs = this.#options.clock.monotonicMs();
    if (monotonicMs < this.#nextMs) return false;
    this.#nextMs = monotonicMs + intervalMs;
    const cutoffMs = this.#cutoffMs(nowMs, monotonicMs);
    const files = listPartitions(this.#options.dataDir);
    let bytes = this.#bytes(files);
    let removed = false;
    for (const [index, file] of files.entries()) {
      const next = files[index + 1];
      if (next === undefined || open.has(file.path)) break;
      if (next.startMs > cutoffMs && bytes <= this.#options.maxBytes) break;
      bytes -= bytesOnDisk(file.path);
      removePartition(file);
      removed = true;
      this.#survey = null;
      this.#options.logger.info("a partition was deleted: it is past its age, or the store past its size", { path: file.path });
      yield;
    }
    return removed;
  }

  /** What is on the disk, as of some seconds ago at most. */
  survey(): DiskSurvey {
    const monotonicMs = this.#options.clock.monotonicMs();
    if (this.#survey === null || monotonicMs - this.#survey.takenMs >= surveyMs) {
      this.#survey = { takenMs: monotonicMs, result: this.#look() };
    }
    return this.#survey.result;
  }

  #look(): DiskSurvey {
    const files = listPartitions(this.#options.dataDir);
    return {
      bytes: this.#bytes(files),
      partitions: files.length,
      oldestMs: this.#firstMs(files),
      quarantined: listAside(this.#options.dataDir),
    };
  }

  /** Partitions that end before this are too old; the beginning of time while the clock is not to be trusted. */
  #cutoffMs(nowMs: number, monotonicMs: number): number {
    const gainedMs = nowMs - monotonicMs - this.#offsetMs;
    if (gainedMs <= jumpMs) return nowMs - this.#options.retentionMs;
    if (!this.#jumped) {
      this.#jumped = true;
      this.#options.logger.warn("the clock was set forward: nothing is deleted for its age until the next start", { gainedMs });
    }
    return -Infinity;
  }

  #bytes(files: readonly PartitionFile[]): number {
    const paths = [...files.map((file) => file.path), catalogPath(this.#options.dataDir), statePath(this.#options.dataDir)];
    return paths.reduce((sum, path) => sum + bytesOnDisk(path), 0);
  }

  #firstMs(files: readonly PartitionFile[]): number | null {
    for (const { path } of files) {
      if (this.#oldest?.path === path) return this.#oldest.firstMs;
      const firstMs = readFirstMs(path);
      if (firstMs === null) continue;
      this.#oldest = { path, firstMs };
      return firstMs;
    }
    return null;
  }
}

function readFirstMs(path: string): number | null {
  const database = openForReading(path, partitionSchema, hasWal(path) ? "shared" : "immutable");
  if (database === null) return null;
  try {
    return optionalIntegerOf(database.prepare("SELECT first_ms FROM progress").get(), "first_ms");
  } finally {
    database.close();
  }
}
