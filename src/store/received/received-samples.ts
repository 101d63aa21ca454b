/**
 * The received samples of one reader, in all files: sealed ones, decoded on demand, and batches that are not sealed yet. A damaged file
 * or block is left out and named; it is set aside by the writer alone, which may have any of them in use.
 */
import type { Logger } from "../../core/logger.ts";
import type { ReadObserver, SeriesRef } from "../../core/storage.ts";
import { type Block, hasMember, openBlock } from "../codec/block.ts";
import { DamagedFileError, isDamage, isInputError } from "../database.ts";
import { cutter } from "../partition/column-pieces.ts";
import { ColumnCache } from "../partition/column-cache.ts";
import type { TimeSpan } from "../partition/head-tick.ts";
import { PartitionDirectory } from "../partition/partition-directory.ts";
import { type PartitionFile, receivedDir } from "../partition/partition-files.ts";
import { type BlockRow, bucketOf } from "../partition/partition-schema.ts";
import { verified } from "../partition/sealed-samples.ts";
import { byBucket, type Member } from "../partition/series-buckets.ts";
import { unpackRun } from "./histogram-batch.ts";
import { columnOfRun } from "./histogram-column.ts";
import { combine, cutColumn, type ReceivedColumn } from "./received-column.ts";
import { ReaderPool } from "./reader-pool.ts";
import type { ReceivedReader } from "./received-reader.ts";
import { partsOfBlockId, partsOfHistogramId, receivedFileMs, type ReceivedProgress } from "./received-schema.ts";
import { UnsealedBatches } from "./unsealed-batches.ts";

export interface ReceivedSamplesOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** 0: nothing is kept decoded. */
  readonly cacheBytes: number;
}

/** Of more series at once nothing is kept: they would push everything out of the cache, themselves included. */
const cachedSeries = 500;
/** What a reader knows of a file at the last look. */
interface FileState {
  readonly reader: ReceivedReader;
  readonly version: number;
  readonly progress: ReceivedProgress;
  readonly hasLate: boolean;
  readonly hasHistograms: boolean;
}

/** What a write has left of a series; batches count more than all writes. */
interface Piece {
  readonly number: number;
  readonly column: ReceivedColumn;
}

interface Selection {
  readonly refs: readonly SeriesRef[];
  readonly startMs: number;
  readonly endMs: number;
  readonly observer: ReadObserver;
}

export class ReceivedSamples {
  readonly #directory: PartitionDirectory;
  readonly #logger: Logger;
  readonly #columns: ColumnCache;
  readonly #passing = new ColumnCache(0);
  readonly #pool: ReaderPool;
  /** By path, as what follows. */
  readonly #states = new Map<string, FileState>();
  readonly #batches = new Map<string, UnsealedBatches>();
  readonly #missing = new Map<string, readonly TimeSpan[]>();
  /** Blocks that cannot be read, and were named in the log. */
  readonly #reported = new Set<string>();

  constructor({ dataDir, logger, cacheBytes }: ReceivedSamplesOptions) {
    this.#directory = new PartitionDirectory(receivedDir(dataDir), true);
    this.#logger = logger;
    this.#pool = new ReaderPool(logger);
    this.#columns = cacheBytes > 0 ? new ColumnCache(cacheBytes) : this.#passing;
  }

  /**
   * Takes in what has come, of files that touch the range. Returns from which time on answers may be others than at the last look:
   * Infinity where none are.
   */
  refresh(startMs = -Infinity, endMs = Infinity): number {
    let changedFromMs = Infinity;
    if (this.#directory.refresh()) {
      changedFromMs = -Infinity;
      this.#forgetChanged();
    }
    for (const file of this.#filesIn(startMs, endMs)) {
      const known = this.#states.get(file.path);
      if (known !== undefined && !known.reader.isLive) continue;
      const news = this.#pool.read(file, (reader) => this.#look(file, reader));
      changedFromMs = Math.min(changedFromMs, news ?? Infinity);
    }
    return changedFromMs;
  }

  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  /** From when on files may hold samples; `null` without any. */
  get startMs(): number | null {
    return this.#files[0]?.startMs ?? null;
  }

  /** Time of the oldest sample. */
  oldestMs(): number | null {
    for (const file of this.#files) {
      const found = this.#spanOf(file);
      if (found !== null) return found.fromMs;
    }
    return null;
  }

  newestMs(): number | null {
    for (const file of this.#files.toReversed()) {
      const found = this.#spanOf(file);
      if (found !== null) return found.toMs;
    }
    return null;
  }

  /** Whether the tiers lack something of the chunk that begins then, which is a file's time. */
  isDirty(chunkStartMs: number): boolean {
    const file = this.#files.find(({ startMs }) => startMs === chunkStartMs);
    if (file === undefined) return false;
    const state = this.#states.get(file.path);
    if (state === undefined) return true;
    return !state.progress.isTiered || state.hasLate || this.#batches.get(file.path)?.isEmpty === false;
  }

  /** Per place in `refs` the samples with startMs < time ≤ endMs, where there are any. `refs` ascend. */
  select(
    refs: readonly SeriesRef[],
    startMs: number,
    endMs: number,
    observer: ReadObserver,
  ): ReadonlyMap<number, ReceivedColumn> {
    const pieces = new Map<number, Piece[]>();
    for (const file of this.#filesIn(startMs, endMs)) {
      const found = this.#pool.read(file, (reader) => this.#piecesIn(reader, { refs, startMs, endMs, observer }));
      for (const [position, more] of found ?? []) addTo(pieces, position, more);
    }
    const columns = new Map<number, ReceivedColumn>();
    for (const [position, parts] of pieces) {
      const column = cutColumn(combine(parts.map((part) => part.column)), startMs, endMs);
      if (column.values.length > 0) columns.set(position, column);
    }
    return columns;
  }

  /** Those of the series that have a sample with startMs < time ≤ endMs. */
  present(refs: readonly SeriesRef[], startMs: number, endMs: number, observer: ReadObserver): ReadonlySet<SeriesRef> {
    const found = new Set<SeriesRef>();
    for (const file of this.#filesIn(startMs, endMs).toReversed()) {
      const missing = refs.filter((ref) => !found.has(ref));
      if (missing.length === 0) break;
      const positions = this.#pool.read(file, (reader) => this.#presentIn(reader, { refs: missing, startMs, endMs, observer }));
      for (const position of positions ?? []) found.add(missing[position] ?? 0);
    }
    return found;
  }

  /** Buckets that have sealed samples in files of the range. */
  buckets(startMs: number, endMs: number): ReadonlySet<number> {
    const all = this.#filesIn(startMs, endMs).map((file) => this.#pool.read(file, (reader) => reader.buckets(bucketOf)));
    return new Set(all.flatMap((buckets) => [...(buckets ?? [])]));
  }

  /** As `SealedSamples.failedReads`. */
  get failedReads(): number {
    return this.#pool.failedReads;
  }

  /** Tells where acknowledged samples of the range are missing. */
  noteMissing(startMs: number, endMs: number, observer: ReadObserver): void {
    const note = ({ path, startMs: fileMs }: PartitionFile, spans: readonly TimeSpan[]): void => {
      for (const span of spans) {
        const fromMs = Math.max(span.fromMs, fileMs + 1, startMs);
        const toMs = Math.min(span.toMs, fileMs + receivedFileMs, endMs);
        if (fromMs <= toMs) observer.note({ kind: "damaged", path, fromMs, toMs });
      }
    };
    for (const file of this.#filesIn(startMs, endMs)) {
      const missing = this.#missingIn(file);
      const isLost = this.#pool.isFailing(file.path) || this.#batches.get(file.path)?.hasDamage === true;
      note(file, isLost ? [always] : missing);
    }
    for (const file of this.#directory.aside) note(file, [always]);
  }

  close(): void {
    this.#pool.close();
    this.#states.clear();
    this.#batches.clear();
  }

  get #files(): readonly PartitionFile[] {
    return this.#directory.files;
  }

  #filesIn(startMs: number, endMs: number): readonly PartitionFile[] {
    return this.#files.filter((file) => file.startMs < endMs && file.startMs + receivedFileMs > startMs);
  }

  /** After the files have become others: what is gone, or was written to since, must not be served as it was. */
  #forgetChanged(): void {
    const paths = new Set(this.#files.map(({ path }) => path));
    this.#reported.clear();
    this.#columns.clear();
    this.#missing.clear();
    for (const [path, { reader }] of this.#states)
      if (!paths.has(path) || reader.isLive || !reader.isCurrent) this.#states.delete(path);
    for (const path of this.#batches.keys()) if (!paths.has(path)) this.#batches.delete(path);
    this.#pool.reset();
  }

  /** Returns the time of the oldest sample that is new. */
  #look({ path }: PartitionFile, reader: ReceivedReader): number {
    const version = reader.version();
    const known = this.#states.get(path);
    if (known?.reader === reader && known.version === version) return Infinity;
    return reader.inSnapshot(() => {
      const batches = this.#batches.get(path) ?? new UnsealedBatches();
      this.#batches.set(path, batches);
      const { firstMs } = batches.update(reader);
      const [progress, hasLate, hasHistograms] = [reader.progress(), reader.hasLate(), reader.hasHistograms()];
      this.#states.set(path, { reader, version, progress, hasLate, hasHistograms });
      return firstMs;
    });
  }

  #spanOf({ path }: PartitionFile): TimeSpan | null {
    const { firstMs = null, lastMs = null } = this.#states.get(path)?.progress ?? {};
    const unsealed = this.#batches.get(path)?.span ?? null;
    if (firstMs === null || lastMs === null) return unsealed;
    if (unsealed === null) return { fromMs: firstMs, toMs: lastMs };
    return { fromMs: Math.min(firstMs, unsealed.fromMs), toMs: Math.max(lastMs, unsealed.toMs) };
  }

  #piecesIn(reader: ReceivedReader, selection: Selection): Map<number, Piece[]> {
    const { refs, startMs, endMs, observer } = selection;
    const pieces = new Map<number, Piece[]>();
    const columns = refs.length > cachedSeries || observer.decodesAnew === true ? this.#passing : this.#columns;
    const cut = cutter(startMs, endMs);
    reader.inSnapshot(() => {
      this.#forEachBlock(reader, selection, (row, members) => {
        const column = columns.of(`${reader.startMs}/${row.id}`, members.length, () => this.#openBlock(reader, row, observer));
        const { number } = partsOfBlockId(row.id);
        let samples = 0;
        for (const { position, slot } of members) {
          const whole = column(slot);
          const part = whole === null ? null : cut(whole);
          if (part === null) continue;
          samples += part.values.length;
          addTo(pieces, position, [{ number, column: { ...part, histograms: null } }]);
        }
        observer.admit(samples);
      });
      if (this.#states.get(reader.path)?.hasHistograms === true) this.#addHistograms(reader, selection, pieces);
    });
    this.#batches.get(reader.path)?.forEach(reader, refs, selection, (position, more) => {
      observer.admit(more.reduce((sum, { values }) => sum + values.length, 0));
      addTo(
        pieces,
        position,
        more.map((column) => ({ number: Infinity, column })),
      );
    });
    return pieces;
  }

  #addHistograms(reader: ReceivedReader, { refs, startMs, endMs, observer }: Selection, pieces: Map<number, Piece[]>): void {
    for (const [position, ref] of refs.entries()) {
      const found = reader.histograms(ref, startMs, endMs);
      const rows = found.filter((row) => row !== null);
      if (rows.length < found.length) this.#reportRows(reader, "histograms", { startMs, endMs, observer });
      for (const { id, data, startMs: fromMs, endMs: toMs } of rows) {
        try {
          const column = columnOfRun(unpackRun(reader.startMs, data));
          observer.admit(column.values.length);
          addTo(pieces, position, [{ number: partsOfHistogramId(id).number, column }]);
        } catch (error) {
          if (!(error instanceof DamagedFileError)) throw error;
          this.#reportPart(reader, `histograms ${id}`, { fromMs, toMs }, error, observer);
        }
      }
      // In one file's order of writes: hours have none in common, so that only those of one hour matter.
      if (rows.length > 0) pieces.get(position)?.sort((a, b) => a.number - b.number);
    }
  }

  #presentIn(reader: ReceivedReader, selection: Selection): ReadonlySet<number> {
    const { startMs, endMs } = selection;
    const found = new Set<number>();
    const partly = new Set<number>();
    reader.inSnapshot(() => {
      this.#forEachBlock(reader, selection, (row, members) => {
        const isInside = row.startMs > startMs && row.endMs <= endMs;
        for (const { position } of members) (isInside ? found : partly).add(position);
      });
    });
    this.#batches.get(reader.path)?.forEach(reader, selection.refs, selection, (position) => partly.add(position));
    const withHistograms = this.#states.get(reader.path)?.hasHistograms === true ? selection.refs.keys() : [];
    const unclear = [...new Set([...partly, ...withHistograms])]
      .filter((position) => !found.has(position))
      .sort((a, b) => a - b);
    const refs = unclear.map((position) => selection.refs[position] ?? 0);
    for (const [i, parts] of this.#piecesIn(reader, { ...selection, refs })) {
      const column = cutColumn(combine(parts.map((part) => part.column)), startMs, endMs);
      if (column.values.length > 0) found.add(unclear[i] ?? 0);
    }
    return found;
  }

  #forEachBlock(
    reader: ReceivedReader,
    { refs, startMs, endMs, observer }: Selection,
    use: (row: BlockRow, members: readonly Member[]) => void,
  ): void {
    for (const [bucket, wanted] of byBucket(refs)) {
      for (const row of reader.blocks(bucket, startMs, endMs)) {
        if (row === null) {
          this.#reportRows(reader, "blocks", { startMs, endMs, observer });
          continue;
        }
        const members = wanted.filter(({ slot }) => hasMember(row.members, slot));
        if (members.length > 0) use(row, members);
      }
    }
  }

  /** `null` for a block whose checksum is wrong: the file around it may be sound. */
  #openBlock(reader: ReceivedReader, row: BlockRow, observer: ReadObserver): Block | null {
    try {
      return verified(openBlock(reader.blockData(row.id)), row);
    } catch (error) {
      if (!isDamage(error) && !isInputError(error)) throw error;
      this.#reportPart(reader, `block ${row.id}`, { fromMs: row.startMs, toMs: row.endMs }, error, observer);
      return null;
    }
  }

  /** Of rows that are damaged it is not known which time of the range they had. */
  #reportRows(
    reader: ReceivedReader,
    table: string,
    { startMs, endMs, observer }: Pick<Selection, "startMs" | "endMs" | "observer">,
  ): void {
    const span = { fromMs: Math.max(startMs, reader.startMs) + 1, toMs: Math.min(endMs, reader.endMs) };
    this.#reportPart(reader, `rows of ${table}`, span, new DamagedFileError("rows are damaged"), observer);
  }

  #reportPart({ path }: ReceivedReader, part: string, span: TimeSpan, error: Error, observer: ReadObserver): void {
    observer.note({ kind: "damaged", path, ...span });
    const key = `${path}#${part}`;
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    const [from, to] = [span.fromMs, span.toMs].map((timeMs) => new Date(timeMs).toISOString());
    this.#logger.error("received samples that cannot be read were left out", { path, part, from, to, error });
  }

  #missingIn(file: PartitionFile): readonly TimeSpan[] {
    const known = this.#missing.get(file.path);
    if (known !== undefined) return known;
    const missing = this.#pool.read(file, (reader) => ({ spans: reader.missing(), isFinal: !reader.isLive }));
    if (missing?.isFinal === true) this.#missing.set(file.path, missing.spans);
    return missing?.spans ?? [];
  }
}

const always: TimeSpan = { fromMs: -Infinity, toMs: Infinity };

function addTo<T>(lists: Map<number, T[]>, key: number, more: readonly T[]): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [...more]);
  else for (const one of more) list.push(one);
}
