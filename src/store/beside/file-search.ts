/**
 * Searches one file for traces of which one span meets a condition.
 *
 * Traces are walked newest first as long as many are found, because a page is full soon then. Where few are, the filters of all chunks tell
 * which of them may have such a span, and their facts and bodies tell which traces do (`chunk-scan.ts`).
 */
import type { TraceFilter } from "../../core/telemetry-reader.ts";
import { type ChunkGroup, type ChunkMask, includes, indicesIn, meetAll } from "./chunk-group.ts";
import { beforeAllKeys, ChunkScan, type ScannedChunk } from "./chunk-scan.ts";
import { indexedNs } from "./ids.ts";
import { comparePlaces, type ListPlace } from "./list-cursor.ts";
import type { Slice } from "./merge-newest.ts";
import { conditionIn, isAnything, rowsMeeting, type SpanCondition } from "./span-condition.ts";
import type { TraceFile } from "./trace-file.ts";
import type { ListedTrace } from "./trace-index.ts";

/** A trace that was found, and where. */
export interface FoundTrace extends ListedTrace {
  readonly search: FileSearch;
}

/** Traces that are walked before it is asked whether that pays; then as many again, and so on. */
const walkedLeast = 32;
/** It pays where one in this many is found. */
const walkedPerFound = 16;

export class FileSearch {
  readonly file: TraceFile;
  readonly #fromNs: bigint;
  readonly #condition: SpanCondition | null;
  readonly #isAnything: boolean;
  #groups: readonly SearchedGroup[] | null = null;
  /** By chunk: the rows that meet the condition, and the traces that they are of. */
  readonly #meeting = new Map<number, Uint8Array | null>();
  readonly #traces = new Map<number, ReadonlySet<number>>();
  #hasBegun = false;
  #walked = 0;
  #found = 0;
  /** Once somebody has looked for what is rare. */
  #scan: ChunkScan | null = null;

  constructor(file: TraceFile, filter: TraceFilter) {
    this.file = file;
    this.#fromNs = indexedNs(filter.fromNs);
    this.#condition = conditionIn(file, filter);
    this.#isAnything = this.#condition !== null && isAnything(this.#condition);
  }

  /** The traces behind a place: of the next `rows`, or more, those that may be found. Throws `DamagedFileError`. */
  slice(after: ListPlace, rows: number): Slice<FoundTrace> {
    if (this.#condition === null) return { found: [], end: null };
    if (!this.#hasBegun) return this.#begin(after);
    const { found, end } = this.#isWorthWalking()
      ? this.#walk(after, Math.min(rows, Math.max(walkedLeast, this.#walked)))
      : this.#scanned.slice(after, rows);
    return { found: found.map((trace) => ({ ...trace, search: this })), end };
  }

  /** 1 for each row of the chunk that meets the condition; `null`: all of them do. */
  meeting(chunk: number): Uint8Array | null {
    if (this.#isAnything) return null;
    return this.#rowsMeeting(chunk) ?? none;
  }

  /** Nothing is looked at before the list has come to the file's newest trace: files that are older than a page needs are not searched. */
  #begin(after: ListPlace): Slice<FoundTrace> {
    this.#hasBegun = true;
    const [newest] = this.file.walk(this.#fromNs, after, 1);
    if (newest === undefined) return { found: [], end: null };
    const before = { timeNs: newest.timeNs, key: beforeAllKeys };
    return { found: [], end: comparePlaces(before, after) < 0 ? after : before };
  }

  #isWorthWalking(): boolean {
    if (this.#isAnything || !this.file.hasFilters) return true;
    return this.#walked < walkedLeast || this.#found * walkedPerFound >= this.#walked;
  }

  #walk(after: ListPlace, rows: number): Slice<ListedTrace> {
    const traces = this.file.walk(this.#fromNs, after, rows);
    const found = traces.filter(({ trace }) => this.#isAnything || this.#hasMeeting(trace));
    this.#walked += traces.length;
    this.#found += found.length;
    return { found, end: traces.length < rows ? null : (traces.at(-1) ?? null) };
  }

  /** Whether the trace has such a span, or had before it was replaced. */
  #hasMeeting(trace: number): boolean {
    return this.file.chunksOf(trace).some((chunk) => this.#mayHold(chunk) && this.#tracesMeeting(chunk).has(trace));
  }

  get #scanned(): ChunkScan {
    this.#scan ??= new ChunkScan({
      chunks: this.#searched.flatMap((searched) => [...this.#candidates(searched)]),
      tracesIn: (chunk) => this.#tracesMeeting(chunk),
      listed: (trace) => this.file.listed(trace),
      fromNs: this.#fromNs,
    });
    return this.#scan;
  }

  *#candidates(searched: SearchedGroup): Generator<ScannedChunk> {
    const mask = this.#maskOf(searched);
    const { chunks, latestNs } = searched.group;
    for (const index of indicesIn(mask, chunks.length))
      yield { chunk: chunks[index] ?? 0, latestNs: latestNs[index] ?? Infinity };
  }

  #tracesMeeting(chunk: number): ReadonlySet<number> {
    const known = this.#traces.get(chunk);
    if (known !== undefined) return known;
    const rows = this.#rowsIn(chunk);
    if (rows === null) return noTraces;
    const traces = new Set(this.file.factsOf(chunk)?.traces.filter((_, row) => rows[row] === 1));
    this.#traces.set(chunk, traces);
    return traces;
  }

  get #searched(): readonly SearchedGroup[] {
    return (this.#groups ??= Array.from(this.file.groups(), (group) => ({ group, mask: null })));
  }

  #maskOf(searched: SearchedGroup): ChunkMask {
    return (searched.mask ??= meetAll(searched.group, this.#condition?.terms ?? []));
  }

  #rowsMeeting(chunk: number): Uint8Array | null {
    return this.#mayHold(chunk) ? this.#rowsIn(chunk) : null;
  }

  #mayHold(chunk: number): boolean {
    const searched = this.#searched.find(({ group }) => (group.chunks[0] ?? Infinity) <= chunk);
    const index = searched?.group.chunks.indexOf(chunk) ?? -1;
    return searched === undefined || index < 0 || includes(this.#maskOf(searched), index);
  }

  #rowsIn(chunk: number): Uint8Array | null {
    const known = this.#meeting.get(chunk);
    if (known !== undefined || this.#condition === null) return known ?? null;
    const rows = rowsMeeting(this.file, chunk, this.#condition);
    this.#meeting.set(chunk, rows);
    return rows;
  }
}

/** Which of a group's chunks may have what is looked for, once that was asked. */
interface SearchedGroup {
  readonly group: ChunkGroup;
  mask: ChunkMask | null;
}

const none = new Uint8Array();
const noTraces: ReadonlySet<number> = new Set();
