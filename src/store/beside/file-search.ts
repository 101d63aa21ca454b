/**
 * Searches one file for traces of which one span meets a condition.
 *
 * Traces are walked newest first as long as many are found, because a page is full soon then. Where few are, one look at the filters of all
 * chunks tells which of them may have such a span, and their facts and bodies tell which traces do: what is rare is then found as fast
 * as what is not there.
 */
import type { TraceFilter } from "../../core/telemetry-reader.ts";
import { indexedNs } from "./ids.ts";
import { comparePlaces, type ListPlace } from "./list-cursor.ts";
import type { Slice } from "./merge-newest.ts";
import { conditionIn, isAnything, mayMeet, rowsMeeting, type SpanCondition } from "./span-condition.ts";
import type { TraceFile } from "./trace-file.ts";
import type { ListedTrace } from "./trace-index.ts";

/** A trace that was found, and where. */
export interface FoundTrace extends ListedTrace {
  readonly search: FileSearch;
}

/** Traces that are walked before it is asked whether that pays. */
const walkedLeast = 128;
/** It pays where one in this many is found. */
const walkedPerFound = 16;

export class FileSearch {
  readonly file: TraceFile;
  readonly #fromNs: bigint;
  readonly #condition: SpanCondition | null;
  readonly #isAnything: boolean;
  readonly #filters = new Map<number, Uint8Array>();
  readonly #meeting = new Map<number, Uint8Array | null>();
  #hasBegun = false;
  #walked = 0;
  #found = 0;
  /** All that there are, newest first, once somebody has looked. */
  #all: readonly FoundTrace[] | null = null;

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
    return this.#isWorthWalking() ? this.#walk(after, rows) : sliceOf((this.#all ??= this.#scan(this.#condition)), after, rows);
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

  #walk(after: ListPlace, rows: number): Slice<FoundTrace> {
    const traces = this.file.walk(this.#fromNs, after, rows);
    const found = traces.filter(({ trace }) => this.#isAnything || this.#hasMeeting(trace));
    this.#walked += traces.length;
    this.#found += found.length;
    return {
      found: found.map((trace) => ({ ...trace, search: this })),
      end: traces.length < rows ? null : (traces.at(-1) ?? null),
    };
  }

  /** Whether the trace has such a span, or had before it was replaced. */
  #hasMeeting(trace: number): boolean {
    return this.file.chunksOf(trace).some((chunk) => {
      const rows = this.#rowsMeeting(chunk);
      return rows !== null && this.file.factsOf(chunk)?.traces.some((one, row) => one === trace && rows[row] === 1) === true;
    });
  }

  #scan(condition: SpanCondition): readonly FoundTrace[] {
    const traces = new Set<number>();
    for (const chunk of this.file.chunksWhere((bits) => mayMeet(condition, bits))) {
      const rows = this.#rowsIn(chunk, condition);
      if (rows === null) continue;
      for (const [row, trace] of this.file.factsOf(chunk)?.traces.entries() ?? []) if (rows[row] === 1) traces.add(trace);
    }
    return Array.from(traces, (trace) => ({ ...this.file.listed(trace), search: this }))
      .filter(({ timeNs }) => timeNs >= this.#fromNs)
      .sort(comparePlaces);
  }

  #rowsMeeting(chunk: number): Uint8Array | null {
    const known = this.#meeting.get(chunk);
    const condition = this.#condition;
    if (known !== undefined || condition === null) return known ?? null;
    if (this.#mayHold(chunk, condition)) return this.#rowsIn(chunk, condition);
    this.#meeting.set(chunk, null);
    return null;
  }

  #mayHold(chunk: number, condition: SpanCondition): boolean {
    if (!this.#filters.has(chunk)) for (const one of this.file.filtersAround(chunk)) this.#filters.set(one.chunk, one.bits);
    const bits = this.#filters.get(chunk);
    return bits === undefined || mayMeet(condition, bits);
  }

  #rowsIn(chunk: number, condition: SpanCondition): Uint8Array | null {
    const known = this.#meeting.get(chunk);
    if (known !== undefined) return known;
    const rows = rowsMeeting(this.file, chunk, condition);
    this.#meeting.set(chunk, rows);
    return rows;
  }
}

const none = new Uint8Array();
/** No id is as long: of what has its time, everything comes behind it. */
const beforeAllKeys = "f".repeat(64);

function sliceOf(all: readonly FoundTrace[], after: ListPlace, rows: number): Slice<FoundTrace> {
  const start = all.findIndex((trace) => comparePlaces(trace, after) > 0);
  if (start < 0) return { found: [], end: null };
  const found = all.slice(start, start + rows);
  return { found, end: start + rows < all.length ? (found.at(-1) ?? null) : null };
}
