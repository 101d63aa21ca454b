/**
 * The writer's files of received samples. A few are open: the one of the present time, and those of the times that are being filled up.
 * A closed one has everything in blocks, and is opened again when more comes.
 */
import { existsSync } from "node:fs";
import type { Clock } from "../../core/clock.ts";
import { freeMemory } from "../../core/free-memory.ts";
import type { Logger } from "../../core/logger.ts";
import type { ReceivedSamples } from "../../core/storage.ts";
import { tooOld } from "../check-samples.ts";
import { isRestorable } from "../catalog/catalog-files.ts";
import { DamagedFileError, isDamage, storeError } from "../database.ts";
import { exhaust } from "../exhaust.ts";
import {
  hasWal,
  isEmptyFile,
  listFiles,
  type PartitionFile,
  partitionFile,
  receivedDir,
  setAside,
  syncDirectory,
} from "../partition/partition-files.ts";
import { refsOfBatch } from "./batch-row.ts";
import { ClosedFiles } from "./closed-files.ts";
import { mergeHour } from "./merge-hour.ts";
import { type MergePlan, OpenReceived } from "./open-received.ts";
import { type OnSyncFailure, syncFailed } from "../partition/log-sync.ts";
import { ReceivedFile } from "./received-file.ts";
import type { BuildScope, TieredFiles } from "../tier/tier-builder.ts";
import { type StorableBatch, storableBatches } from "./storable-batches.ts";
import { sealBatches } from "./seal-batches.ts";

export interface ReceivedFilesOptions {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Samples that are sealed together at most, but for a single batch. */
  readonly sealSamples: number;
  /** Called with the series whose samples are about to be sealed, and their file's start. */
  readonly beforeSeal: (refs: Uint32Array, fileStartMs: number) => void;
  /** Called before a file is set aside that upkeep may have begun to work on: it must be ended. */
  readonly beforeQuarantine: () => void;
  /** Whether the tiers have the time of a file that begins then. */
  readonly isInTiers: (fileStartMs: number) => boolean;
}

/** Files that are open at once: two days that are being filled up, in no order. */
const maxOpen = 8;
/** Batches that wait for their sealing at most: a reader looks into each of them. */
const maxBatches = 128;
/** How long samples wait for their sealing at most, ms. */
const maxUnsealedMs = 600_000;
/** A backlog of this many times what is sealed together is overdue: upkeep does not come to it, and it must not grow for ever. */
const backlogBound = 4;
/** Free pages that one step gives back to the file system: 256 KB. */
const shrinkPages = 64;
/** Shortest time between two starts of a background `fdatasync`, ms. */
const syncIntervalMs = 1000;

export class ReceivedFiles implements TieredFiles {
  readonly #options: ReceivedFilesOptions;
  /** By start, in the order of use. */
  readonly #open = new Map<number, OpenReceived>();
  /** Those that a step of upkeep goes on with. */
  readonly #busy = new Set<OpenReceived>();
  /** What is known of the others. */
  readonly #closed: ClosedFiles;
  #lastSyncMs = -Infinity;
  #syncFailures = 0;

  constructor(options: ReceivedFilesOptions) {
    this.#options = options;
    this.#closed = new ClosedFiles((path, error) => this.#setAside(path, error));
  }

  get paths(): ReadonlySet<string> {
    return new Set(Array.from(this.#open.values(), ({ file }) => file.path));
  }

  get unsealedSamples(): number {
    return this.#files.reduce((sum, { file }) => sum + file.unsealedSamples, 0);
  }

  get syncFailures(): number {
    return this.#syncFailures;
  }

  /** Whether so much waits for its sealing that the next batch must too. */
  get overdue(): boolean {
    return this.backlog >= backlogBound;
  }

  /** What the fullest file has waiting, in portions of what is sealed together. */
  get backlog(): number {
    const { sealSamples } = this.#options;
    const shares = this.#files.map(({ file }) => [file.unsealedSamples / sealSamples, file.unsealedBatches / maxBatches]);
    return Math.max(0, ...shares.flat());
  }

  /** Opens what the last process left: each file whose log was not taken in. */
  recover(): void {
    for (const file of this.#list()) {
      if (isEmptyFile(file.path)) this.#setAside(file.path, new DamagedFileError("the file is empty"));
      else if (hasWal(file.path)) {
        this.#makeRoom();
        this.#tryOpen(file);
      }
    }
  }

  /** Stores samples; each file's in one transaction. None where one is from before `oldestMs`: that is `UNAVAILABLE`. */
  receive(samples: ReceivedSamples, oldestMs: number): void {
    const batches = storableBatches(samples);
    if (batches.some(({ firstMs }) => firstMs < oldestMs)) throw tooOld(oldestMs);
    for (const batch of batches) {
      this.#append(batch);
      freeMemory(batch.data);
    }
  }

  /** Tells of the series in batches that are not sealed, as sealing will. */
  noteUnsealed(): void {
    for (const one of this.#files)
      for (let next = one.file.batchAfter(0); next !== null; next = one.file.batchAfter(next.seq))
        if (next.batch !== null) this.#note(one, refsOfBatch(next.batch));
  }

  /** Seals what is due, in steps between which more may come; not where another upkeep is at it. */
  *seal(): Generator<void> {
    for (const one of this.#files) {
      if (this.#isDue(one)) yield* this.#guard(one, "seal", () => this.#sealOldest(one));
      if (!this.#has(one)) continue;
      one.file.checkpoint();
      yield;
    }
  }

  /** Seals all that is due at once. A sealing that has begun must be ended before. */
  sealNow(): void {
    exhaust(this.seal());
  }

  /** Merges what belongs together, and closes files that are complete. */
  *merge(nowMs: number): Generator<void> {
    yield* this.#closed.survey(this.#list(), this.#open);
    for (const startMs of this.#closed.unmerged()) if (this.#open.size < maxOpen) this.#use(startMs);
    const now = { wallMs: nowMs, steadyMs: this.#options.clock.monotonicMs() };
    for (const one of this.#files) {
      for (const plan of one.mergesDue(now)) if (this.#has(one)) yield* this.#merge(one, plan);
      if (this.#has(one) && one.isComplete(now)) yield* this.#guard(one, "close", () => this.#shut(one));
    }
  }

  starts(): readonly number[] {
    return this.#list().map(({ startMs }) => startMs);
  }

  has(startMs: number): boolean {
    return this.starts().includes(startMs);
  }

  /** Whether a file is closed, and the tiers have all of it. */
  isSettled(startMs: number): boolean {
    return this.#closed.isSettled(startMs);
  }

  /** Start of the oldest file that samples still come to; Infinity without one. */
  get fillingFromMs(): number {
    const nowMs = this.#options.clock.monotonicMs();
    return Math.min(...this.#files.filter((one) => !one.isQuiet(nowMs)).map(({ file }) => file.startMs));
  }

  *dirty(): Generator<void, readonly number[]> {
    yield* this.#closed.survey(this.#list(), this.#open);
    const nowMs = this.#options.clock.monotonicMs();
    const open = this.#files.filter((one) => one.isQuiet(nowMs) && one.isDirty).map(({ file }) => file.startMs);
    return [...open, ...this.#closed.dirty()].sort((a, b) => a - b);
  }

  *bringToTiers(
    startMs: number,
    areBuilt: boolean,
    build: (scope: BuildScope) => Generator<void, boolean>,
  ): Generator<void, boolean> {
    const one = this.#use(startMs);
    this.#busy.add(one);
    try {
      yield* this.#sealAll(one);
      if (!this.#has(one)) return false;
      const late = one.file.lateBuckets();
      const isNew = !one.file.isTiered;
      if (areBuilt && !isNew && late.length === 0) return true;
      one.isBeingTiered = true;
      one.lateSince.clear();
      const scope = areBuilt && !isNew ? late : !areBuilt && late.length === 0 ? "missing" : "all";
      if (!(yield* build(scope)) || !this.#has(one)) return false;
      one.file.setTiered(late.filter((bucket) => !one.lateSince.has(bucket)));
      return true;
    } finally {
      one.isBeingTiered = false;
      this.#busy.delete(one);
    }
  }

  /** Waits until every batch so far is on the disk. */
  sync(): void {
    for (const { file } of this.#files) file.sync();
  }

  /** Resolves when all batches so far are on the disk; rejects where that has failed. */
  async synced(): Promise<void> {
    await Promise.all(this.#files.map(({ file }) => file.synced(this.#onFailure(file))));
  }

  /** Starts to bring the batches so far to the disk, at most once a second, and does not wait for it. */
  syncSoon(): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - this.#lastSyncMs < syncIntervalMs) return;
    this.#lastSyncMs = nowMs;
    for (const { file } of this.#files) file.syncSoon(this.#onFailure(file));
  }

  /** Seals and closes all of them. A sealing that has begun must be ended before. */
  close(): void {
    for (const one of this.#files) exhaust(this.#finish(one));
  }

  /** Closes those that could not be sealed: their batches are in their logs, and the next start takes them from there. */
  abandon(): void {
    for (const { file } of this.#files) file.abandon();
    this.#open.clear();
  }

  #onFailure({ path }: ReceivedFile): OnSyncFailure {
    return (error) => {
      this.#syncFailures++;
      this.#options.logger.error(syncFailed, { path, error });
    };
  }

  #list(): PartitionFile[] {
    return listFiles(receivedDir(this.#options.dataDir));
  }

  get #files(): readonly OpenReceived[] {
    return [...this.#open.values()];
  }

  #has(one: OpenReceived): boolean {
    return this.#open.get(one.file.startMs) === one;
  }

  #append(batch: StorableBatch): void {
    const startMs = batch.fileStartMs;
    try {
      this.#appendTo(this.#use(startMs), batch);
    } catch (error) {
      const one = this.#open.get(startMs);
      if (one === undefined || !isDamage(error)) throw storeError(error, receivedDir(this.#options.dataDir), "write to");
      this.#options.beforeQuarantine();
      this.#quarantine(one, error);
      this.#appendTo(this.#use(startMs), batch);
    }
  }

  #appendTo(one: OpenReceived, batch: StorableBatch): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (one.file.unsealedBatches === 0) one.unsealedSinceMs = nowMs;
    one.receivedMs = nowMs;
    one.file.append(batch);
  }

  /** The file that begins then; the one that was not used for longest is closed to make room. */
  #use(startMs: number): OpenReceived {
    const known = this.#open.get(startMs);
    if (known !== undefined) {
      this.#open.delete(startMs);
      this.#open.set(startMs, known);
      return known;
    }
    this.#makeRoom();
    const file = partitionFile(receivedDir(this.#options.dataDir), startMs);
    const opened = this.#tryOpen(file) ?? this.#tryOpen(file);
    if (opened === null) throw storeError(new DamagedFileError("the file is damaged"), file.path, "begin");
    return opened;
  }

  #makeRoom(): void {
    const oldest = this.#files.find((one) => !this.#busy.has(one));
    if (oldest !== undefined && this.#open.size >= maxOpen) exhaust(this.#finish(oldest));
  }

  /** `null` where it is damaged, and was set aside. */
  #tryOpen(file: PartitionFile): OpenReceived | null {
    const { clock, logger, isInTiers, dataDir } = this.#options;
    try {
      const isNew = !existsSync(file.path);
      const opened = new ReceivedFile(file, () => isInTiers(file.startMs));
      if (isNew) syncDirectory(receivedDir(dataDir));
      const one = new OpenReceived(opened, clock.monotonicMs());
      this.#open.set(file.startMs, one);
      this.#closed.delete(file.startMs);
      if (opened.lostInLog !== null)
        logger.warn("the log of a file was damaged: samples may be missing", {
          path: `${file.path}-wal`,
          from: new Date(opened.lostInLog.fromMs).toISOString(),
          to: new Date(opened.lostInLog.toMs).toISOString(),
        });
      return one;
    } catch (error) {
      if (!isRestorable(error, file.path)) throw storeError(error, file.path, "open");
      this.#setAside(file.path, error);
      return null;
    }
  }

  #isDue({ file, unsealedSinceMs, isBeingSealed }: OpenReceived): boolean {
    if (isBeingSealed || file.unsealedBatches === 0) return false;
    if (file.unsealedSamples >= this.#options.sealSamples || file.unsealedBatches >= maxBatches) return true;
    return this.#options.clock.monotonicMs() - unsealedSinceMs >= maxUnsealedMs;
  }

  *#sealOldest(one: OpenReceived): Generator<void> {
    const { clock, sealSamples } = this.#options;
    const touched = new Set<number>();
    one.isBeingSealed = true;
    try {
      yield* sealBatches(one.file, {
        maxSamples: sealSamples,
        beforeWrite: (refs) => this.#note(one, refs),
        isLate: () => one.file.isTiered || one.isBeingTiered,
        afterWrite: (hours, buckets) => {
          for (const bucket of buckets) one.lateSince.add(bucket);
          for (const hour of hours) one.noteWrite(hour, clock.monotonicMs(), touched);
        },
      });
    } finally {
      one.isBeingSealed = false;
    }
    one.unsealedSinceMs = clock.monotonicMs();
  }

  *#merge(one: OpenReceived, plan: MergePlan): Generator<void> {
    const { logger } = this.#options;
    yield* this.#guard(one, "merge", () => one.merge(plan, () => mergeHour(one.file, { ...plan, logger })));
  }

  *#finish(one: OpenReceived): Generator<void> {
    yield* this.#sealAll(one);
    if (this.#has(one)) yield* this.#guard(one, "close", () => this.#shut(one));
  }

  *#sealAll(one: OpenReceived): Generator<void> {
    while (this.#has(one) && one.file.unsealedBatches > 0) yield* this.#guard(one, "seal", () => this.#sealOldest(one));
  }

  *#shut(one: OpenReceived): Generator<void> {
    while (one.file.shrink(shrinkPages)) {
      yield;
      one.file.checkpoint();
      yield;
    }
    this.#closed.set(one.file.startMs, { isDirty: one.isDirty, isMerged: one.file.isMerged });
    one.file.close();
    this.#open.delete(one.file.startMs);
  }

  #note({ file, noted }: OpenReceived, refs: Uint32Array): void {
    const fresh = refs.filter((ref) => !noted.has(ref));
    if (fresh.length === 0) return;
    this.#options.beforeSeal(fresh, file.startMs);
    for (const ref of fresh) noted.add(ref);
  }

  *#guard(one: OpenReceived, doing: string, work: () => Generator<void>): Generator<void> {
    const wasBusy = this.#busy.has(one);
    this.#busy.add(one);
    try {
      yield* work();
    } catch (error) {
      if (!isDamage(error)) throw storeError(error, one.file.path, doing);
      this.#quarantine(one, error);
    } finally {
      if (!wasBusy) this.#busy.delete(one);
    }
  }

  #quarantine({ file }: OpenReceived, error: Error): void {
    file.abandon();
    this.#open.delete(file.startMs);
    this.#setAside(file.path, error);
  }

  #setAside(path: string, error: Error): void {
    const aside = setAside(path, "corrupt");
    this.#options.logger.error("a damaged file of received samples was set aside; the rest is served", { path: aside, error });
  }
}
