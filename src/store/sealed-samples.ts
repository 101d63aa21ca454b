/**
 * The partition files of one reader: which there are, what their heads hold, and the sealed samples, decoded on demand and kept
 * while they are in use. A damaged file or block is left out and named in the log; everything else is served.
 */
import type { Logger } from "../core/logger.ts";
import type { SeriesRef } from "../core/storage.ts";
import { type Block, type ColumnSamples, decodeColumn, hasMember, openBlock, seriesPerBlock } from "./block.ts";
import { ColumnCache } from "./column-cache.ts";
import { DamagedFileError, isDamage, storeError } from "./database.ts";
import type { HeadTick } from "./head-tick.ts";
import { hasWal, inodeOf, listPartitions, type PartitionFile, setAside } from "./partition-files.ts";
import { type BlockRow, PartitionReader } from "./partition-reader.ts";
import { bucketOf } from "./partition-schema.ts";

/** Partitions that stay open: three days of 6 h. */
const maxOpen = 12;

export class SealedSamples {
  readonly #dataDir: string;
  readonly #logger: Logger;
  readonly #columns: ColumnCache;
  #files: readonly PartitionFile[] = [];
  #newestInode: bigint | null = null;
  /** By path, in the order of use. */
  readonly #open = new Map<string, PartitionReader>();
  readonly #damaged = new Set<string>();
  #oldest: { readonly path: string; readonly firstMs: number } | null = null;

  constructor(options: { readonly dataDir: string; readonly logger: Logger; readonly cacheBytes: number }) {
    this.#dataDir = options.dataDir;
    this.#logger = options.logger;
    this.#columns = new ColumnCache(options.cacheBytes);
  }

  /** Looks which files there are; true where they are others than before. */
  listFiles(): boolean {
    const files = listPartitions(this.#dataDir);
    const newest = files.at(-1);
    // Only the newest can be another file of the same name: the one before it was set aside, and the writer began anew.
    const newestInode = newest === undefined ? null : inodeOf(newest.path);
    const same = files.length === this.#files.length && files.every((file, i) => file.path === this.#files[i]?.path);
    if (same && newestInode === this.#newestInode) return false;
    this.#files = files;
    this.#newestInode = newestInode;
    // What was the newest may now be immutable, and the other way round; what is gone must not be served from a cache.
    this.close();
    this.#columns.clear();
    this.#damaged.clear();
    return true;
  }

  /** The ticks after `afterMs` that are not sealed, and up to when everything is. */
  head(afterMs: number): { readonly sealedToMs: number; readonly ticks: readonly HeadTick[] } {
    let sealedToMs = -Infinity;
    const parts: (readonly HeadTick[])[] = [];
    // Newest first: a tick that arrives meanwhile in a file that was read already is seen next time, and none between is missed.
    for (const [index, file] of [...this.#files.entries()].reverse()) {
      const state = this.#read(file, (partition) => (partition.firstMs() === null ? null : partition.head(afterMs)));
      if (state === null || state === undefined) continue;
      parts.unshift(state.ticks);
      sealedToMs = Math.max(sealedToMs, Math.min(state.sealedToMs ?? -Infinity, this.#endMs(index)));
      // Sealing goes from old to new: where nothing is unsealed, nothing older is.
      if (index < this.#files.length - 1 && state.ticks.length === 0) break;
    }
    return { sealedToMs, ticks: parts.flat() };
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
   * Per series its sealed samples with startMs < time ≤ endMs, in pieces in time order. The pieces are shared: copy them. `admit`
   * is told of each piece, a block's worth at most, and throws when it is too much.
   */
  select(
    refs: readonly SeriesRef[],
    startMs: number,
    endMs: number,
    admit: (samples: number) => void,
  ): readonly (readonly ColumnSamples[])[] {
    const pieces = refs.map((): ColumnSamples[] => []);
    if (endMs <= startMs) return pieces;
    const buckets = byBucket(refs);
    for (const index of this.#files.keys()) {
      this.#visit(index, buckets, startMs, endMs, (position, range, column) => {
        const piece = cut(column(), range.startMs, range.endMs);
        if (piece === null) return;
        admit(piece.values.length);
        pieces[position]?.push(piece);
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
      this.#visit(index, byBucket(missing), startMs, endMs, (position, range, column) => {
        const ref = missing[position];
        if (ref === undefined || found.has(ref)) return;
        if (range.whole || cut(column(), range.startMs, range.endMs) !== null) found.add(ref);
      });
    }
    return found;
  }

  close(): void {
    for (const partition of this.#open.values()) partition.close();
    this.#open.clear();
  }

  /** Calls `use` for each series and block of one file that touch the range. */
  #visit(index: number, buckets: Buckets, startMs: number, endMs: number, use: UseColumn): void {
    const file = this.#files[index];
    const lastMs = Math.min(endMs, this.#endMs(index));
    if (file === undefined || file.startMs > lastMs || lastMs <= startMs) return;
    this.#read(file, (partition) => {
      for (const [bucket, members] of buckets) {
        for (const row of partition.blocks(bucket, startMs, lastMs)) {
          const range = { startMs, endMs: lastMs, whole: row.startMs > startMs && row.endMs <= lastMs };
          const open = once(() => this.#openBlock(partition, row));
          for (const { position, slot } of members) {
            if (hasMember(row.members, slot)) use(position, range, () => this.#column(partition, row, slot, open));
          }
        }
      }
    });
  }

  #column(partition: PartitionReader, row: BlockRow, slot: number, open: () => Block | null): ColumnSamples | null {
    const key = `${partition.startMs}/${row.id}/${slot}`;
    const cached = this.#columns.get(key);
    if (cached !== undefined) return cached;
    const block = open();
    const column = block === null ? null : decodeColumn(block, slot);
    if (column !== null) this.#columns.set(key, column);
    return column;
  }

  /** `null` for a block whose checksum is wrong: the file around it may be sound. */
  #openBlock(partition: PartitionReader, row: BlockRow): Block | null {
    try {
      return openBlock(partition.blockData(row.id));
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      const name = `${partition.path}#${row.id}`;
      if (!this.#damaged.has(name)) {
        this.#damaged.add(name);
        const times = { from: new Date(row.startMs).toISOString(), to: new Date(row.endMs).toISOString() };
        this.#logger.error("a damaged block was left out", { path: partition.path, block: row.id, ...times, error });
      }
      return null;
    }
  }

  /** Runs `work` on a partition; `undefined` where it is gone, not ready yet, or damaged. */
  #read<T>(file: PartitionFile, work: (partition: PartitionReader) => T): T | undefined {
    if (this.#damaged.has(file.path)) return undefined;
    try {
      const partition = this.#partition(file);
      return partition === null ? undefined : work(partition);
    } catch (error) {
      if (!isDamage(error)) throw storeError(error, file.path, "read");
      this.#reportDamage(file, error);
      return undefined;
    }
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

  /** A partition ends where the next one begins, also when it holds later samples (`SampleWriter.rewind`). */
  #endMs(index: number): number {
    return (this.#files[index + 1]?.startMs ?? Infinity) - 1;
  }
}

interface VisitedRange {
  readonly startMs: number;
  readonly endMs: number;
  /** The block lies inside with all its rows. */
  readonly whole: boolean;
}

/** `position`: of the series in the list that was asked for. `column` decodes it, `null` where the block is damaged. */
type UseColumn = (position: number, range: VisitedRange, column: () => ColumnSamples | null) => void;

/** Bucket → the wanted series in it. */
type Buckets = ReadonlyMap<number, readonly { readonly position: number; readonly slot: number }[]>;

function byBucket(refs: readonly SeriesRef[]): Buckets {
  return Map.groupBy(
    refs.map((ref, position) => ({ position, slot: ref % seriesPerBlock, bucket: bucketOf(ref) })),
    ({ bucket }) => bucket,
  );
}

/** The part with startMs < time ≤ endMs; `null` where it is empty. */
function cut(column: ColumnSamples | null, startMs: number, endMs: number): ColumnSamples | null {
  if (column === null) return null;
  const { timestampsMs, values } = column;
  const first = countUpTo(timestampsMs, startMs);
  const end = countUpTo(timestampsMs, endMs);
  if (first >= end) return null;
  if (first === 0 && end === values.length) return column;
  return { timestampsMs: timestampsMs.subarray(first, end), values: values.subarray(first, end) };
}

/** How many of the ascending times are ≤ `timeMs`. */
function countUpTo(timestampsMs: Float64Array, timeMs: number): number {
  let low = 0;
  let high = timestampsMs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    // In bounds: low ≤ middle < high ≤ length.
    if ((timestampsMs[middle] as number) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
