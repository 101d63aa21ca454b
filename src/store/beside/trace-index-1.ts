/**
 * The index of a file of version 1, which had a row per span, and neither facts nor terms: those are made of the bodies. Such files are no
 * more written, and are gone when their time is over.
 *
 *   span   trace_id, span_id, start_ns, …, chunk, place    (one row of a span, however often it came)
 *   trace  trace_id, start_ns
 */
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { blobOf, DamagedFileError, integerOf } from "../database.ts";
import type { ChunkText } from "./chunk.ts";
import { type ChunkColumns, columnsOfBodies, type FileNumbers } from "./facts-of-bodies.ts";
import { bytesOfId, idOfBytes, indexedNs } from "./ids.ts";
import { type KeptBudget, KeptValues } from "./kept-values.ts";
import type { ListPlace } from "./list-cursor.ts";
import { bigintOf } from "./row-values.ts";
import { factBytesPerSpan, type SpanFacts } from "./span-facts.ts";
import { type SpanTimes, timeBytesPerSpan } from "./span-times.ts";
import type { ListedTrace, TraceIndex } from "./trace-index.ts";

/** What it needs of the rest of the file. */
export interface RowTraceIndexOptions extends Omit<FileNumbers, "traceNumber"> {
  readonly bodies: (chunk: number) => ChunkText;
  readonly budget: KeptBudget;
}

export class RowTraceIndex implements TraceIndex {
  readonly hasFilters = false;
  readonly #options: RowTraceIndexOptions;
  readonly #walk: StatementSync;
  readonly #find: StatementSync;
  readonly #chunks: StatementSync;
  readonly #kept: KeptValues<ChunkColumns>;
  /** Traces have no numbers in the file: they get them as they are met. */
  readonly #ids: string[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(database: DatabaseSync, options: RowTraceIndexOptions) {
    this.#options = options;
    this.#walk = database.prepare(
      `SELECT trace_id, start_ns FROM trace WHERE start_ns >= ? AND (start_ns, trace_id) < (?, ?)
       ORDER BY start_ns DESC, trace_id DESC LIMIT ?`,
    );
    this.#walk.setReadBigInts(true);
    this.#find = database.prepare("SELECT trace_id, start_ns FROM trace WHERE trace_id = ?");
    this.#find.setReadBigInts(true);
    this.#chunks = database.prepare("SELECT DISTINCT chunk FROM span WHERE trace_id = ? ORDER BY chunk");
    this.#kept = new KeptValues(options.budget);
  }

  walk(fromNs: bigint, after: ListPlace, rows: number): readonly ListedTrace[] {
    const found = this.#walk.all(indexedNs(fromNs), after.timeNs, bytesOfId(after.key), rows);
    return found.map((row) => this.#listedTrace(row));
  }

  listed(trace: number): ListedTrace {
    const row = this.#find.get(bytesOfId(this.#ids[trace] ?? ""));
    if (row === undefined) throw new DamagedFileError(`trace ${trace} is missing`);
    return this.#listedTrace(row);
  }

  find(traceId: string): number | null {
    return this.#find.get(bytesOfId(traceId)) === undefined ? null : this.#numberOf(traceId);
  }

  chunksOf(trace: number): readonly number[] {
    return this.#chunks.all(bytesOfId(this.#ids[trace] ?? "")).map((row) => integerOf(row, "chunk"));
  }

  factsOf(chunk: number): SpanFacts {
    return this.#columnsOf(chunk).facts;
  }

  timesOf(chunk: number): SpanTimes {
    return this.#columnsOf(chunk).times;
  }

  groups(): readonly never[] {
    return [];
  }

  sourcesWith(): null {
    return null;
  }

  #columnsOf(chunk: number): ChunkColumns {
    const kept = this.#kept.get(chunk);
    if (kept !== undefined) return kept;
    const { bodies, ...numbers } = this.#options;
    const columns = columnsOfBodies(bodies(chunk), { ...numbers, traceNumber: (traceId) => this.#numberOf(traceId) });
    this.#kept.set(chunk, columns, (factBytesPerSpan + timeBytesPerSpan) * columns.facts.count);
    return columns;
  }

  #listedTrace(row: Readonly<Record<string, SQLOutputValue>>): ListedTrace {
    const key = idOfBytes(blobOf(row, "trace_id"));
    return { timeNs: bigintOf(row, "start_ns"), key, trace: this.#numberOf(key) };
  }

  #numberOf(traceId: string): number {
    const known = this.#numbers.get(traceId);
    if (known !== undefined) return known;
    const number = this.#ids.push(traceId) - 1;
    this.#numbers.set(traceId, number);
    return number;
  }
}
