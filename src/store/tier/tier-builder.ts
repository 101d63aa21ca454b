/**
 * Builds the tiers from sealed raw samples, chunk by chunk in time order, as they become complete. It reads through the same code as
 * a query, so that what is hidden or damaged there is so here. A generator: upkeep takes a step whenever no tick is due.
 */
import type { Logger } from "../../core/logger.ts";
import { type ReadObserver, tierStepsMs } from "../../core/storage.ts";
import { isRestorable } from "../catalog/catalog-files.ts";
import { DamagedFileError, isDamage } from "../database.ts";
import {
  isEmptyFile,
  listFiles,
  listPartitions,
  type PartitionFile,
  partitionFile,
  setAside,
  tierDir,
} from "../partition/partition-files.ts";
import { ReceivedSamples } from "../received/received-samples.ts";
import { SealedSamples, unobserved } from "../partition/sealed-samples.ts";
import { coarsen } from "./summarise.ts";
import { refsOfBucket, type SeriesSummary, summariseBucket } from "./summarise-bucket.ts";
import { TierFile } from "./tier-file.ts";
import { MemberSet, type TierMembers } from "./tier-members.ts";
import { membersOf } from "./tier-schema.ts";
import { chunkMs, type Tier, tiers } from "./tiers.ts";

export interface TierBuilderOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** Longest time that one partition of raw samples holds, ms. */
  readonly partitionMs: number;
  readonly received: TieredFiles;
}

/** What of a chunk is built: all of it in the tiers that do not have it, all of it anew, or some buckets anew. */
export type BuildScope = "missing" | "all" | readonly number[];

/** What the builder needs of the files of received samples, each of which holds the time of one chunk. */
export interface TieredFiles {
  /** Starts of all files, ascending. */
  starts(): readonly number[];
  has(startMs: number): boolean;
  /** Starts of those of which the tiers lack something, ascending. */
  dirty(): Generator<void, readonly number[]>;
  /**
   * Calls `build` with what the tiers lack of a file, once all of it is sealed; what is sealed meanwhile is late again. `areBuilt`: whether
   * the tiers have its time. `build` returns whether it has done that.
   */
  bringToTiers(
    startMs: number,
    areBuilt: boolean,
    build: (scope: BuildScope) => Generator<void, boolean>,
  ): Generator<void, boolean>;
}

/** Up to when everything is sealed that was collected, and up to when hardly anything more is to be received. */
export interface CompleteTo {
  readonly collectedToMs: number;
  readonly receivedToMs: number;
}

const [finestMs] = tierStepsMs;

/** How often a chunk is tried while the disk fails; then it is built without what cannot be read, and says so. */
const maxFailedTurns = 5;
/** Series whose rows of one tier are encoded and written in one step: some milliseconds. */
const seriesPerWrite = 4;

export class TierBuilder {
  readonly #options: TierBuilderOptions;
  readonly #sealed: SealedSamples;
  readonly #received: ReceivedSamples;
  #builtToMs: number;
  #members: MemberSet | null = null;
  /** See `fromMs`; `null` where it is to be looked for anew. */
  #fromMs: number | null = null;
  /** In a row, of the chunk that is due. */
  #failedTurns = 0;

  constructor(options: TierBuilderOptions) {
    this.#options = options;
    const { dataDir, logger } = options;
    // Every block is read once: nothing is worth keeping.
    this.#sealed = new SealedSamples({ dataDir, logger, cacheBytes: 0 });
    this.#received = new ReceivedSamples({ dataDir, logger, cacheBytes: 0 });
    for (const file of tiers.flatMap((tier) => this.#files(tier)))
      if (isEmptyFile(file.path)) this.#setAside(file, new DamagedFileError("the file is empty"));
    this.#builtToMs = Math.min(...tiers.map((tier) => this.#builtTo(tier)));
  }

  /** Everything up to this time is in all tiers; -Infinity before the first chunk. */
  get builtToMs(): number {
    return this.#builtToMs;
  }

  /** Start of the oldest chunk of any tier; Infinity without one. */
  get fromMs(): number {
    this.#fromMs ??= Math.min(Infinity, ...tiers.map((tier) => this.#firstChunk(tier) ?? Infinity));
    return this.#fromMs;
  }

  /** Whether all tiers have the chunk that begins then. */
  has(chunkStartMs: number): boolean {
    return tiers.every((tier) => this.#has(tier, chunkStartMs));
  }

  /** Builds the chunks that are complete, and builds those anew for which late samples were received. */
  *build(complete: CompleteTo): Generator<void> {
    const { received } = this.#options;
    const isDue = (chunk: number): boolean =>
      chunk + chunkMs <= complete.collectedToMs && (!received.has(chunk) || chunk + chunkMs <= complete.receivedToMs);
    for (let chunk = this.#nextChunk(); chunk !== null && isDue(chunk); chunk = this.#nextChunk()) {
      if (!(yield* this.#bring(chunk))) return;
      this.#builtToMs = chunk + chunkMs;
    }
    for (const chunk of yield* received.dirty())
      if (chunk < this.#builtToMs && isDue(chunk) && !(yield* this.#bring(chunk))) return;
  }

  /** Forgets what was built after `timeMs`; it is built anew, as far as raw samples are there. */
  rewind(timeMs: number): void {
    if (timeMs >= this.#builtToMs) return;
    const chunk = Math.floor(timeMs / chunkMs) * chunkMs;
    for (const tier of tiers) {
      for (const file of this.#files(tier)) {
        if (file.startMs >= chunk) setAside(file.path, "ahead");
        else if (file.startMs + tier.fileMs > chunk) this.#withFile(file, (open) => open.truncate(chunk));
      }
    }
    this.#builtToMs = chunk;
    this.#fromMs = null;
  }

  /** Which series the tiers have, and from when on there is any. Read once, in steps, and kept up to date from then on. */
  *members(): Generator<void, TierMembers> {
    if (this.#members === null) {
      const members = new MemberSet();
      for (const tier of tiers) {
        for (const file of this.#files(tier)) {
          for (const chunk of this.#withFile(file, (open) => open.chunks) ?? []) members.add(membersOf(chunk));
          yield;
        }
      }
      this.#members = members;
    }
    const { has } = this.#members;
    const fromMs = Math.min(...tiers.flatMap((tier) => this.#files(tier).map(({ startMs }) => startMs)));
    return { has, fromMs };
  }

  /** Files of a tier were deleted: what they had is looked up anew. */
  forgetMembers(): void {
    this.#members = null;
    this.#fromMs = null;
  }

  close(): void {
    this.#sealed.close();
    this.#received.close();
  }

  /** Start of the chunk that holds the oldest raw samples after those that are in the tiers; `null` where there are none. */
  #nextChunk(): number | null {
    const collected = this.#nextCollected() ?? Infinity;
    const received = this.#options.received.starts().find((startMs) => startMs >= this.#builtToMs) ?? Infinity;
    const chunk = Math.min(collected, received);
    return chunk === Infinity ? null : chunk;
  }

  #nextCollected(): number | null {
    const { dataDir, partitionMs } = this.#options;
    const partitions = listPartitions(dataDir);
    const waiting = partitions.find(({ startMs }, index) => {
      const endMs = (Math.floor(startMs / partitionMs) + 1) * partitionMs;
      return Math.min(endMs, partitions[index + 1]?.startMs ?? Infinity) > this.#builtToMs;
    });
    if (waiting === undefined) return null;
    this.#sealed.listFiles();
    const firstMs = waiting === partitions[0] ? (this.#sealed.oldestMs() ?? waiting.startMs) : waiting.startMs;
    // A partition that is closed while it is open here keeps its log and the log's index.
    this.#sealed.close();
    // A tick at the very start of a chunk is summarised with the one before it.
    return Math.max(this.#builtToMs, Math.floor((firstMs - 1) / chunkMs) * chunkMs);
  }

  /** Builds one chunk, or what is late in it. False where that is to be tried again at the next turn. */
  *#bring(chunk: number): Generator<void, boolean> {
    const { received } = this.#options;
    try {
      const isBuilt = received.has(chunk)
        ? yield* received.bringToTiers(chunk, this.has(chunk), (scope) => this.#buildChunk(chunk, scope))
        : yield* this.#buildChunk(chunk, "missing");
      if (isBuilt) this.#fromMs = Math.min(this.fromMs, chunk);
      return isBuilt;
    } catch (error) {
      if (!isDamage(error) || !this.#setDamagedAside(chunk)) throw error;
      // The next turn builds it again, in a new file.
      return false;
    }
  }

  /** False where the disk could not be read, which may be better at the next turn; what stays unreadable is gone over in the end. */
  *#buildChunk(chunkStartMs: number, scope: BuildScope): Generator<void, boolean> {
    this.#sealed.listFiles();
    this.#received.refresh(chunkStartMs, chunkStartMs + chunkMs);
    const failedBefore = this.#failedReads;
    const files = tiers
      .filter((tier) => scope !== "missing" || !this.#has(tier, chunkStartMs))
      .map((tier) => ({
        tier,
        file: this.#openFile(tier, chunkStartMs),
        previousMs: this.#lastBefore(tier, chunkStartMs),
      }));
    const endMs = chunkStartMs + chunkMs;
    // What a chunk has stays wherever the samples that it was made of cannot be read any more.
    const isRebuilt = scope !== "missing" && this.has(chunkStartMs);
    // A tier that is built anew, because its file was lost, lacks what raw samples no longer have.
    let isComplete = files.length === tiers.length || (this.#sealed.startMs ?? Infinity) <= chunkStartMs;
    let isReadInFull = scope === "all";
    let isLate = false;
    try {
      const before = new Map(files.map(({ file }) => [file, isRebuilt && file.continue(chunkStartMs)]));
      for (const bucket of typeof scope === "string" ? this.#buckets(chunkStartMs, endMs) : scope) {
        const found = yield* this.#readBucket(bucket, chunkStartMs);
        let { isSound } = found;
        // After reading, which is what finds a damaged file. Of a chunk that is new it is asked once, at its end: it has many buckets.
        if (isRebuilt) this.#noteMissing(chunkStartMs, endMs, () => (isSound = false));
        else isComplete &&= isSound;
        const isKept = isRebuilt && !isSound;
        if (isKept) {
          isReadInFull = false;
          isLate ||= files.some(({ file }) => this.#hasReceived(bucket, chunkStartMs, file));
        }
        for (let first = 0; first < found.fine.length; first += seriesPerWrite) {
          const some = found.fine.slice(first, first + seriesPerWrite);
          for (const { tier, file } of files) {
            file.write(
              chunkStartMs,
              some
                .filter(([ref]) => !isKept || !file.has(ref))
                .map(([ref, columns]) => [ref, tier.stepMs === finestMs ? columns : coarsen(columns, tier.stepMs)]),
            );
            yield;
          }
        }
      }
      if (!isRebuilt) this.#noteMissing(chunkStartMs, endMs, () => (isComplete = false));
      if (this.#failedReads !== failedBefore && ++this.#failedTurns < maxFailedTurns) return false;
      if (!isRebuilt) isComplete &&= this.#failedReads === failedBefore;
      this.#failedTurns = 0;
      if (isLate) this.#reportLate(chunkStartMs);
      for (const { file, previousMs } of files) {
        const wasComplete = !isRebuilt || isReadInFull || before.get(file) === true;
        const members = file.finish(chunkStartMs, previousMs, isComplete && wasComplete && !isLate);
        this.#members?.add(members);
        file.sync();
        yield;
      }
      return true;
    } finally {
      for (const { file } of files) file.close();
      // While it is open here, a finished partition keeps its log and the log's index.
      this.#sealed.close();
      this.#received.close();
    }
  }

  /** The summaries of a bucket, and whether all blocks could be read that they are made of. */
  *#readBucket(
    bucket: number,
    chunkStartMs: number,
  ): Generator<void, { readonly fine: readonly SeriesSummary[]; readonly isSound: boolean }> {
    const failedBefore = this.#failedReads;
    let isSound = true;
    const note = (): void => void (isSound = false);
    const sources = { sealed: this.#sealed, received: this.#received };
    const fine = yield* summariseBucket(sources, bucket, chunkStartMs, { admit: () => undefined, note });
    return { fine, isSound: isSound && this.#failedReads === failedBefore };
  }

  /**
   * Whether there are received samples of a bucket's series that the chunk has. The late ones among them are not in it; that none is late
   * cannot be told, and to warn in vain is better than to say nothing of a loss.
   */
  #hasReceived(bucket: number, chunkStartMs: number, file: TierFile): boolean {
    const known = refsOfBucket(bucket).filter((ref) => file.has(ref));
    return this.#received.present(known, chunkStartMs, chunkStartMs + chunkMs, unobserved).size > 0;
  }

  #reportLate(chunkStartMs: number): void {
    this.#options.logger.warn("late samples are not in the tiers, because other samples of the time cannot be read any more", {
      from: new Date(chunkStartMs).toISOString(),
      to: new Date(chunkStartMs + chunkMs).toISOString(),
    });
  }

  get #failedReads(): number {
    return this.#sealed.failedReads + this.#received.failedReads;
  }

  #noteMissing(startMs: number, endMs: number, note: () => void): void {
    const observer: ReadObserver = { admit: () => undefined, note };
    this.#sealed.noteMissing(startMs, endMs, observer);
    this.#received.noteMissing(startMs, endMs, observer);
  }

  #buckets(startMs: number, endMs: number): readonly number[] {
    const buckets = new Set([...this.#sealed.buckets(startMs, endMs), ...this.#received.buckets(startMs, endMs)]);
    return [...buckets].sort((a, b) => a - b);
  }

  /** The file that takes a chunk; a damaged one is set aside first. */
  #openFile(tier: Tier, chunkStartMs: number): TierFile {
    const file = this.#fileOf(tier, chunkStartMs);
    try {
      return new TierFile(file);
    } catch (error) {
      if (!isRestorable(error, file.path)) throw error;
      this.#setAside(file, error);
      return new TierFile(file);
    }
  }

  /** Whether the tier has the chunk. */
  #has(tier: Tier, chunkStartMs: number): boolean {
    return this.#lastBefore(tier, chunkStartMs + 1) === chunkStartMs;
  }

  #builtTo(tier: Tier): number {
    const lastMs = this.#lastBefore(tier, Infinity);
    return lastMs === null ? -Infinity : lastMs + chunkMs;
  }

  #firstChunk(tier: Tier): number | null {
    for (const file of this.#files(tier)) {
      const [first] = this.#withFile(file, (open) => open.chunks) ?? [];
      if (first !== undefined) return first.startMs;
    }
    return null;
  }

  /** Start of the tier's last chunk before then. */
  #lastBefore(tier: Tier, timeMs: number): number | null {
    for (const file of this.#files(tier).reverse()) {
      const last = this.#withFile(file, (open) => open.chunks)?.findLast((chunk) => chunk.startMs < timeMs);
      if (last !== undefined) return last.startMs;
    }
    return null;
  }

  /** `null` where the file is damaged, which is then set aside. */
  #withFile<T>(file: PartitionFile, work: (open: TierFile) => T): T | null {
    let open: TierFile | null = null;
    try {
      open = new TierFile(file);
      return work(open);
    } catch (error) {
      if (!isRestorable(error, file.path)) throw error;
      this.#setAside(file, error);
      return null;
    } finally {
      open?.close();
    }
  }

  /** Returns whether one of the files that take a chunk is damaged. */
  #setDamagedAside(chunkStartMs: number): boolean {
    const checked = tiers.map((tier) => this.#withFile(this.#fileOf(tier, chunkStartMs), (open) => open.check()));
    return checked.includes(null);
  }

  #fileOf(tier: Tier, chunkStartMs: number): PartitionFile {
    return partitionFile(this.#directory(tier), Math.floor(chunkStartMs / tier.fileMs) * tier.fileMs);
  }

  #setAside(file: PartitionFile, error: Error): void {
    const path = setAside(file.path, "corrupt");
    this.#options.logger.error("a damaged file of a tier was set aside; the rest is served", { path, error });
  }

  #files(tier: Tier): PartitionFile[] {
    return listFiles(this.#directory(tier));
  }

  #directory({ name }: Tier): string {
    return tierDir(this.#options.dataDir, name);
  }
}
