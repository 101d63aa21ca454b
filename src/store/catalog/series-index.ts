/**
 * The reader's index: the labels of every series, and for each pair of label and value the series that have it. It lives in memory and
 * takes in what the writer has added; when series were forgotten it is built anew.
 *
 * Where the catalogue cannot be read its copy is; what neither gives is named in `damaged`, and the rest is served.
 */
import type { LabelMatcher, Labels } from "../../core/labels.ts";
import type { Cardinality, ReadObserver, SeriesRef } from "../../core/storage.ts";
import { cardinalityOf } from "./cardinality.ts";
import { checkChunk, chunkOf, decodeLabels, rangeOfChunk, type StoredChunk } from "./catalog-chunk.ts";
import { CatalogFile, type CatalogHead } from "./catalog-file.ts";
import { catalogCopyPath, catalogPath, isUnreadable } from "./catalog-files.ts";
import { DamagedFileError, isDamage, isInputError } from "../database.ts";
import { LabelTable } from "./label-table.ts";
import { type CompiledMatcher, compileMatcher } from "./matcher.ts";
import { inodeOf } from "../partition/partition-files.ts";
import { unobserved } from "../partition/sealed-samples.ts";
import { Postings } from "./postings.ts";
import { matchRows } from "./match-rows.ts";

/** Label sets kept as objects; older ones are made anew when they are asked for. At some 300 bytes each, 6 MB at most. */
const labelsCached = 20_000;

export class SeriesIndex {
  readonly #paths: readonly string[];
  /** The catalogue, or its copy where that one cannot be read. */
  #file: CatalogFile | null = null;
  /** Tells it from a file that has taken its place. */
  #inode: bigint | null = null;
  /** What was taken in last. */
  #head: CatalogHead | null = null;
  #table = new LabelTable();
  #postings = new Postings(this.#table);
  /** Two generations: when one is full the older one goes. One by one they went at 80 µs each, because a Map walks over what was deleted. */
  #labels = new Map<SeriesRef, Labels>();
  #olderLabels = new Map<SeriesRef, Labels>();
  readonly #damaged = new Set<string>();

  constructor(dataDir: string) {
    this.#paths = [catalogPath(dataDir), catalogCopyPath(dataDir)];
  }

  /** Takes in new series: one row is read where there are none. Throws what SQLite throws when neither file can be read. */
  refresh(): void {
    if (this.#file === null || inodeOf(this.#file.path) !== this.#inode) return this.#open();
    try {
      this.#takeIn(this.#file, "all");
    } catch (error) {
      // What was taken in up to there would be taken in twice.
      this.close();
      if (!isElsewhere(error)) throw error;
      this.#open();
    }
  }

  labelsOf(ref: SeriesRef): Labels | undefined {
    const known = this.#labels.get(ref);
    if (known !== undefined) return known;
    const labels = this.#olderLabels.get(ref) ?? this.#makeLabels(ref);
    if (labels === undefined) return undefined;
    if (this.#labels.size >= labelsCached / 2) {
      this.#olderLabels = this.#labels;
      this.#labels = new Map();
    }
    this.#labels.set(ref, labels);
    return labels;
  }

  #makeLabels(ref: SeriesRef): Labels | undefined {
    const row = this.#table.rowOf(ref);
    return row === -1 ? undefined : this.#table.labelsOf(row);
  }

  /** Series that all matchers accept, ascending. No matchers: all series. The observer is asked whether to go on. */
  match(matchers: readonly LabelMatcher[], observer: ReadObserver = unobserved): readonly SeriesRef[] {
    const compiled = matchers.map((matcher) => watched(compileMatcher(matcher), observer));
    const rows = matchRows(this.#table, this.#postings, compiled);
    const { refs } = this.#table;
    const found: SeriesRef[] = [];
    // Not `Array.from`: for a million rows it takes 95 ms, this 20.
    for (let i = 0; i < rows.length; i++) found.push(refs[rows[i] ?? 0] ?? 0);
    return found;
  }

  /** Who has how many series; at most `limit` of each. */
  cardinality(limit: number): Cardinality {
    return cardinalityOf(this.#table, limit);
  }

  /** What is missing here, because neither the catalogue nor its copy has it right: path, and the numbers of the series. */
  get damaged(): readonly string[] {
    return [...this.#damaged];
  }

  /** Forgets everything; the next `refresh` reads the files anew, which may be other ones by then. */
  close(): void {
    this.#file?.close();
    this.#file = null;
    this.#clear();
  }

  #clear(): void {
    this.#head = null;
    this.#table = new LabelTable();
    this.#postings = new Postings(this.#table);
    this.#labels.clear();
    this.#olderLabels.clear();
    this.#damaged.clear();
  }

  /** The first file that has all its series, or else the first that can be read at all. Throws the first file's error where none can. */
  #open(): void {
    const errors: Error[] = [];
    for (const wanted of ["all", "some"] as const) {
      for (const path of this.#newestFirst()) {
        this.close();
        try {
          this.#inode = inodeOf(path);
          this.#file = CatalogFile.forReading(path);
          if (this.#file !== null) return this.#takeIn(this.#file, wanted);
        } catch (error) {
          this.close();
          if (!isElsewhere(error)) throw error;
          errors.push(error);
        }
      }
    }
    this.close();
    if (errors[0] !== undefined) throw errors[0];
  }

  /** The catalogue, unless its copy is newer: then it has lost what its log had, and looks whole. */
  #newestFirst(): readonly string[] {
    const changesOf = (path: string): number => {
      try {
        const file = CatalogFile.forReading(path);
        try {
          return file?.head().changes ?? -1;
        } finally {
          file?.close();
        }
      } catch (error) {
        if (!isElsewhere(error)) throw error;
        return -1;
      }
    };
    return this.#paths.toSorted((a, b) => changesOf(b) - changesOf(a));
  }

  #takeIn(file: CatalogFile, wanted: "all" | "some"): void {
    // Outside of the snapshot, because that is what happens once a second and more.
    if (file.head().changes === this.#head?.changes) return;
    file.snapshot(() => {
      const head = file.head();
      if (head.sweeps !== this.#head?.sweeps) this.#clear();
      const firstRef = this.#head?.nextRef ?? 0;
      for (const chunk of file.chunks(chunkOf(firstRef))) {
        if (!this.#add(file, chunk, firstRef)) this.#damaged.add(`${file.path}: labels of series ${rangeOfChunk(chunk.id)}`);
      }
      const missing = head.series - this.#table.rows;
      if (missing !== 0 && this.#damaged.size === 0) {
        if (wanted === "all") throw new DamagedFileError(`${file.path} should have ${missing} series more`);
        this.#damaged.add(`${file.path}: labels of ${missing} series`);
      }
      this.#postings.refresh();
      this.#head = head;
    });
  }

  /** False where neither this file nor the other one has the chunk right. */
  #add(file: CatalogFile, chunk: StoredChunk, firstRef: SeriesRef): boolean {
    const right = isRight(chunk) ? chunk : this.#elsewhere(file, chunk.id);
    if (right === null) return false;
    decodeLabels(right, this.#table, firstRef);
    return true;
  }

  /** The chunk as the other file has it; that one may be some series behind, but has no wrong ones. */
  #elsewhere(file: CatalogFile, id: number): StoredChunk | null {
    const path = this.#paths.find((one) => one !== file.path) ?? "";
    let other: CatalogFile | null = null;
    try {
      other = CatalogFile.forReading(path);
      const chunk = other?.chunk(id) ?? null;
      return chunk !== null && isRight(chunk) ? chunk : null;
    } catch (error) {
      if (isElsewhere(error)) return null;
      throw error;
    } finally {
      other?.close();
    }
  }
}

/** Characters that are matched between two looks at the clock: 100 ms of the slowest patterns, see regex-cost.ts. */
const charsBetweenLooks = 16_384;

/** The matcher, which asks the observer now and then whether to go on: a label may have a million values, and each of them any length. */
function watched(matcher: CompiledMatcher, observer: ReadObserver): CompiledMatcher {
  let chars = 0;
  return {
    ...matcher,
    matches(value) {
      chars += value.length + 1;
      if (chars > charsBetweenLooks) {
        chars = 0;
        observer.admit(0);
      }
      return matcher.matches(value);
    },
  };
}

/** Whether the other file may have what this one does not give; also where the disk does not. */
function isElsewhere(error: unknown): error is Error {
  return isUnreadable(error) || isInputError(error);
}

function isRight(chunk: StoredChunk): boolean {
  try {
    checkChunk(chunk);
    return true;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
