/** Traces across the files: searching them, and putting one together. A trace may be in several files; see `telemetry-files.ts`. */
import { ChainPulseError } from "../../core/errors.ts";
import type { Logger } from "../../core/logger.ts";
import type { Span } from "../../core/span.ts";
import type {
  Listed,
  Operation,
  PageOf,
  PageWish,
  ReadAllowance,
  StoredTrace,
  TraceFilter,
  TraceSummary,
  TraceWish,
} from "../../core/telemetry-reader.ts";
import { ChunkCache } from "./chunk-bodies.ts";
import { indexedEndNs } from "./ids.ts";
import { comparePlaces, cursorOf, type ListPlace, readCursor } from "./list-cursor.ts";
import { mergeNewest } from "./merge-newest.ts";
import { type ReadFile, ReadFiles, tellDamage } from "./read-files.ts";
import { telemetryDir } from "./telemetry-files.ts";
import { conditionOf, type SpanCondition, type SpanFacts, type SpanPlace, TraceRows } from "./trace-rows.ts";
import { distinct, isBefore, summarise } from "./trace-summary.ts";
import { traceSchema } from "./trace-tables.ts";

/** Spans of one trace that are looked at; a trace with more is no trace that anybody can read. */
const spansOfTraceMax = 250_000;

type TraceFile = ReadFile<TraceRows>;
type PlaceInFile = SpanPlace & { readonly file: TraceFile };

export class TraceReader {
  readonly #files: ReadFiles<TraceRows>;

  constructor(dataDir: string, logger: Logger) {
    const cache = new ChunkCache();
    this.#files = new ReadFiles({
      directory: telemetryDir(dataDir, "traces"),
      schema: traceSchema,
      prepare: (database) => new TraceRows(database, cache),
      logger,
    });
  }

  list(filter: TraceFilter, { limit, cursor }: PageWish, allowance: ReadAllowance): PageOf<Listed<TraceSummary>> {
    const files = this.#files.list(allowance);
    const condition = conditionOf(filter);
    const beginning = { timeNs: indexedEndNs(filter.toNs), key: "" };
    const wanted = cursor === null ? beginning : readCursor(cursor);
    const after = comparePlaces(wanted, beginning) < 0 ? beginning : wanted;
    const reads = files.map((file) => (behind: ListPlace, rows: number) => {
      allowance.check();
      const slice = this.#files.read(file, allowance, (traces) => traces.slice(filter.fromNs, condition, behind, rows));
      return slice === null ? { found: [], end: null } : { ...slice, found: slice.found.map((trace) => ({ ...trace, file })) };
    });
    const items: Listed<TraceSummary>[] = [];
    for (const step of mergeNewest(reads, after)) {
      if (step.kind === "found") {
        const { file, key: traceId } = step.item;
        const sharing = this.#sharing(traceId, files, allowance);
        const isListedHere = this.#fileThatLists(traceId, sharing, filter.fromNs, condition, allowance) === file;
        const summary = isListedHere ? this.#summaryOf(traceId, sharing, allowance) : null;
        if (summary !== null) items.push({ cursor: cursorOf(step.place), item: summary });
      }
      if (items.length >= limit || allowance.isLate()) return { items, next: cursorOf(step.place) };
    }
    return { items, next: null };
  }

  /** Finds all spans of a trace, and decodes the first ones by their start. */
  trace(traceId: string, { spansMax, bytesMax }: TraceWish, allowance: ReadAllowance): StoredTrace | null {
    const files = this.#sharing(traceId, this.#files.list(allowance), allowance);
    const summary = this.#summaryOf(traceId, files, allowance);
    if (summary === null) return null;
    if (summary.spans > spansOfTraceMax) {
      throw new ChainPulseError("QUERY_LIMIT", `the trace has ${summary.spans} spans, ${spansOfTraceMax} are read at most`);
    }
    const places = files.map((file) => this.#placesIn(file, traceId, allowance));
    const wanted = [...distinct(places)].sort((a, b) => (isBefore(a, b) ? -1 : 1)).slice(0, spansMax);
    return { summary, spans: this.#spansAt(traceId, wanted, bytesMax, allowance) };
  }

  operations(limit: number, allowance: ReadAllowance): readonly Operation[] {
    const found = new Map<string, Operation>();
    for (const file of this.#files.list(allowance)) {
      allowance.check();
      for (const one of this.#files.read(file, allowance, (traces) => traces.operations(limit)) ?? []) {
        found.set(JSON.stringify([one.service, one.name]), one);
      }
    }
    const sorted = [...found.values()].sort((a, b) => compareTexts(a.service, b.service) || compareTexts(a.name, b.name));
    return sorted.slice(0, limit);
  }

  close(): void {
    this.#files.close();
  }

  /** The files that have a part of the trace, newest first. */
  #sharing(traceId: string, files: readonly TraceFile[], allowance: ReadAllowance): readonly TraceFile[] {
    const startIn = (file: TraceFile): bigint | null =>
      this.#files.read(file, allowance, (traces) => traces.startOf(traceId)) ?? null;
    return files.filter((file) => startIn(file) !== null);
  }

  /**
   * A trace that is in several files may be found in each: it is listed where it has its least start of those that meet the condition,
   * and nowhere where a file has its beginning before the range.
   */
  #fileThatLists(
    traceId: string,
    sharing: readonly TraceFile[],
    fromNs: bigint,
    condition: SpanCondition | null,
    allowance: ReadAllowance,
  ): TraceFile | null {
    const [only, ...others] = sharing;
    if (only !== undefined && others.length === 0) return only;
    const seen = new Set<string>();
    let least: { readonly startNs: bigint; readonly file: TraceFile } | null = null;
    for (const file of sharing) {
      const part = this.#files.read(file, allowance, (traces) => traces.partOf(traceId, condition));
      if (part === null) continue;
      if (part.startNs < fromNs) return null;
      // A span that came again counts as it is in the newer file, which is looked at first.
      const meets = part.meeting.some((span) => !seen.has(span));
      if (meets && (least === null || part.startNs <= least.startNs)) least = { startNs: part.startNs, file };
      for (const span of part.spans) seen.add(span);
    }
    return least?.file ?? null;
  }

  #summaryOf(traceId: string, sharing: readonly TraceFile[], allowance: ReadAllowance): TraceSummary | null {
    return summarise(
      traceId,
      sharing.map((file) => this.#factsIn(file, traceId, allowance)),
      allowance,
    );
  }

  /** Row by row, because a trace may have very many. */
  *#factsIn(file: TraceFile, traceId: string, allowance: ReadAllowance): Generator<SpanFacts> {
    try {
      yield* file.content.factsOf(traceId);
    } catch (error) {
      tellDamage(file, error, allowance);
    }
  }

  #placesIn(file: TraceFile, traceId: string, allowance: ReadAllowance): readonly PlaceInFile[] {
    const read = (traces: TraceRows): PlaceInFile[] => Array.from(traces.placesOf(traceId), (place) => ({ ...place, file }));
    return this.#files.read(file, allowance, read) ?? [];
  }

  /** In the order of `places`; chunk by chunk, because each is decoded as a whole. What is damaged is left out. */
  #spansAt(traceId: string, places: readonly PlaceInFile[], bytesMax: number, allowance: ReadAllowance): readonly Span[] {
    const spans = new Map<PlaceInFile, Span>();
    let bytes = 0;
    for (const sharing of Map.groupBy(places, ({ file, chunk }) => `${file.path} ${chunk}`).values()) {
      allowance.check();
      const [one] = sharing;
      if (one === undefined) continue;
      const { file, chunk } = one;
      const bytesEach = this.#files.read(file, allowance, (traces) => traces.bytesPerSpan(chunk));
      if (bytesEach === null) continue;
      bytes += bytesEach * sharing.length;
      if (bytes > bytesMax) throw tooLarge(traceId, bytesMax);
      for (const place of sharing) {
        const span = this.#files.read(file, allowance, (traces) => traces.spanAt(traceId, place));
        if (span !== null) spans.set(place, span);
      }
    }
    return places.flatMap((place) => spans.get(place) ?? []);
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
