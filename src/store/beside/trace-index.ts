/** What a file's index says of traces and chunks: the statements of a reader. Source of the tables: `trace-tables.ts`. */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf, optionalIntegerOf } from "../database.ts";
import type { ChunkGroup } from "./chunk-group.ts";
import { FilterReader } from "./filter-tables.ts";
import { bytesOfId, idOfBytes, indexedNs } from "./ids.ts";
import { type KeptBudget, KeptValues } from "./kept-values.ts";
import type { ListPlace } from "./list-cursor.ts";
import { bigintOf, wholeOf } from "./row-values.ts";
import { factBytesPerSpan, type SpanFacts, unpackFacts } from "./span-facts.ts";
import { type SpanTimes, timeBytesPerSpan, unpackTimes } from "./span-times.ts";

/** A trace in the order of a list, which is that of what the file knows of its start; the key is its id. */
export interface ListedTrace extends ListPlace {
  /** Its number in the file. */
  readonly trace: number;
}

/** The index of a file, of whatever version. Everything throws `DamagedFileError`. */
export interface TraceIndex {
  /** Whether it is cheap to look at all chunks. */
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
  timesOf(chunk: number): SpanTimes;
  /** All chunks, newest groups first. */
  groups(): Iterable<ChunkGroup>;
  /** Sources whose resource may have an attribute, by its term; `null`: any of them. */
  sourcesWith(term: number): ReadonlySet<number> | null;
}

/** Bytes of facts and times that one reader keeps, over all of its files. */
export const factBytesKept = 16_777_216;

/** Of the present version. */
export class ChunkedTraceIndex implements TraceIndex {
  readonly hasFilters = true;
  readonly #walk: StatementSync;
  readonly #listed: StatementSync;
  readonly #find: StatementSync;
  readonly #parts: StatementSync;
  readonly #facts: StatementSync;
  readonly #times: StatementSync;
  readonly #filters: FilterReader;
  readonly #sourcesWith: StatementSync;
  readonly #keptFacts: KeptValues<SpanFacts>;
  readonly #keptTimes: KeptValues<SpanTimes>;

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
    this.#times = database.prepare("SELECT body FROM times WHERE chunk = ?");
    this.#filters = new FilterReader(database);
    this.#sourcesWith = database.prepare("SELECT source FROM source_term WHERE term = ?");
    this.#keptFacts = new KeptValues(budget);
    this.#keptTimes = new KeptValues(budget);
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
    const kept = this.#keptFacts.get(chunk);
    if (kept !== undefined) return kept;
    const facts = unpackFacts(chunk, bodyOf(this.#facts, chunk));
    this.#keptFacts.set(chunk, facts, factBytesPerSpan * facts.count);
    return facts;
  }

  timesOf(chunk: number): SpanTimes {
    const kept = this.#keptTimes.get(chunk);
    if (kept !== undefined) return kept;
    const times = unpackTimes(chunk, bodyOf(this.#times, chunk));
    this.#keptTimes.set(chunk, times, timeBytesPerSpan * times.count);
    return times;
  }

  groups(): Iterable<ChunkGroup> {
    return this.#filters.groups();
  }

  sourcesWith(term: number): ReadonlySet<number> {
    return new Set(this.#sourcesWith.all(term).map((row) => integerOf(row, "source")));
  }
}

function bodyOf(statement: StatementSync, chunk: number): Uint8Array {
  const row = statement.get(chunk);
  if (row === undefined) throw new DamagedFileError(`columns of chunk ${chunk} are missing`);
  return blobOf(row, "body");
}

function listedTrace(row: Readonly<Record<string, SQLOutputValue>>): ListedTrace {
  return { timeNs: bigintOf(row, "start_ns"), key: idOfBytes(blobOf(row, "trace_id")), trace: wholeOf(row, "id") };
}
