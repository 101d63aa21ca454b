/**
 * The writer's partitions with a head: the one that takes ticks, and older ones until the last of their ticks is sealed. Sealing goes
 * strictly from old to new, because readers take what is sealed for everything up to its time.
 */
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/logger.ts";
import { exhaust } from "../exhaust.ts";
import { isRestorable } from "../catalog/catalog-files.ts";
import { DamagedFileError, isDamage, storeError } from "../database.ts";
import type { TimeSpan } from "./head-tick.ts";
import {
  hasWal,
  isEmptyFile,
  listPartitions,
  type PartitionFile,
  partitionFile,
  samplesDir,
  setAside,
  syncDirectory,
} from "./partition-files.ts";
import { mergeBlocks } from "./merge.ts";
import { type OnSyncFailure, syncFailed } from "./log-sync.ts";
import { PartitionWriter } from "./partition-writer.ts";
import { sealOldest } from "./seal.ts";

export interface OpenPartitionsOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly partitionMs: number;
  readonly sealTicks: number;
  /** Samples that are sealed together at most: with many series, fewer ticks. */
  readonly sealSamples: number;
  /** Time that one merged block spans, ms; no block reaches over a whole multiple of it. */
  readonly mergeMs: number;
  /** Called with the series whose ticks are about to be sealed, and their partition's start. */
  readonly beforeSeal: (refs: Uint32Array, partitionMs: number) => void;
}

/** Shortest time between two starts of a background `fdatasync`, ms. */
const syncIntervalMs = 1000;
/** Free pages that one step gives back to the file system: 256 KB. */
const shrinkPages = 64;
const sealedPerDrop = 8;
/** A head of this many times what is sealed together is overdue: upkeep does not come to it, and it must not grow for ever. */
const headBound = 4;

export class OpenPartitions {
  readonly #options: OpenPartitionsOptions;
  /** Oldest first; ticks go to the last one. */
  #open: PartitionWriter[] = [];
  #lastSyncMs = -Infinity;
  #syncFailures = 0;

  constructor(options: OpenPartitionsOptions) {
    this.#options = options;
  }

  get paths(): ReadonlySet<string> {
    return new Set(this.#open.map((partition) => partition.path));
  }

  get headSamples(): number {
    return this.#open.reduce((sum, partition) => sum + partition.headSamples, 0);
  }

  /** How often samples could not be brought to the disk. */
  get syncFailures(): number {
    return this.#syncFailures;
  }

  /** Every sample up to this time is in blocks; `null` in an empty store. */
  get sealedToMs(): number | null {
    const waiting = this.#open.map(({ headFirstMs }) => headFirstMs).filter((firstMs) => firstMs !== null);
    return waiting.length > 0 ? Math.min(...waiting) - 1 : (this.#open.at(-1)?.newestMs ?? null);
  }

  /** Whether so many ticks wait for their sealing that the next one must too. */
  get overdue(): boolean {
    const { sealTicks, sealSamples } = this.#options;
    return this.#open.some(
      ({ headTicks, headSamples }) => headTicks >= headBound * sealTicks || headSamples >= headBound * sealSamples,
    );
  }

  /** Opens what the last process left: the newest partition, and each whose log was not taken in. Returns the newest tick's time. */
  recover(): number | null {
    let newestMs: number | null = null;
    for (const { path } of listPartitions(this.#options.dataDir))
      if (isEmptyFile(path)) this.#setAside(path, new DamagedFileError("the file is empty"));
    for (const file of listPartitions(this.#options.dataDir).reverse()) {
      if (newestMs !== null && !hasWal(file.path)) continue;
      const partition = this.#tryOpen(file);
      if (partition === null) continue;
      this.#open.unshift(partition);
      newestMs ??= partition.newestMs;
    }
    return newestMs;
  }

  /** Tells of the series in unsealed ticks, as sealing will. */
  noteHeads(): void {
    for (const partition of this.#open) this.#options.beforeSeal(partition.headRefs(), partition.startMs);
  }

  /** Series that the newest partition's head left alive since then. */
  aliveSince(sinceMs: number): Uint32Array {
    return this.#open.at(-1)?.aliveSince(sinceMs) ?? new Uint32Array(0);
  }

  /** The partition that a tick of this time goes to. Files begin at whole multiples of their length, wherever that is possible. */
  forTime(timestampMs: number, newestMs: number | null): PartitionWriter {
    const { dataDir, partitionMs } = this.#options;
    const window = (timeMs: number): number => Math.floor(timeMs / partitionMs);
    const current = this.#open.at(-1);
    if (current !== undefined && window(current.startMs) === window(timestampMs)) return current;
    const file = partitionFile(samplesDir(dataDir), Math.max(window(timestampMs) * partitionMs, (newestMs ?? -Infinity) + 1));
    try {
      const partition = new PartitionWriter(file);
      this.#open.push(partition);
      syncDirectory(samplesDir(dataDir));
      return partition;
    } catch (error) {
      throw storeError(error, file.path, "begin");
    }
  }

  /** What is due, in steps between which ticks may come, and with them a new file. */
  *upkeep(): Generator<void> {
    for (let [oldest, next] = this.#open; oldest !== undefined; [oldest, next] = this.#open) {
      if (next !== undefined) yield* this.#finish(oldest);
      else if (this.#isDue(oldest)) yield* this.#seal(oldest);
      else break;
    }
    const newest = this.#open.at(-1);
    // Every tick before the oldest unsealed one is in blocks: the windows that end there are complete.
    if (newest !== undefined) yield* this.#merge(newest, newest.headFirstMs ?? -Infinity);
    for (const partition of this.#open) {
      yield;
      partition.checkpoint();
    }
  }

  /** Seals all that is due at once. Upkeep that has begun must be ended before: it holds ticks that would be sealed twice. */
  sealNow(): void {
    exhaust(this.upkeep());
  }

  /** Seals and closes all of them; the same about upkeep. */
  close(): void {
    for (const partition of this.#open) exhaust(this.#finish(partition));
  }

  /** Closes those that could not be sealed: their ticks are in their logs, and the next start takes them from there. */
  abandon(): void {
    for (const partition of this.#open) partition.abandon();
    this.#open = [];
  }

  /** Sets a damaged partition aside. Not while upkeep has begun, but from within it. */
  quarantine(partition: PartitionWriter, error: Error): void {
    partition.abandon();
    this.#open = this.#open.filter((other) => other !== partition);
    this.#setAside(partition.path, error);
  }

  /** Waits until every commit so far is on the disk. */
  sync(): void {
    for (const partition of this.#open) partition.sync();
  }

  /** Resolves when all commits so far are on the disk; rejects where that has failed. */
  async synced(): Promise<void> {
    await Promise.all(this.#open.map((partition) => partition.synced(this.#onFailure(partition))));
  }

  /** Starts to bring the commits so far to the disk, at most once a second, and does not wait for it. */
  syncSoon(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#lastSyncMs < syncIntervalMs) return;
    this.#lastSyncMs = nowMs;
    for (const partition of this.#open) partition.syncSoon(this.#onFailure(partition));
  }

  #onFailure({ path }: PartitionWriter): OnSyncFailure {
    return (error) => {
      this.#syncFailures++;
      this.#options.logger.error(syncFailed, { path, error });
    };
  }

  #tryOpen(file: PartitionFile): PartitionWriter | null {
    try {
      const partition = new PartitionWriter(file);
      if (partition.lostInLog !== null) this.#reportLost(partition.path, partition.lostInLog);
      return partition;
    } catch (error) {
      if (!isRestorable(error, file.path)) throw storeError(error, file.path, "open");
      this.#setAside(file.path, error);
      return null;
    }
  }

  /** Whether ticks of the head are to be sealed: there are enough, or they belong to a window that gets no more. */
  #isDue({ headTicks, headSamples, headFirstMs, newestMs }: PartitionWriter): boolean {
    if (headFirstMs === null) return false;
    const { sealTicks, sealSamples } = this.#options;
    return headTicks >= sealTicks || headSamples >= sealSamples || (newestMs ?? headFirstMs) >= this.#windowEndMs(headFirstMs);
  }

  #windowEndMs(timeMs: number): number {
    const { mergeMs } = this.#options;
    return (Math.floor(timeMs / mergeMs) + 1) * mergeMs;
  }

  /** Seals what is left of a partition that gets no more ticks, and closes it. */
  *#finish(partition: PartitionWriter): Generator<void> {
    while (partition.headTicks > 0 && this.#open.includes(partition)) yield* this.#seal(partition);
    if (this.#open.includes(partition)) yield* this.#merge(partition, Infinity);
    if (this.#open.includes(partition)) yield* this.#guard(partition, "close", () => this.#shut(partition));
  }

  *#shut(partition: PartitionWriter): Generator<void> {
    // Left by a sealing that was cut short.
    while (partition.dropSealed(sealedPerDrop)) yield;
    while (partition.shrink(shrinkPages)) yield;
    partition.close();
    this.#open = this.#open.filter((other) => other !== partition);
  }

  *#seal(partition: PartitionWriter): Generator<void> {
    const { beforeSeal, sealTicks, sealSamples } = this.#options;
    const { headTicks, headSamples, headFirstMs } = partition;
    if (headFirstMs === null) return;
    const ticks = Math.min(sealTicks, Math.max(1, Math.floor((sealSamples * headTicks) / Math.max(1, headSamples))));
    yield* this.#guard(partition, "seal", () =>
      sealOldest(partition, ticks, this.#windowEndMs(headFirstMs), (refs) => beforeSeal(refs, partition.startMs)),
    );
  }

  /** Makes one block of the small ones in each window that ends by then. */
  *#merge(partition: PartitionWriter, endMs: number): Generator<void> {
    const toMs = endMs === Infinity ? Infinity : this.#windowEndMs(endMs) - this.#options.mergeMs;
    if (toMs <= partition.mergedToMs) return;
    yield* this.#guard(partition, "merge", () =>
      mergeBlocks(partition, { toMs, windowEndMs: (timeMs) => this.#windowEndMs(timeMs), logger: this.#options.logger }),
    );
    partition.mergedToMs = toMs;
  }

  *#guard(partition: PartitionWriter, doing: string, work: () => Generator<void>): Generator<void> {
    try {
      yield* work();
    } catch (error) {
      if (!isDamage(error)) throw storeError(error, partition.path, doing);
      this.quarantine(partition, error);
    }
  }

  #reportLost(path: string, { fromMs, toMs }: TimeSpan): void {
    this.#options.logger.warn("the log of a file was damaged: samples may be missing", {
      path: `${path}-wal`,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
    });
  }

  #setAside(path: string, error: Error): void {
    const aside = setAside(path, "corrupt");
    this.#options.logger.error("a damaged partition was set aside; the rest is served", { path: aside, error });
  }
}
