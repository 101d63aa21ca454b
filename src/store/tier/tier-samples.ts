/** One tier as a reader sees it: which time it covers, and one series' summaries at a time. */
import { existsSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import type { Logger } from "../../core/logger.ts";
import type { ReadObserver, SeriesRef, SummaryColumn, SummaryColumns } from "../../core/storage.ts";
import { isUnreadable } from "../catalog/catalog-files.ts";
import { blobOf, DamagedFileError, integerOf, isInputError, openForReading, storeError } from "../database.ts";
import { PartitionDirectory } from "../partition/partition-directory.ts";
import { type PartitionFile, tierDir } from "../partition/partition-files.ts";
import { decodeSummaries, decodeTimes, type SummaryTimes } from "./summary-row.ts";
import { type Chunk, chunkStartOf, isMember, membersOf, readChunks, rowId, tierSchema } from "./tier-schema.ts";
import { chunkMs, type Tier } from "./tiers.ts";

/** Files that stay open: more than a month of minutes. */
const maxOpen = 8;
/** Decoded times that are kept: a month's chunks have one or two each. */
const maxTimes = 512;
/** Chunks whose members are kept: of a million series, 125 KB each. */
const maxMembers = 32;

interface OpenFile {
  readonly database: DatabaseSync;
  readonly rows: ReturnType<DatabaseSync["prepare"]>;
}

interface Chunks {
  readonly chunks: readonly Chunk[];
  readonly sound: boolean;
}

export class TierSamples {
  readonly tier: Tier;
  readonly #directory: PartitionDirectory;
  readonly #logger: Logger;
  readonly #open = new Map<string, OpenFile>();
  readonly #times = new Map<string, SummaryTimes>();
  readonly #chunksOf = new Map<string, Chunks>();
  /** By file and chunk. */
  readonly #members = new Map<string, Uint8Array>();
  readonly #damaged = new Set<string>();
  #coverage: { readonly fromMs: number; readonly toMs: number } | null = null;

  constructor(tier: Tier, options: { readonly dataDir: string; readonly logger: Logger }) {
    this.tier = tier;
    this.#directory = new PartitionDirectory(tierDir(options.dataDir, tier.name));
    this.#logger = options.logger;
  }

  /** Looks what there is. */
  refresh(): void {
    if (this.#directory.refresh()) this.close();
    const newest = this.#files.at(-1);
    if (newest !== undefined) this.#chunksOf.delete(newest.path);
    this.#coverage = null;
  }

  /** The tier answers for fromMs < time ≤ toMs; `null` while it has nothing. Both are whole chunks. */
  coverage(): { readonly fromMs: number; readonly toMs: number } | null {
    if (this.#coverage !== null) return this.#coverage;
    const first = firstOf(this.#files, (file) => this.#chunks(file).chunks[0]);
    const last = firstOf(this.#files.toReversed(), (file) => this.#chunks(file).chunks.at(-1));
    if (first !== null && last !== null) this.#coverage = { fromMs: first.startMs, toMs: last.startMs + chunkMs };
    return this.#coverage;
  }

  /** The windows that end at startMs < end ≤ endMs, in pieces in time order. */
  *read(
    ref: SeriesRef,
    startMs: number,
    endMs: number,
    observer: ReadObserver,
    wanted?: readonly SummaryColumn[],
  ): Generator<SummaryColumns> {
    for (const [index, file] of this.#files.entries()) {
      const nextMs = this.#files[index + 1]?.startMs ?? Infinity;
      if (file.startMs >= endMs || nextMs <= startMs) continue;
      for (const row of this.#rows(file, ref, startMs, endMs, observer)) {
        const piece = this.#decode(file, row, observer, wanted);
        if (piece !== null) yield cutSummaries(piece, startMs, endMs);
      }
    }
  }

  /** Tells of files in the range that are damaged, or were set aside as that and not built anew. `rawFromMs`: from when on there are raw samples. */
  noteMissing(startMs: number, endMs: number, rawFromMs: number, observer: ReadObserver): void {
    const note = (path: string, fromMs: number, toMs: number): void => {
      if (fromMs < endMs && toMs > startMs)
        observer.note({ kind: "damaged", path, fromMs: Math.max(fromMs, startMs), toMs: Math.min(toMs, endMs) });
    };
    for (const file of this.#files)
      if (file.startMs < endMs && !this.#chunks(file).sound) note(file.path, file.startMs, file.startMs + this.tier.fileMs);
    for (const file of this.#files)
      for (const chunk of this.#chunks(file).chunks)
        if (!chunk.isComplete) note(file.path, chunk.startMs, chunk.startMs + chunkMs);
    // After that raw samples answer.
    const neededToMs = Math.min(endMs, Math.max(rawFromMs, this.coverage()?.toMs ?? -Infinity));
    // Some of what was set aside may have been built anew.
    for (const { path, startMs: fileMs } of this.#directory.aside) {
      if (fileMs >= neededToMs) continue;
      const present = new Set(this.#files.flatMap((file) => this.#chunks(file).chunks.map((chunk) => chunk.startMs)));
      for (let chunk = fileMs; chunk < fileMs + this.tier.fileMs; chunk += chunkMs)
        if (chunk < neededToMs && !present.has(chunk)) note(path, chunk, chunk + chunkMs);
    }
  }

  close(): void {
    for (const { database } of this.#open.values()) database.close();
    this.#open.clear();
    this.#times.clear();
    this.#chunksOf.clear();
    this.#members.clear();
    this.#damaged.clear();
  }

  get #files(): readonly PartitionFile[] {
    return this.#directory.files;
  }

  /** Which chunks a file has. Looked at once a refresh, and in all but the newest file once. */
  #chunks(file: PartitionFile): Chunks {
    const known = this.#chunksOf.get(file.path);
    if (known !== undefined) return known;
    const found = this.#guard(file, () => {
      const open = this.#file(file);
      return open === null ? { chunks: [], sound: !existsSync(file.path) } : readChunks(open.database, file.startMs);
    });
    // Not kept: a disk that cannot be read, or has no room to open a file, may be better by the next time.
    if (found === undefined) return { chunks: [], sound: false };
    this.#chunksOf.set(file.path, found);
    return found;
  }

  #rows(file: PartitionFile, ref: SeriesRef, startMs: number, endMs: number, observer: ReadObserver): Row[] {
    const noteDamage = (fromMs: number, toMs: number): void =>
      observer.note({ kind: "damaged", path: file.path, fromMs, toMs });
    const chunks = this.#chunks(file).chunks.filter((chunk) => chunk.startMs < endMs && chunk.startMs + chunkMs > startMs);
    const [first] = chunks;
    const last = chunks.at(-1);
    if (first === undefined || last === undefined) return [];
    const found = this.#guard(file, () => {
      const rows = this.#file(file)?.rows.all(rowId(ref, file.startMs, first.startMs), rowId(ref, file.startMs, last.startMs));
      return (rows ?? []).map((row) => ({ id: integerOf(row, "id"), times: integerOf(row, "times"), row }));
    });
    const byId = new Map(found?.map((row) => [row.id, row]));
    return chunks.flatMap((chunk) => {
      const row = byId.get(rowId(ref, file.startMs, chunk.startMs));
      if (row === undefined && this.#hasMember(file, chunk, ref)) noteDamage(chunk.startMs, chunk.startMs + chunkMs);
      return row ?? [];
    });
  }

  /** Only asked where there is no row: mostly of series that were not there at the time. */
  #hasMember(file: PartitionFile, chunk: Chunk, ref: SeriesRef): boolean {
    const key = `${file.path}#${chunk.startMs}`;
    let members = this.#members.get(key);
    if (members === undefined) {
      members = membersOf(chunk);
      if (this.#members.size >= maxMembers) this.#members.clear();
      this.#members.set(key, members);
    }
    return isMember(members, ref);
  }

  #decode(
    file: PartitionFile,
    { id, times, row }: Row,
    observer: ReadObserver,
    wanted?: readonly SummaryColumn[],
  ): SummaryColumns | null {
    try {
      const when = this.#timesOf(file, times, () => blobOf(row, "when_data"));
      return { ...when, ...decodeSummaries(blobOf(row, "data"), id, when, wanted) };
    } catch (error) {
      if (!(error instanceof DamagedFileError)) throw error;
      const fromMs = chunkStartOf(id, file.startMs);
      observer.note({ kind: "damaged", path: file.path, fromMs, toMs: fromMs + chunkMs });
      this.#reportOnce(`${file.path}#${id}`, "a damaged row of a tier was left out", { path: file.path, row: id, error });
      return null;
    }
  }

  #timesOf(file: PartitionFile, id: number, data: () => Uint8Array): SummaryTimes {
    const key = `${file.path}#${id}`;
    let times = this.#times.get(key);
    if (times === undefined) {
      times = decodeTimes(data());
      if (this.#times.size >= maxTimes) this.#times.clear();
      this.#times.set(key, times);
    }
    return times;
  }

  #file(file: PartitionFile): OpenFile | null {
    let open = this.#open.get(file.path);
    if (open === undefined) {
      const database = openForReading(file.path, tierSchema);
      if (database === null) return null;
      // Left: a row whose times are gone is damaged, not absent.
      const rows = database.prepare(
        `SELECT s.id, s.times, s.data, t.data AS when_data FROM summaries s LEFT JOIN times t ON t.id = s.times
         WHERE s.id BETWEEN ? AND ? ORDER BY s.id`,
      );
      open = { database, rows };
    }
    this.#open.delete(file.path);
    this.#open.set(file.path, open);
    for (const [path, oldest] of this.#open) {
      if (this.#open.size <= maxOpen) break;
      oldest.database.close();
      this.#open.delete(path);
    }
    return open;
  }

  /** `undefined` where the file is damaged. */
  #guard<T>(file: PartitionFile, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!isUnreadable(error) && !isInputError(error)) throw storeError(error, file.path, "read");
      this.#reportOnce(file.path, "a file of a tier cannot be read; the rest is served", { path: file.path, error });
      return undefined;
    }
  }

  #reportOnce(key: string, message: string, fields: Parameters<Logger["error"]>[1]): void {
    if (this.#damaged.has(key)) return;
    this.#damaged.add(key);
    this.#logger.error(message, fields);
  }
}

interface Row {
  readonly id: number;
  readonly times: number;
  readonly row: Parameters<typeof blobOf>[0];
}

function firstOf<T, U>(items: readonly T[], find: (item: T) => U | undefined): U | null {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return null;
}

/** The windows that end at startMs < end ≤ endMs. */
function cutSummaries(columns: SummaryColumns, startMs: number, endMs: number): SummaryColumns {
  const { endsMs } = columns;
  let first = 0;
  let end = endsMs.length;
  while (first < end && (endsMs[first] ?? Infinity) <= startMs) first++;
  while (end > first && (endsMs[end - 1] ?? -Infinity) > endMs) end--;
  if (first === 0 && end === endsMs.length) return columns;
  const cut = (column: Float64Array): Float64Array => column.subarray(first, end);
  return {
    endsMs: cut(endsMs),
    count: cut(columns.count),
    sum: cut(columns.sum),
    min: cut(columns.min),
    max: cut(columns.max),
    first: cut(columns.first),
    firstMs: cut(columns.firstMs),
    last: cut(columns.last),
    lastMs: cut(columns.lastMs),
    drops: cut(columns.drops),
    dropped: cut(columns.dropped),
    flags: cut(columns.flags),
  };
}
