/**
 * Which files go, and what is there: retention by age and by size, whole files, oldest first. Raw samples go only once they are in
 * the tiers, all of one time together (`raw-files.ts`); where the size is the reason, tiers go when no raw samples can.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../core/clock.ts";
import type { Logger } from "../core/logger.ts";
import type { StoreStats, TierStats } from "../core/storage.ts";
import { catalogCopyPath, catalogPath, isUnreadable } from "./catalog/catalog-files.ts";
import { ClockGuard } from "./clock-guard.ts";
import { isInputError, openForReading, optionalIntegerOf, type Schema } from "./database.ts";
import { exhaust } from "./exhaust.ts";
import {
  bytesOnDisk,
  hasWal,
  listAside,
  listFiles,
  type PartitionFile,
  removePartition,
  tierDir,
} from "./partition/partition-files.ts";
import { partitionSchema } from "./partition/partition-schema.ts";
import { type RawFile, rawFiles, type RawUnit, removalOf, unitsOf } from "./raw-files.ts";
import { receivedSchema } from "./received/received-schema.ts";
import { statePath } from "./state/state.ts";
import { tierSchema } from "./tier/tier-schema.ts";
import { chunkMs, type Tier, tiers } from "./tier/tiers.ts";

export interface RetentionOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retentionMs: number;
  /** Per tier, by its step. */
  readonly tierRetentionMs: ReadonlyMap<number, number>;
  readonly maxBytes: number;
}

export type DiskSurvey = Pick<
  StoreStats,
  "bytes" | "maxBytes" | "fullAtMs" | "partitions" | "oldestMs" | "quarantined" | "tiers"
>;

interface Turn {
  readonly nowMs: number;
  /** Paths that the writer has open. */
  readonly open: ReadonlySet<string>;
  /** Everything up to this time is in the tiers, but for what is late in received files. */
  readonly tieredToMs: number;
  /** Whether a file of received samples is complete, as far as one can tell, and in the tiers. */
  readonly isSettled: (fileStartMs: number) => boolean;
}

/** What goes in one step. */
interface Due {
  readonly files: readonly PartitionFile[];
  readonly remove: () => void;
}

/** Time between two looks, ms: what is deleted is hours long. */
const intervalMs = 60_000;
/** How long a survey is good for, ms: it asks the file system about some hundred files. */
const surveyMs = 10_000;
/** What the forecast of the size looks at, and the least that it needs, ms. */
const growthMs = 2 * 86_400_000;
const minGrowthMs = 3_600_000;

export class Retention {
  readonly #options: RetentionOptions;
  readonly #guard: ClockGuard;
  #nextMs = -Infinity;
  #survey: { readonly takenMs: number; readonly result: DiskSurvey } | null = null;
  /** See `floorMs`; `null` where it is to be looked for anew. */
  #floorMs: number | null = null;
  /** Oldest partition's first sample, read once per file. */
  #oldest: { readonly path: string; readonly firstMs: number } | null = null;

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#guard = new ClockGuard(options.clock, (gainedMs) =>
      options.logger.warn("the clock was set forward: nothing is deleted for its age until the next start", { gainedMs }),
    );
  }

  /** The oldest file of raw samples. */
  oldestFile(): PartitionFile | null {
    return rawFiles(this.#options.dataDir)[0] ?? null;
  }

  /**
   * Files of raw samples that would begin before this have gone, and only the tiers, which reach back to `tieredFromMs`, have their
   * time; -Infinity where nothing has gone.
   */
  floorMs(tieredFromMs: number): number {
    if (this.#floorMs === null) {
      const oldest = this.oldestFile();
      this.#floorMs = oldest !== null && tieredFromMs + chunkMs <= oldest.startMs ? oldest.startMs : -Infinity;
    }
    return this.#floorMs;
  }

  /** Deletes what is due, one file a step, or the files of one time. Returns whether anything went. */
  *apply(turn: Turn): Generator<void, boolean> {
    const monotonicMs = this.#options.clock.monotonicMs();
    if (monotonicMs < this.#nextMs) return false;
    this.#nextMs = monotonicMs + intervalMs;
    // Also for files that have come: time may have been set back to before all of them.
    this.#floorMs = null;
    let hasDeleted = false;
    // Looked for anew after each step: samples may have come into a file that was due.
    for (let due = this.#nextDue(turn); due !== undefined; due = this.#nextDue(turn)) {
      due.remove();
      hasDeleted = true;
      this.#survey = null;
      this.#floorMs = null;
      for (const { path } of due.files)
        this.#options.logger.info("a file was deleted: it is past its age, or the store past its size", { path });
      yield;
    }
    return hasDeleted;
  }

  /** What is on the disk, as of some seconds ago at most. */
  survey(nowMs: number): DiskSurvey {
    const monotonicMs = this.#options.clock.monotonicMs();
    if (this.#survey === null || monotonicMs - this.#survey.takenMs >= surveyMs) {
      this.#survey = { takenMs: monotonicMs, result: this.#look(nowMs) };
    }
    return this.#survey.result;
  }

  #look(nowMs: number): DiskSurvey {
    const { dataDir, maxBytes } = this.#options;
    const files = rawFiles(dataDir);
    const bytes = this.#bytes(files);
    return {
      bytes,
      maxBytes,
      fullAtMs: this.#fullAtMs(files, bytes, nowMs),
      partitions: files.length,
      oldestMs: this.#firstMs(files),
      tiers: tiers.map((tier) => this.#lookAtTier(tier)),
      quarantined: listAside(dataDir),
    };
  }

  #lookAtTier(tier: Tier): TierStats {
    const files = listFiles(tierDir(this.#options.dataDir, tier.name));
    const newest = files.at(-1);
    const lastMs = newest === undefined ? null : readRow(newest.path, tierSchema, "SELECT max(start_ms) AS ms FROM chunks");
    return {
      stepMs: tier.stepMs,
      bytes: files.reduce((sum, file) => sum + bytesOnDisk(file.path), 0),
      oldestMs: files[0] === undefined ? null : readRow(files[0].path, tierSchema, "SELECT min(start_ms) AS ms FROM chunks"),
      builtToMs: lastMs === null ? null : lastMs + chunkMs,
    };
  }

  /**
   * When the growth of the last days reaches the bound; `null` where it does not, because what is past its age goes before. What is
   * older than two days says little about tomorrow, what is younger than an hour nothing.
   */
  #fullAtMs(files: readonly PartitionFile[], bytes: number, nowMs: number): number | null {
    const { maxBytes, retentionMs } = this.#options;
    const recent = files.filter(({ startMs }) => startMs >= nowMs - growthMs);
    const sinceMs = nowMs - (recent[0]?.startMs ?? nowMs);
    if (sinceMs < minGrowthMs) return null;
    const perMs = recent.reduce((sum, { path }) => sum + bytesOnDisk(path), 0) / sinceMs;
    const ageMs = nowMs - (files[0]?.startMs ?? nowMs);
    const largest = bytes + Math.max(0, retentionMs - ageMs) * perMs;
    return perMs > 0 && largest > maxBytes ? Math.max(nowMs, nowMs + (maxBytes - bytes) / perMs) : null;
  }

  /** For its age first: what goes for that must not cost the size anything else. */
  #nextDue(turn: Turn): Due | undefined {
    return this.#dueForAge(turn) ?? this.#dueForSize(turn);
  }

  #dueForAge(turn: Turn): Due | undefined {
    const { nowMs, tieredToMs } = turn;
    if (!this.#guard.trusts(nowMs)) return undefined;
    const { dataDir, retentionMs, tierRetentionMs } = this.#options;
    const raw = this.#rawDue(rawFiles(dataDir), Math.min(nowMs - retentionMs, tieredToMs), turn);
    if (raw !== undefined) return raw;
    for (const tier of tiers) {
      const oldestMs = nowMs - (tierRetentionMs.get(tier.stepMs) ?? Infinity);
      const [oldest] = listFiles(tierDir(dataDir, tier.name));
      if (oldest !== undefined && oldest.startMs + tier.fileMs <= oldestMs) return dueFile(oldest);
    }
    return undefined;
  }

  #dueForSize(turn: Turn): Due | undefined {
    const { dataDir, maxBytes } = this.#options;
    const files = rawFiles(dataDir);
    if (this.#bytes(files) <= maxBytes) return undefined;
    const raw = this.#rawDue(files, turn.tieredToMs, turn);
    if (raw !== undefined) return raw;
    // The newest of a tier is in use.
    const [oldest] = tiers.flatMap((tier) => listFiles(tierDir(dataDir, tier.name)).slice(0, -1));
    return oldest === undefined ? undefined : dueFile(oldest);
  }

  /** The oldest unit, where it ends by `timeMs` and none of it is still in use. */
  #rawDue(files: readonly RawFile[], timeMs: number, { open, isSettled }: Turn): Due | undefined {
    const [oldest] = unitsOf(files);
    const isDue = ({ path, startMs, endMs, isReceived }: RawFile): boolean =>
      endMs <= timeMs && !open.has(path) && (!isReceived || isSettled(startMs));
    return oldest?.every(isDue) === true ? this.#dueUnit(oldest) : undefined;
  }

  #dueUnit(unit: RawUnit): Due {
    return { files: unit, remove: () => exhaust(removalOf(this.#options.dataDir, unit)) };
  }

  /** All that `maxBytes` is about: these files of raw samples, the tiers, the catalogue, the state. */
  #bytes(raw: readonly PartitionFile[]): number {
    const { dataDir } = this.#options;
    const files = [...raw, ...tiers.flatMap((tier) => listFiles(tierDir(dataDir, tier.name)))];
    const paths = [...files.map((file) => file.path), catalogPath(dataDir), catalogCopyPath(dataDir), statePath(dataDir)];
    return paths.reduce((sum, path) => sum + bytesOnDisk(path), 0);
  }

  #firstMs(files: readonly RawFile[]): number | null {
    for (const { path, isReceived } of files) {
      if (this.#oldest?.path === path) return this.#oldest.firstMs;
      const firstMs = readRow(path, isReceived ? receivedSchema : partitionSchema, "SELECT first_ms AS ms FROM progress");
      if (firstMs === null) continue;
      this.#oldest = { path, firstMs };
      return firstMs;
    }
    return null;
  }
}

function dueFile(file: PartitionFile): Due {
  return { files: [file], remove: () => removePartition(file) };
}

/** `null` where there is none, or the file cannot be read. */
function readRow(path: string, schema: Schema, sql: string): number | null {
  let database: DatabaseSync | null = null;
  try {
    database = openForReading(path, schema, hasWal(path) ? "shared" : "immutable");
    return database === null ? null : optionalIntegerOf(database.prepare(sql).get(), "ms");
  } catch (error) {
    // Reading samples names what is damaged; on a full disk there may be no room to open a file.
    if (isUnreadable(error) || isInputError(error)) return null;
    throw error;
  } finally {
    database?.close();
  }
}
