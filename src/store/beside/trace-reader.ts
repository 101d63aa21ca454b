/** Traces across the files: searching them, and putting one together. A trace may be in several files; see `telemetry-files.ts`. */
import type { Logger } from "../../core/logger.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { Span } from "../../core/span.ts";
import type {
  Listed,
  Operation,
  PageOf,
  PageWish,
  ReadAllowance,
  StoredTrace,
  TraceColumns,
  TraceFilter,
  TraceSummary,
  TraceWish,
} from "../../core/telemetry-reader.ts";
import { bodyBytesKept } from "./chunk-bodies.ts";
import { FileSearch, type FoundTrace } from "./file-search.ts";
import { indexedEndNs, indexedNs } from "./ids.ts";
import { KeptBudget } from "./kept-values.ts";
import { comparePlaces, cursorOf, type ListPlace, readCursor } from "./list-cursor.ts";
import { mergeNewest, type Slice } from "./merge-newest.ts";
import { type ReadFile, ReadFiles } from "./read-files.ts";
import { telemetryDir } from "./telemetry-files.ts";
import { columnsOfRows } from "./trace-columns.ts";
import { TraceFile } from "./trace-file.ts";
import { factBytesKept } from "./trace-index.ts";
import { rowAt, rowsByStart, rowsOf, type TraceInFile, type TraceRows } from "./trace-rows.ts";
import { summarise } from "./trace-summary.ts";
import { traceSchema } from "./trace-tables.ts";

type OpenTraceFile = ReadFile<TraceFile>;

/** Spans with one id in one answer, and bytes of their JSON: ids are to be unique, and a sender may give the same one to all. */
const sameIdMax = 100;
const sameIdBytesMax = 67_108_864;

export class TraceReader {
  readonly #files: ReadFiles<TraceFile>;

  constructor(dataDir: string, logger: Logger) {
    const budgets = { bodies: new KeptBudget(bodyBytesKept), facts: new KeptBudget(factBytesKept) };
    this.#files = new ReadFiles({
      directory: telemetryDir(dataDir, "traces"),
      schema: traceSchema,
      prepare: (database, path) => new TraceFile(database, path, budgets),
      logger,
    });
  }

  list(filter: TraceFilter, { limit, cursor }: PageWish, allowance: ReadAllowance): PageOf<Listed<TraceSummary>> {
    const beginning = { timeNs: indexedEndNs(filter.toNs), key: "" };
    const wanted = cursor === null ? beginning : readCursor(cursor);
    const after = comparePlaces(wanted, beginning) < 0 ? beginning : wanted;
    return this.#inOneState(allowance, (files) => {
      const searches = new Map<TraceFile, FileSearch>();
      const reads = files.map((file) => {
        const search = this.#read(file, allowance, (content) => new FileSearch(content, filter));
        if (search !== null) searches.set(file.content, search);
        return (behind: ListPlace, rows: number): Slice<FoundTrace> => {
          allowance.check();
          return this.#read(file, allowance, () => search?.slice(behind, rows)) ?? { found: [], end: null };
        };
      });
      const searched = { files, searches };
      const items: Listed<TraceSummary>[] = [];
      for (const step of mergeNewest(reads, after)) {
        const item = step.kind === "found" ? this.#itemOf(step.item, searched, indexedNs(filter.fromNs), allowance) : null;
        if (item !== null) items.push({ cursor: cursorOf(step.place), item });
        if (items.length >= limit || allowance.isLate()) return { items, next: cursorOf(step.place) };
      }
      return { items, next: null };
    });
  }

  trace(traceId: string, wish: TraceWish, allowance: ReadAllowance): StoredTrace | null {
    return this.#inOneState(allowance, (files) => this.#traceIn(files, traceId, wish, allowance));
  }

  eachTrace(
    traceIds: readonly string[],
    wish: TraceWish,
    allowance: ReadAllowance,
    visit: (trace: StoredTrace | null) => boolean,
  ): void {
    this.#inOneState(allowance, (files) =>
      traceIds.every((traceId) => visit(unlessTooLarge(() => this.#traceIn(files, traceId, wish, allowance), allowance))),
    );
  }

  columns(traceId: string, rowsMax: number, allowance: ReadAllowance): TraceColumns | null {
    return this.#inOneState(allowance, (files) => {
      const rows = this.#rowsOf(traceId, files, allowance);
      const summary = summarise(traceId, rows);
      if (summary === null) return null;
      return { summary, columns: columnsOfRows(rows, rowsByStart(rows).subarray(0, rowsMax)) };
    });
  }

  spans(traceId: string, spanId: string, allowance: ReadAllowance): readonly Span[] {
    return this.#inOneState(allowance, (files) => {
      const rows = this.#rowsOf(traceId, files, allowance);
      const wanted = rowsByStart(rows).filter((row) => {
        const { part, place } = rowAt(rows, row);
        return part.times.spanIdAt(place) === spanId;
      });
      return spansAt(rows, wanted.subarray(0, sameIdMax), { traceId, bytesMax: sameIdBytesMax }, allowance);
    });
  }

  operations(limit: number, allowance: ReadAllowance): readonly Operation[] {
    const found = new Map<string, Operation>();
    for (const file of this.#files.list(allowance)) {
      allowance.check();
      for (const one of this.#read(file, allowance, (content) => content.operations(limit)) ?? []) {
        found.set(JSON.stringify([one.service, one.name]), one);
      }
    }
    const sorted = [...found.values()].sort((a, b) => compareTexts(a.service, b.service) || compareTexts(a.name, b.name));
    return sorted.slice(0, limit);
  }

  close(): void {
    this.#files.close();
  }

  /** What the list shows of a trace that one file has found; `null` where that is for another file to list, or nothing is left of what was found. */
  #itemOf(found: FoundTrace, { files, searches }: Searched, fromNs: bigint, allowance: ReadAllowance): TraceSummary | null {
    const sharing = this.#sharing(found.key, files, allowance);
    const rows = rowsOf(found.key, sharing, allowance);
    const meeting = filesMeeting(rows, searches);
    if (!meeting.has(found.search.file)) return null;
    if (sharing.length > 1 && !isListedBy(found, sharing, meeting, fromNs)) return null;
    return summarise(found.key, rows);
  }

  /** Finds all spans of a trace, and decodes the first ones by their start. */
  #traceIn(
    files: readonly OpenTraceFile[],
    traceId: string,
    { spansMax, bytesMax }: TraceWish,
    allowance: ReadAllowance,
  ): StoredTrace | null {
    const rows = this.#rowsOf(traceId, files, allowance);
    const summary = summarise(traceId, rows);
    if (summary === null) return null;
    const order = rowsByStart(rows).subarray(0, spansMax);
    return { summary, spans: spansAt(rows, order, { traceId, bytesMax }, allowance) };
  }

  #rowsOf(traceId: string, files: readonly OpenTraceFile[], allowance: ReadAllowance): TraceRows {
    return rowsOf(traceId, this.#sharing(traceId, files, allowance), allowance);
  }

  /** The files that have a part of the trace, newest first. */
  #sharing(traceId: string, files: readonly OpenTraceFile[], allowance: ReadAllowance): readonly TraceInFile[] {
    return files.flatMap((file) => {
      const trace = this.#read(file, allowance, (content) => content.find(traceId));
      return trace === null ? [] : [{ file: file.content, trace }];
    });
  }

  /** Reads all files, newest first, in the state that they have now: the writer moves records about. */
  #inOneState<R>(allowance: ReadAllowance, read: (files: readonly OpenTraceFile[]) => R): R {
    const begun = this.#files.list(allowance).filter((file) => this.#begin(file, allowance));
    try {
      return read(begun);
    } finally {
      for (const { content } of begun) content.end();
    }
  }

  #begin(file: OpenTraceFile, allowance: ReadAllowance): boolean {
    return (
      this.#read(file, allowance, (content) => {
        content.begin(allowance);
        return true;
      }) ?? false
    );
  }

  #read<R>(file: OpenTraceFile, allowance: ReadAllowance, read: (content: TraceFile) => R): R | null {
    return this.#files.read(file, allowance, read);
  }
}

/** What a list looks through. */
interface Searched {
  readonly files: readonly OpenTraceFile[];
  readonly searches: ReadonlyMap<TraceFile, FileSearch>;
}

/** The files in which a span of the trace meets the condition, as it is now. */
function filesMeeting(rows: TraceRows, searches: ReadonlyMap<TraceFile, FileSearch>): ReadonlySet<TraceFile> {
  const masks = rows.parts.map(({ file, chunk }) => searches.get(file)?.meeting(chunk));
  const files = new Set<TraceFile>();
  for (let row = 0; row < rows.count; row++) {
    const mask = masks[rows.part[row] ?? 0];
    if (mask === null || mask?.[rows.place[row] ?? 0] === 1) files.add(rowAt(rows, row).part.file);
  }
  return files;
}

/**
 * A trace that is in several files may be found in each: it is listed where it has its least start of those that meet the condition,
 * and nowhere where a file has its beginning before the range.
 */
function isListedBy(
  { search }: FoundTrace,
  sharing: readonly TraceInFile[],
  meeting: ReadonlySet<TraceFile>,
  fromNs: bigint,
): boolean {
  let least: ListPlace | null = null;
  let listing: TraceFile | null = null;
  for (const { file, trace } of sharing) {
    const place = file.listed(trace);
    if (place.timeNs < fromNs) return false;
    if (!meeting.has(file) || (least !== null && place.timeNs > least.timeNs)) continue;
    least = place;
    listing = file;
  }
  return listing === search.file;
}

/** The spans of some rows, in their order; chunk by chunk, because each is unpacked as a whole. What is damaged is left out. */
function spansAt(
  rows: TraceRows,
  wanted: Uint32Array,
  { traceId, bytesMax }: { readonly traceId: string; readonly bytesMax: number },
  allowance: ReadAllowance,
): readonly Span[] {
  const spans = new Map<number, Span>();
  let bytes = 0;
  for (const [part, own] of Map.groupBy(wanted, (row) => rowAt(rows, row).part)) {
    allowance.check();
    const text = part.file.bodiesOf(part.chunk);
    if (text === null) continue;
    for (const row of own) {
      const { place } = rowAt(rows, row);
      bytes += text.bytesOf(place);
      if (bytes > bytesMax) throw tooLarge(traceId, bytesMax);
      const span = part.file.spanAt(text, place);
      if (span !== null) spans.set(row, span);
    }
  }
  return Array.from(wanted).flatMap((row) => spans.get(row) ?? []);
}

/** Of many, one that a sender has blown up must not keep the others from being read. */
function unlessTooLarge(read: () => StoredTrace | null, allowance: ReadAllowance): StoredTrace | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ChainPulseError) || error.code !== "QUERY_LIMIT") throw error;
    allowance.note(error.message);
    return null;
  }
}

function tooLarge(traceId: string, bytesMax: number): ChainPulseError {
  return new ChainPulseError("QUERY_LIMIT", `the spans of trace ${traceId} take more than ${bytesMax} bytes`, {
    fix: "Ask for fewer spans with `limit`.",
  });
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
