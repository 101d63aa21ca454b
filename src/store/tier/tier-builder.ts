/**
 * Builds the tiers from sealed raw samples, chunk by chunk in time order, as they become complete. It reads through the same code as
 * a query, so that what is hidden or damaged there is so here. A generator: upkeep takes a step whenever no tick is due.
 */
import type { Logger } from "../../core/logger.ts";
import { type ReadObserver, type SeriesRef, type SummaryColumns, tierStepsMs } from "../../core/storage.ts";
import { seriesPerBlock } from "../codec/block.ts";
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
import type { ColumnSamples } from "../codec/block.ts";
import { combine, numbersOf, type ReceivedColumn } from "../received/received-column.ts";
import { ReceivedSamples } from "../received/received-samples.ts";
import { joinPieces } from "../partition/column-pieces.ts";
import { SealedSamples } from "../partition/sealed-samples.ts";
import { coarsen, joinSummaries, summarise } from "./summarise.ts";
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

/** Raw samples that are read at once, per series: an hour. */
const sliceMs = 3_600_000;
/** Series of which an hour is read and summarised in one step: 60,000 samples at 1 Hz, some milliseconds. */
const seriesPerRead = 16;
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
    // A tier that is built anew, because its file was lost, lacks what raw samples no longer have.
    let isComplete = files.length === tiers.length || (this.#sealed.startMs ?? Infinity) <= chunkStartMs;
    const observer: ReadObserver = { admit: () => undefined, note: () => (isComplete = false) };
    try {
      const isLate = typeof scope !== "string";
      if (isLate) {
        this.#noteMissing(chunkStartMs, endMs, observer);
        if (!isComplete) return this.#leave(chunkStartMs);
        for (const { file } of files) file.continue(chunkStartMs);
      }
      for (const bucket of isLate ? scope : this.#buckets(chunkStartMs, endMs)) {
        const fine = yield* this.#summariseBucket(bucket, chunkStartMs, observer);
        for (let first = 0; first < fine.length; first += seriesPerWrite) {
          const some = fine.slice(first, first + seriesPerWrite);
          for (const { tier, file } of files) {
            file.write(
              chunkStartMs,
              some.map(([ref, columns]) => [ref, tier.stepMs === finestMs ? columns : coarsen(columns, tier.stepMs)]),
            );
            yield;
          }
        }
      }
      this.#noteMissing(chunkStartMs, endMs, observer);
      if (this.#failedReads !== failedBefore && ++this.#failedTurns < maxFailedTurns) return false;
      isComplete &&= this.#failedReads === failedBefore;
      this.#failedTurns = 0;
      for (const { file, previousMs } of files) {
        const members = file.finish(chunkStartMs, previousMs, isComplete);
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

  /** Built anew from what is left, a chunk would lose what it has of samples that cannot be read any more. */
  #leave(chunkStartMs: number): true {
    this.#options.logger.warn("late samples are not in the tiers, because other samples of the time cannot be read any more", {
      from: new Date(chunkStartMs).toISOString(),
      to: new Date(chunkStartMs + chunkMs).toISOString(),
    });
    return true;
  }

  get #failedReads(): number {
    return this.#sealed.failedReads + this.#received.failedReads;
  }

  #noteMissing(startMs: number, endMs: number, observer: ReadObserver): void {
    this.#sealed.noteMissing(startMs, endMs, observer);
    this.#received.noteMissing(startMs, endMs, observer);
  }

  #buckets(startMs: number, endMs: number): readonly number[] {
    const buckets = new Set([...this.#sealed.buckets(startMs, endMs), ...this.#received.buckets(startMs, endMs)]);
    return [...buckets].sort((a, b) => a - b);
  }

  /** The chunk of the finest tier for the series of a bucket that have samples. */
  *#summariseBucket(
    bucket: number,
    chunkStartMs: number,
    observer: ReadObserver,
  ): Generator<void, [SeriesRef, SummaryColumns][]> {
    const refs = Array.from({ length: seriesPerBlock }, (_, slot) => bucket * seriesPerBlock + slot);
    const parts = refs.map((): SummaryColumns[] => []);
    for (let fromMs = chunkStartMs; fromMs < chunkStartMs + chunkMs; fromMs += sliceMs) {
      const toMs = fromMs + sliceMs;
      for (let first = 0; first < seriesPerBlock; first += seriesPerRead) {
        const some = refs.slice(first, first + seriesPerRead);
        const received = this.#received.select(some, fromMs, toMs, observer);
        const collected = this.#sealed.select(some, fromMs, toMs, observer);
        for (const [i, found] of collected.entries()) {
          // As one: a stale marker counts only together with the sample that it follows.
          const samples = withReceived(found, received.get(i));
          if (samples !== null) parts[first + i]?.push(summarise(samples, finestMs, fromMs, toMs));
        }
        yield;
      }
    }
    return refs.flatMap((ref, slot): [SeriesRef, SummaryColumns][] => {
      const columns = joinSummaries(parts[slot] ?? []);
      return columns.endsMs.length === 0 ? [] : [[ref, columns]];
    });
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

function withReceived(
  collected: readonly ColumnSamples[],
  received: ReceivedColumn | undefined,
): Parameters<typeof summarise>[0] | null {
  if (received === undefined) return collected.length === 0 ? null : joinPieces(collected);
  const { histograms, ...numbers } = collected.length === 0 ? received : combine([numbersOf(joinPieces(collected)), received]);
  return histograms === null ? numbers : { ...numbers, histograms };
}
