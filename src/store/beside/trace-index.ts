/** What a file's index says of traces and chunks: the statements of a reader. Source of the tables: `trace-tables.ts`. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf, optionalIntegerOf } from "../database.ts";
import { type ChunkFilter, unpackRun } from "./filter-run.ts";
import { bytesOfId, idOfBytes, indexedNs } from "./ids.ts";
import { type KeptBudget, KeptValues } from "./kept-values.ts";
import type { ListPlace } from "./list-cursor.ts";
import { bigintOf, wholeOf } from "./row-values.ts";
import { bytesPerSpan, type SpanFacts, unpackFacts } from "./span-facts.ts";

/** A trace in the order of a list, which is that of what the file knows of its start; the key is its id. */
export interface ListedTrace extends ListPlace {
  /** Its number in the file. */
  readonly trace: number;
}

/** The index of a file, of whatever version. Everything throws `DamagedFileError`. */
export interface TraceIndex {
  /** Whether `filters` gives something, so that looking at all chunks is cheap. */
  readonly hasFilters: boolean;
  /** At most `rows` traces behind a place, newest first, that begin at or after `fromNs`. */
  walk(fromNs: bigint, after: ListPlace, rows: number): readonly ListedTrace[];
  /** The trace with that number. */
  listed(trace: number): ListedTrace;
  /** `null` where the file has no span of it. */
  find(traceId: string): number | null;
  /** Numbers of the chunks that have spans of the trace, in their order. */
  chunksOf(trace: number): readonly number[];
  factsOf(chunk: number): SpanFacts;
  /** All chunks, newest first, with their filters; `null` where that is damaged: then only the facts can tell. */
  filters(): Iterable<{ readonly chunk: number; readonly bits: Uint8Array | null }>;
  /** The filter of that chunk, where it has one, and those of its neighbours. */
  filtersAround(chunk: number): readonly ChunkFilter[];
}

/** Bytes of facts that one reader keeps, over all of its files. */
export const factBytesKept = 16_777_216;

/** Of the present version. */
export class ChunkedTraceIndex implements TraceIndex {
  readonly hasFilters = true;
  readonly #walk: StatementSync;
  readonly #listed: StatementSync;
  readonly #find: StatementSync;
  readonly #parts: StatementSync;
  readonly #facts: StatementSync;
  readonly #filters: StatementSync;
  readonly #filtersAround: StatementSync;
  readonly #chunks: StatementSync;
  readonly #kept: KeptValues<SpanFacts>;

  constructor(database: DatabaseSync, budget: KeptBudget) {
    this.#walk = database.prepare(
      `SELECT id, trace_id, start_ns FROM trace WHERE start_ns >= ? AND (start_ns, trace_id) < (?, ?)
       ORDER BY start_ns DESC, trace_id DESC LIMIT ?`,
    );
    this.#walk.setReadBigInts(true);
    this.#listed = database.prepare("SELECT id, trace_id, start_ns FROM trace WHERE id = ?");
    this.#listed.setReadBigInts(true);
    this.#find = database.prepare("SELECT id FROM trace WHERE trace_id = ?");
    this.#parts = database.prepare("SELECT chunk FROM part WHERE trace = ? ORDER BY chunk");
    this.#facts = database.prepare("SELECT body FROM facts WHERE chunk = ?");
    this.#filters = database.prepare("SELECT chunk, body FROM terms ORDER BY chunk DESC");
    this.#filtersAround = database.prepare("SELECT chunk, body FROM terms WHERE chunk <= ? ORDER BY chunk DESC LIMIT 1");
    this.#chunks = database.prepare("SELECT chunk FROM facts WHERE chunk >= ? AND chunk < ? ORDER BY chunk DESC");
    this.#kept = new KeptValues(budget);
  }

  walk(fromNs: bigint, after: ListPlace, rows: number): readonly ListedTrace[] {
    return this.#walk.all(indexedNs(fromNs), after.timeNs, bytesOfId(after.key), rows).map(listedTrace);
  }

  listed(trace: number): ListedTrace {
    const row = this.#listed.get(trace);
    if (row === undefined) throw new DamagedFileError(`trace ${trace} is missing`);
    return listedTrace(row);
  }

  find(traceId: string): number | null {
    return optionalIntegerOf(this.#find.get(bytesOfId(traceId)), "id");
  }

  chunksOf(trace: number): readonly number[] {
    return this.#parts.all(trace).map((row) => integerOf(row, "chunk"));
  }

  factsOf(chunk: number): SpanFacts {
    const kept = this.#kept.get(chunk);
    if (kept !== undefined) return kept;
    const row = this.#facts.get(chunk);
    if (row === undefined) throw new DamagedFileError(`the facts of chunk ${chunk} are missing`);
    const facts = unpackFacts(chunk, blobOf(row, "body"));
    this.#kept.set(chunk, facts, bytesPerSpan * facts.count);
    return facts;
  }

  *filters(): Generator<{ readonly chunk: number; readonly bits: Uint8Array | null }> {
    let end = Number.MAX_SAFE_INTEGER;
    for (const row of this.#filters.iterate()) {
      const first = integerOf(row, "chunk");
      const run = runUnlessDamaged(first, row);
      if (run === null) for (const one of this.#chunks.all(first, end)) yield { chunk: integerOf(one, "chunk"), bits: null };
      else yield* run.toReversed();
      end = first;
    }
  }

  filtersAround(chunk: number): readonly ChunkFilter[] {
    const row = this.#filtersAround.get(chunk);
    return row === undefined ? [] : (runUnlessDamaged(integerOf(row, "chunk"), row) ?? []);
  }
}

function runUnlessDamaged(first: number, row: Readonly<Record<string, SQLOutputValue>>): readonly ChunkFilter[] | null {
  try {
    return unpackRun(first, blobOf(row, "body"));
  } catch (error) {
    if (error instanceof DamagedFileError) return null;
    throw error;
  }
}

function listedTrace(row: Readonly<Record<string, SQLOutputValue>>): ListedTrace {
  return { timeNs: bigintOf(row, "start_ns"), key: idOfBytes(blobOf(row, "trace_id")), trace: wholeOf(row, "id") };
}
