/**
 * The files of one kind of telemetry, as their writer sees them: the newest is written to, a new one is begun when it is old or large,
 * the oldest go by age and by size. See `telemetry-files.ts` for what a file holds.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import { ClockGuard } from "../clock-guard.ts";
import { isOfPresentFormat, type Schema } from "../database.ts";
import { bytesOnDisk, listFiles, type PartitionFile, partitionFile, removePartition } from "../partition/partition-files.ts";
import { type TelemetryKind, telemetryDir } from "./telemetry-files.ts";
import { WrittenFile } from "./written-file.ts";

export interface RollingOptions<Tables> {
  readonly dataDir: string;
  readonly kind: TelemetryKind;
  readonly schema: Schema;
  /** As in `WrittenFileOptions`. */
  readonly prepare: (database: DatabaseSync) => Tables;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What lies on the disk. */
export interface FileSurvey {
  readonly files: number;
  readonly bytes: number;
  /** The oldest file begins then, ms since the epoch; `null` where there is none. */
  readonly oldestMs: number | null;
}

interface CurrentFile<Tables> {
  readonly file: PartitionFile;
  readonly written: WrittenFile<Tables>;
}

/** Files that all together reach `maxBytes`, and that fill `maxAgeMs`: what retention deletes at once is a small part of the whole. */
const filesBySize = 16;
const filesByAge = 24;
const hourMs = 3_600_000;
/** Time between two looks at what is due, ms. */
const lookMs = 60_000;

export class RollingFiles<Tables> {
  readonly #options: RollingOptions<Tables>;
  readonly #directory: string;
  /** Time after which a new file is begun, ms. */
  readonly #lengthMs: number;
  readonly #fileBytesMax: number;
  readonly #guard: ClockGuard;
  #current: CurrentFile<Tables> | null = null;
  #nextLookMs = -Infinity;

  constructor(options: RollingOptions<Tables>) {
    this.#options = options;
    this.#directory = telemetryDir(options.dataDir, options.kind);
    this.#lengthMs = Math.max(hourMs, options.maxAgeMs / filesByAge);
    this.#fileBytesMax = options.maxBytes / filesBySize;
    this.#guard = new ClockGuard(options.clock);
  }

  /** As `WrittenFile.write`, on the newest file. */
  write<R>(work: (tables: Tables) => R): R {
    const nowMs = this.#options.clock.nowMs();
    if (this.#current !== null && this.#isOver(this.#current.file, nowMs)) {
      this.sync();
      this.close();
    }
    this.#current ??= this.#choose(nowMs);
    return this.#current.written.write(work);
  }

  /** As `WrittenFile.sync`. */
  sync(): void {
    this.#current?.written.sync();
  }

  /** Deletes what is due; looks once a minute. */
  maintain(): void {
    const { clock, logger } = this.#options;
    if (clock.monotonicMs() < this.#nextLookMs) return;
    this.#nextLookMs = clock.monotonicMs() + lookMs;
    for (const file of this.#due()) {
      if (file.path === this.#current?.file.path) this.close();
      removePartition(file);
      logger.info("a file was deleted: it is past its age, or all together past their size", { path: file.path });
    }
  }

  survey(): FileSurvey {
    const files = listFiles(this.#directory);
    return { files: files.length, bytes: sizeOf(files), oldestMs: files[0]?.startMs ?? null };
  }

  close(): void {
    this.#current?.written.close();
    this.#current = null;
  }

  #choose(nowMs: number): CurrentFile<Tables> {
    const { schema, prepare, logger } = this.#options;
    const newest = listFiles(this.#directory).at(-1);
    // The files' order is that of their coming, whatever the clock says.
    const next = (): PartitionFile => partitionFile(this.#directory, Math.max(nowMs, (newest?.startMs ?? -Infinity) + 1));
    const isGoingOn = newest !== undefined && !this.#isOver(newest, nowMs) && isOfPresentFormat(newest.path, schema);
    const file = isGoingOn ? newest : next();
    return { file, written: new WrittenFile({ path: file.path, schema, prepare, logger }) };
  }

  /** Not by a clock that was set back: then the file goes on until it is large. */
  #isOver({ startMs, path }: PartitionFile, nowMs: number): boolean {
    return nowMs - startMs >= this.#lengthMs || bytesOnDisk(path) >= this.#fileBytesMax;
  }

  #due(): readonly PartitionFile[] {
    const { clock, maxAgeMs, maxBytes } = this.#options;
    const nowMs = clock.nowMs();
    const files = listFiles(this.#directory);
    const endsMs = files.map(({ startMs }, index) => Math.min(files[index + 1]?.startMs ?? Infinity, startMs + this.#lengthMs));
    const old = this.#guard.trusts(nowMs) ? files.filter((_, index) => (endsMs[index] ?? 0) <= nowMs - maxAgeMs) : [];
    let bytes = sizeOf(files) - sizeOf(old);
    // The newest one is being written to.
    const large = files.slice(0, -1).filter((file) => {
      if (bytes <= maxBytes || old.includes(file)) return false;
      bytes -= bytesOnDisk(file.path);
      return true;
    });
    return [...old, ...large];
  }
}

function sizeOf(files: readonly PartitionFile[]): number {
  return files.reduce((sum, { path }) => sum + bytesOnDisk(path), 0);
}
