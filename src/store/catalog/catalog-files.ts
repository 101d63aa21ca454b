/**
 * The catalogue's two files. Without it no sample has a name, so it is kept twice: `catalog.db`, committed with `synchronous=FULL`, and
 * `catalog.copy.db`, which is written right after it and may miss the last moments before a power loss. Each chunk has checksums, and
 * both files count their changes, so at opening it is known of every chunk which file has it right: what one lost the other gives.
 */
import { accessSync, constants, rmSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "../../core/logger.ts";
import type { SeriesRef } from "../../core/storage.ts";
import { checkChunk, rangeOfChunk, seriesPerChunk, type StoredChunk } from "./catalog-chunk.ts";
import { type CatalogChange, CatalogFile, type CatalogHead, emptyHead, type Synchronous } from "./catalog-file.ts";
import { DamagedFileError, isDamage, isSchemaError, isTruncation } from "../database.ts";
import { setAside } from "../partition/partition-files.ts";

export function catalogPath(dataDir: string): string {
  return join(dataDir, "catalog.db");
}

export function catalogCopyPath(dataDir: string): string {
  return join(dataDir, "catalog.copy.db");
}

/** Whether the file's content is not what it was, and the other file should be asked. */
export function isUnreadable(error: unknown): error is Error {
  return isDamage(error) || isSchemaError(error) || isTruncation(error);
}

/** The same for whoever would set the file aside: one that this user may not write looks like one whose header says so. */
export function isRestorable(error: unknown, path: string): error is Error {
  return isUnreadable(error) && isWritable(path);
}

export interface CatalogFilesOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  /** The greatest number that any stored sample has, -1 without samples. Asked when the catalogue is new, or was damaged. */
  readonly highestRef: () => SeriesRef;
}

/** What was found at opening. */
export interface OpenedCatalog {
  readonly files: CatalogFiles;
  readonly head: CatalogHead;
  /** Ascending; what neither file has right is not among them. */
  readonly chunks: readonly StoredChunk[];
}

export class CatalogFiles {
  readonly #main: CatalogFile;
  readonly #logger: Logger;
  /** `null` once it could not be written; the next opening brings it up to date. */
  #copy: CatalogFile | null;

  constructor(main: CatalogFile, copy: CatalogFile, logger: Logger) {
    this.#main = main;
    this.#copy = copy;
    this.#logger = logger;
  }

  /** On the disk on return. Throws what SQLite throws; nothing is written then. */
  write(change: CatalogChange, head: CatalogHead): void {
    this.#main.write(change, head);
    try {
      this.#copy?.write(change, head);
    } catch (error) {
      this.#logger.error("the copy of the series catalogue could not be written; the next start renews it", { error });
      this.#copy?.close();
      this.#copy = null;
    }
  }

  /** Closes without another write: the files are not what they were. */
  abandon(): void {
    this.#main.close();
    this.#copy?.close();
  }

  close(): void {
    try {
      this.#main.checkpoint();
      this.#copy?.checkpoint();
    } finally {
      this.abandon();
    }
  }
}

interface CheckedChunk extends StoredChunk {
  /** How many it holds. */
  readonly series: number;
}

/** One file's content as far as its checksums hold. */
interface Content {
  readonly file: CatalogFile;
  readonly head: CatalogHead;
  readonly chunks: ReadonlyMap<number, CheckedChunk>;
  readonly damaged: ReadonlySet<number>;
  /** Chunks are missing without a trace. */
  readonly incomplete: boolean;
}

/**
 * Opens both files, makes what is missing and restores what is damaged. Throws a `DamagedFileError` when they know of no series although
 * there are samples: once those are set aside, a second call begins anew. Throws `STORE_TOO_NEW`, and what SQLite throws.
 */
export function openCatalogFiles({ dataDir, logger, highestRef }: CatalogFilesOptions): OpenedCatalog {
  const path = { main: catalogPath(dataDir), copy: catalogCopyPath(dataDir) };
  using opened = new DisposableStack();
  const main = read(path.main, "FULL", opened);
  const copy = read(path.copy, "NORMAL", opened);
  const right = merge([main, copy].filter(isContent));
  const highest = right.certain ? -1 : highestRef();
  if (right.head.changes === 0 && highest >= 0) {
    throw new DamagedFileError(`there are samples, but ${path.main} and ${path.copy} know of no series`);
  }
  const head = { ...right.head, nextRef: Math.max(right.head.nextRef, highest + 1) };
  report(main, copy, right.lost, logger);
  if (main instanceof Error) setAside(path.main, "corrupt");
  if (copy instanceof Error) for (const suffix of ["", "-wal", "-shm"]) rmSync(`${path.copy}${suffix}`, { force: true });
  const files = new CatalogFiles(
    bring(main instanceof Error ? readAnew(path.main, "FULL", opened) : main, right.chunks, head),
    bring(copy instanceof Error ? readAnew(path.copy, "NORMAL", opened) : copy, right.chunks, head),
    logger,
  );
  opened.move();
  return { files, head, chunks: [...right.chunks.values()].sort((a, b) => a.id - b.id) };
}

/** The error, where the file cannot be read as a whole. */
function read(path: string, synchronous: Synchronous, opened: DisposableStack): Content | Error {
  try {
    return readAnew(path, synchronous, opened);
  } catch (error) {
    if (isRestorable(error, path)) return error;
    throw error;
  }
}

function readAnew(path: string, synchronous: Synchronous, opened: DisposableStack): Content {
  const file = CatalogFile.forWriting(path, synchronous);
  try {
    const content = contentOf(file);
    opened.defer(() => file.close());
    return content;
  } catch (error) {
    file.close();
    throw error;
  }
}

function contentOf(file: CatalogFile): Content {
  file.check();
  const head = file.head();
  const chunks = new Map<number, CheckedChunk>();
  const damaged = new Set<number>();
  for (const chunk of file.chunks()) {
    try {
      chunks.set(chunk.id, { ...chunk, series: checkChunk(chunk) });
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.add(chunk.id);
    }
  }
  return { file, head, chunks, damaged, incomplete: damaged.size === 0 && seriesIn(chunks) !== head.series };
}

interface Merged {
  readonly head: CatalogHead;
  readonly chunks: ReadonlyMap<number, CheckedChunk>;
  /** Chunks that are damaged in the newer file, and not to be had from the other. */
  readonly lost: readonly number[];
  /** Both files say the same, so no number that was once given out is forgotten. */
  readonly certain: boolean;
}

/** What the files know together; nothing, of none. */
function merge(readable: readonly Content[]): Merged {
  const [newer, older] = readable.toSorted((a, b) => b.head.changes - a.head.changes);
  if (newer === undefined) return { head: emptyHead, chunks: new Map(), lost: [], certain: false };
  const chunks = new Map(newer.chunks);
  for (const [id, chunk] of older?.chunks ?? []) {
    if (newer.damaged.has(id) || (newer.incomplete && !chunks.has(id))) chunks.set(id, chunk);
  }
  const lost = [...newer.damaged].filter((id) => !chunks.has(id));
  // New series do not go into a damaged chunk: it stays as it is, so that readers can name it.
  const afterLost = lost.map((id) => (id + 1) * seriesPerChunk);
  return {
    head: {
      ...newer.head,
      nextRef: Math.max(newer.head.nextRef, older?.head.nextRef ?? 0, ...afterLost),
      series: seriesIn(chunks),
    },
    chunks,
    lost,
    certain:
      readable.length === 2 && readable.every(isSound) && newer.head.changes === older?.head.changes && newer.head.changes > 0,
  };
}

/** Makes one file say what both should. */
function bring(found: Content, chunks: ReadonlyMap<number, StoredChunk>, head: CatalogHead): CatalogFile {
  const changed = [...chunks.values()].filter((chunk) => !isEqual(found.chunks.get(chunk.id), chunk));
  const removed = [...found.chunks.keys()].filter((id) => !chunks.has(id));
  const same = JSON.stringify(found.head) === JSON.stringify(head);
  if (changed.length > 0 || removed.length > 0 || !same) found.file.write({ chunks: changed, removed }, head);
  return found.file;
}

function report(main: Content | Error, copy: Content | Error, lost: readonly number[], logger: Logger): void {
  if (main instanceof Error)
    logger.error("the series catalogue is damaged: it is set aside and restored from its copy", { error: main });
  else if (!isSound(main))
    logger.error("parts of the series catalogue are damaged: they are restored from its copy", { path: main.file.path });
  if (copy instanceof Error) logger.warn("the copy of the series catalogue is damaged: it is made anew", { error: copy });
  if (lost.length === 0) return;
  logger.error("the labels of some series are lost: neither the catalogue nor its copy has them", {
    series: lost.map(rangeOfChunk),
  });
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    if (
      error instanceof Error &&
      "code" in error &&
      (error.code === "EACCES" || error.code === "EROFS" || error.code === "EPERM")
    )
      return false;
    throw error;
  }
}

function isContent(found: Content | Error): found is Content {
  return !(found instanceof Error);
}

function isSound({ damaged, incomplete }: Content): boolean {
  return damaged.size === 0 && !incomplete;
}

function seriesIn(chunks: ReadonlyMap<number, CheckedChunk>): number {
  return chunks.values().reduce((sum, { series }) => sum + series, 0);
}

function isEqual(a: StoredChunk | undefined, b: StoredChunk): boolean {
  return a !== undefined && Buffer.compare(a.labels, b.labels) === 0 && Buffer.compare(a.seen, b.seen) === 0;
}
