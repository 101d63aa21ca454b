/**
 * The partition files of one reader: which there are, what their heads hold, and the sealed samples, decoded on demand and kept
 * while they are in use. A damaged file or block is left out and named in the log; everything else is served.
 */
import type { Logger } from "../../core/logger.ts";
import type { ReadObserver, SeriesRef } from "../../core/storage.ts";
import { type Block, type ColumnSamples, hasMember, openBlock } from "../codec/block.ts";
import { ColumnCache } from "./column-cache.ts";
import { type Cut, cutter } from "./column-pieces.ts";
import { DamagedFileError, isDamage, isInputError, storeError } from "../database.ts";
import type { HeadTick, TimeSpan } from "./head-tick.ts";
import { hasWal, isEmptyFile, type PartitionFile, samplesDir, setAside } from "./partition-files.ts";
import { PartitionDirectory } from "./partition-directory.ts";
import { PartitionReader } from "./partition-reader.ts";
import { type BlockRow, maxPartitionMs } from "./partition-schema.ts";
import { ScratchMemory } from "./scratch-memory.ts";
import { type Buckets, byBucket, type Member } from "./series-buckets.ts";

/** Partitions that stay open: three days of 6 h. */
const maxOpen = 12;

/** Of more series at once nothing is kept: they would push everything out of the cache, themselves included. */
const cachedSeries = 500;
/** Numbers of scratch memory, 8 MB: three thousand series over two hours at 30 s. */
const scratchLength = 2 ** 20;

/** For who wants to hear nothing. */
export const unobserved: ReadObserver = { admit: () => undefined, note: () => undefined };

export class SealedSamples {
  readonly #directory: PartitionDirectory;
  readonly #logger: Logger;
  readonly #scratch = new ScratchMemory(scratchLength);
  /** For what is not kept. */
  readonly #passing = new ColumnCache(0, (length) => this.#scratch.take(length));
  readonly #columns: ColumnCache;
  /** By path, in the order of use. */
  readonly #open = new Map<string, PartitionReader>();
  readonly #damaged = new Set<string>();
  /** Of finished files, by path. */
  readonly #missing = new Map<string, readonly TimeSpan[]>();
  /** Files that the system could not read when that was tried last. */
  readonly #failing = new Set<string>();
  #failedReads = 0;
  #oldest: { readonly path: string; readonly firstMs: number } | null = null;

  constructor(options: {
    readonly dataDir: string;
    readonly logger: Logger;
    /** 0: nothing is kept decoded. */
    readonly cacheBytes: number;
  }) {
    this.#directory = new PartitionDirectory(samplesDir(options.dataDir));
    this.#logger = options.logger;
    this.#columns = options.cacheBytes > 0 ? new ColumnCache(options.cacheBytes) : this.#passing;
  }

  /** Looks which files there are; true where they are others than before. */
  listFiles(): boolean {
    if (!this.#directory.refresh()) return false;
    // What was the newest may now be immutable, and the other way round; what is gone must not be served from a cache.
    this.close();
    this.#columns.clear();
    const paths = new Set(this.#files.map((file) => file.path));
    for (const path of this.#missing.keys()) if (!paths.has(path)) this.#missing.delete(path);
    this.#damaged.clear();
    this.#failing.clear();
    return true;
  }

  /** The ticks after `afterMs` that are not sealed, and up to when everything is. */
  head(afterMs: number): NewHead {
    let sealedToMs = -Infinity;
    const damaged: Damage[] = [];
    const parts: (readonly HeadTick[])[] = [];
    // Newest first: a tick that arrives meanwhile in a file that was read already is seen next time, and none between is missed.
    for (const [index, file] of [...this.#files.entries()].reverse()) {
      const state = this.#read(file, (partition) => (partition.firstMs() === null ? null : partition.head(afterMs)));
      if (state === null || state === undefined) continue;
      parts.unshift(state.head.ticks);
      if (state.head.damaged !== null) {
        const { fromMs, toMs } = state.head.damaged;
        const startMs = Math.max(file.startMs, (state.sealedToMs ?? -Infinity) + 1);
        damaged.push({ path: file.path, fromMs: Math.max(fromMs, startMs), toMs: Math.min(toMs, this.#endMs(index)) });
      }
      sealedToMs = Math.max(sealedToMs, Math.min(state.sealedToMs ?? -Infinity, this.#endMs(index)));
      // Sealing goes from old to new: where nothing is unsealed, nothing older is.
      if (index < this.#files.length - 1 && state.head.ticks.length === 0) break;
    }
    return { sealedToMs, ticks: parts.flat(), damaged };
  }

  /** From when on partitions may hold samples; `null` without any. */
  get startMs(): number | null {
    return this.#files[0]?.startMs ?? null;
  }

  /** Time of the oldest sample, `null` in an empty store. */
  oldestMs(): number | null {
    for (const file of this.#files) {
      if (this.#oldest?.path === file.path) return this.#oldest.firstMs;
      const firstMs = this.#read(file, (partition) => partition.firstMs());
      if (firstMs === null || firstMs === undefined) continue;
      this.#oldest = { path: file.path, firstMs };
      return firstMs;
    }
    return null;
  }

  /**
   * Per series its sealed samples with startMs < time ≤ endMs, in pieces in time order. They hold until the next call: copy them. Series of one
   * block mostly share the array of their times. The observer is told of each block's samples, and of what is damaged within files; of
   * whole files see `noteMissing`.
   */
  select(
    refs: readonly SeriesRef[],
    startMs: number,
    endMs: number,
    observer: ReadObserver = unobserved,
  ): readonly (readonly ColumnSamples[])[] {
    const pieces = refs.map((): ColumnSamples[] => []);
    if (endMs <= startMs) return pieces;
    const buckets = byBucket(refs);
    const columns = refs.length > cachedSeries || observer.decodesAnew === true ? this.#passing : this.#columns;
    this.#scratch.reset();
    for (const index of this.#files.keys()) {
      this.#visit(index, { buckets, startMs, endMs, observer, columns }, (block) => {
        let samples = 0;
        for (const { position, slot } of block.members) {
          const column = block.column(slot);
          const piece = column === null || block.isInside ? column : block.cut(column);
          if (piece === null) continue;
          samples += piece.values.length;
          pieces[position]?.push(piece);
        }
        observer.admit(samples);
      });
    }
    return pieces;
  }

  /** Those of the series that have a sealed sample with startMs < time ≤ endMs. */
  present(refs: readonly SeriesRef[], startMs: number, endMs: number): ReadonlySet<SeriesRef> {
    const found = new Set<SeriesRef>();
    // Newest first: most series are still alive, and few are left to look for in older files.
    for (const index of [...this.#files.keys()].reverse()) {
      const missing = refs.filter((ref) => !found.has(ref));
      if (missing.length === 0) break;
      this.#visit(index, { buckets: byBucket(missing), startMs, endMs, observer: unobserved }, (block) => {
        for (const { position, slot } of block.members) {
          const ref = missing[position];
          if (ref === undefined || found.has(ref)) continue;
          const column = block.isInside ? null : block.column(slot);
          if (block.isInside || (column !== null && block.cut(column) !== null)) found.add(ref);
        }
      });
    }
    return found;
  }

  /** How often the disk has failed so far: what was read meanwhile lacks something that may be there. */
  get failedReads(): number {
    return this.#failedReads;
  }

  /** Buckets that have blocks in files of the range, ascending. */
  buckets(startMs: number, endMs: number): readonly number[] {
    const found = new Set<number>();
    for (const [index, file] of this.#files.entries()) {
      if (file.startMs > endMs || this.#endMs(index) <= startMs) continue;
      for (const bucket of this.#read(file, (partition) => partition.buckets()) ?? []) found.add(bucket);
    }
    return [...found].sort((a, b) => a - b);
  }

  /**
   * Tells where acknowledged samples of the range are missing, sealed or not: gaps that files know of, files that could not be read when
   * that was tried last, and files that were set aside as damaged.
   */
  noteMissing(startMs: number, endMs: number, observer: ReadObserver): void {
    const note = ({ path, startMs: fileMs }: PartitionFile, fileEndMs: number, spans: readonly TimeSpan[]): void => {
      for (const span of spans) {
        const fromMs = Math.max(span.fromMs, fileMs, startMs);
        const toMs = Math.min(span.toMs, fileEndMs, endMs);
        if (fromMs <= toMs) observer.note({ kind: "damaged", path, fromMs, toMs });
      }
    };
    for (const [index, file] of this.#files.entries()) {
      const fileEndMs = this.#endMs(index);
      if (file.startMs > endMs || fileEndMs <= startMs) continue;
      const gaps = this.#missingIn(file);
      const isLost = this.#damaged.has(file.path) || this.#failing.has(file.path) || this.#isEmpty(index);
      note(file, fileEndMs, isLost ? [always] : gaps);
    }
    const { aside } = this.#directory;
    const starts = [...this.#files, ...aside].map((file) => file.startMs);
    // Where it would be, samples are missing.
    for (const file of aside) {
      // One reaches up to where the next begins.
      const nextMs = Math.min(file.startMs + maxPartitionMs, ...starts.filter((start) => start > file.startMs));
      note(file, nextMs - 1, [always]);
    }
  }

  close(): void {
    for (const partition of this.#open.values()) partition.close();
    this.#open.clear();
  }

  get #files(): readonly PartitionFile[] {
    return this.#directory.files;
  }

  /** What a finished file lacks does not change, and finding it out reads every row of its blocks. */
  #missingIn(file: PartitionFile): readonly TimeSpan[] {
    const known = this.#missing.get(file.path);
    if (known !== undefined) return known;
    const missing = this.#read(file, (partition) => partition.missing());
    if (missing !== undefined && this.#isFinished(file)) this.#missing.set(file.path, missing);
    return missing ?? [];
  }

  /** Calls `use` for each block of one file that touches the range and has any of the series. */
  #visit(
    index: number,
    { buckets, startMs, endMs, observer, columns = this.#columns }: Visit,
    use: (block: VisitedBlock) => void,
  ): void {
    const file = this.#files[index];
    const lastMs = Math.min(endMs, this.#endMs(index));
    if (file === undefined || file.startMs > lastMs || lastMs <= startMs) return;
    const noteDamage = (fromMs: number, toMs: number): void =>
      observer.note({ kind: "damaged", path: file.path, fromMs, toMs });
    const cut = cutter(startMs, lastMs);
    this.#read(file, (partition) => {
      // In one state of the file: merging replaces blocks between two statements.
      partition.inSnapshot(() => {
        for (const [bucket, wanted] of buckets) {
          for (const row of partition.blocks(bucket, startMs, lastMs)) {
            const members = wanted.filter(({ slot }) => hasMember(row.members, slot));
            if (members.length === 0) continue;
            const open = (): Block | null => this.#openBlock(partition, row, noteDamage);
            // With the end: a merged block has the number of the first one that it was made of.
            const key = `${partition.startMs}/${row.id}/${row.endMs}`;
            const isInside = row.startMs > startMs && row.endMs <= lastMs;
            use({ isInside, members, cut, column: columns.of(key, members.length, open) });
          }
        }
      });
    });
  }

  /** `null` for a block whose checksum is wrong: the file around it may be sound. */
  #openBlock(partition: PartitionReader, row: BlockRow, noteDamage: (fromMs: number, toMs: number) => void): Block | null {
    try {
      return verified(openBlock(partition.blockData(row.id)), row);
    } catch (error) {
      if (!isDamage(error) && !isInputError(error)) throw error;
      noteDamage(row.startMs, row.endMs);
      const name = `${partition.path}#${row.id}`;
      if (!this.#damaged.has(name)) {
        this.#damaged.add(name);
        const times = { from: new Date(row.startMs).toISOString(), to: new Date(row.endMs).toISOString() };
        this.#logger.error("a block that cannot be read was left out", {
          path: partition.path,
          block: row.id,
          ...times,
          error,
        });
      }
      return null;
    }
  }

  /** Runs `work` on a partition; `undefined` where it is gone, not ready yet, or damaged. */
  #read<T>(file: PartitionFile, work: (partition: PartitionReader) => T): T | undefined {
    if (this.#damaged.has(file.path)) return undefined;
    try {
      const partition = this.#partition(file);
      const result = partition === null ? undefined : work(partition);
      this.#failing.delete(file.path);
      return result;
    } catch (error) {
      if (isDamage(error)) this.#reportDamage(file, error);
      else if (isInputError(error)) this.#reportFailing(file, error);
      else throw storeError(error, file.path, "read");
      return undefined;
    }
  }

  /** The next reading tries again: a disk may work by then. */
  #reportFailing({ path }: PartitionFile, error: Error): void {
    this.#open.get(path)?.close();
    this.#open.delete(path);
    this.#failedReads++;
    if (!this.#failing.has(path)) this.#logger.error("a partition cannot be read; the rest is served", { path, error });
    this.#failing.add(path);
  }

  #reportDamage(file: PartitionFile, error: Error): void {
    this.#open.get(file.path)?.close();
    this.#open.delete(file.path);
    this.#damaged.add(file.path);
    // The newest one belongs to the writer, which finds the damage itself and must not lose its file under its hands.
    const path = file === this.#files.at(-1) ? file.path : setAside(file.path, "corrupt");
    this.#logger.error("a damaged partition is left out; the rest is served", { path, error });
  }

  #partition(file: PartitionFile): PartitionReader | null {
    const known = this.#open.get(file.path);
    const partition = known ?? PartitionReader.open(file, this.#isFinished(file) ? "immutable" : "shared");
    if (partition === null) return null;
    this.#open.delete(file.path);
    this.#open.set(file.path, partition);
    for (const [path, oldest] of this.#open) {
      if (this.#open.size <= maxOpen) break;
      oldest.close();
      this.#open.delete(path);
    }
    return partition;
  }

  /** The writer closes a partition that is not the newest one when it has sealed it, and its log goes. */
  #isFinished(file: PartitionFile): boolean {
    return file !== this.#files.at(-1) && !hasWal(file.path);
  }

  #isEmpty(index: number): boolean {
    const path = this.#files[index]?.path;
    return path !== undefined && !this.#open.has(path) && isEmptyFile(path);
  }

  /** A partition ends where the next one begins, also when it holds later samples (`SampleWriter.rewind`). */
  #endMs(index: number): number {
    return (this.#files[index + 1]?.startMs ?? Infinity) - 1;
  }
}

const always: TimeSpan = { fromMs: -Infinity, toMs: Infinity };

/** Where something was acknowledged and cannot be read. */
export interface Damage extends TimeSpan {
  readonly path: string;
}

export interface NewHead {
  /** Everything up to this time is in blocks. */
  readonly sealedToMs: number;
  readonly ticks: readonly HeadTick[];
  readonly damaged: readonly Damage[];
}

/** A block whose content is that of another row is damaged too. */
export function verified(block: Block, row: BlockRow): Block {
  const { timestampsMs, members } = block;
  if (
    timestampsMs[0] !== row.startMs ||
    timestampsMs.at(-1) !== row.endMs ||
    members.some((byte, i) => byte !== row.members[i])
  )
    throw new DamagedFileError("a block is not the one that its row names");
  return block;
}

interface Visit {
  readonly columns?: ColumnCache;
  readonly buckets: Buckets;
  readonly startMs: number;
  readonly endMs: number;
  readonly observer: ReadObserver;
}

interface VisitedBlock {
  /** The block lies in the range with all its rows. */
  readonly isInside: boolean;
  /** Those that it has. */
  readonly members: readonly Member[];
  /** Decodes one of them, `null` where the block is damaged. */
  readonly column: (slot: number) => ColumnSamples | null;
  /** What of a column is in the range. */
  readonly cut: Cut;
}
