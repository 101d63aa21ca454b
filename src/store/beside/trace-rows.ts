/** What one file's index says of traces: the statements of a reader. Source of the tables: `trace-tables.ts`. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { type Span, spanStatuses } from "../../core/span.ts";
import type { TraceFilter } from "../../core/telemetry-reader.ts";
import { indexed } from "../../core/telemetry-source.ts";
import { blobOf, DamagedFileError, textOf } from "../database.ts";
import { ChunkBodies, type ChunkCache } from "./chunk-bodies.ts";
import { bytesOfId, idOfBytes, indexedNs } from "./ids.ts";
import type { ListPlace } from "./list-cursor.ts";
import type { Slice } from "./merge-newest.ts";
import { bigintOf, wholeOf } from "./row-values.ts";
import { SourceBodies } from "./source-rows.ts";
import { spanFromPlain } from "./span-body.ts";

/** What a search asks of a span, as SQL over the table `span s`: fragments of ours, with the values as parameters. */
export interface SpanCondition {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** A span's row, as far as a summary needs it. */
export interface SpanFacts {
  readonly spanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly isError: boolean;
  readonly isRoot: boolean;
  readonly service: string;
  readonly name: string;
}

/** Where a span's body is. */
export interface SpanPlace {
  readonly spanId: string;
  readonly startNs: bigint;
  readonly chunk: number;
  readonly place: number;
}

/** A part of a trace that is in several files. */
export interface TracePart {
  readonly startNs: bigint;
  readonly spans: readonly string[];
  readonly meeting: readonly string[];
}

export class TraceRows {
  readonly #database: DatabaseSync;
  readonly #start: StatementSync;
  readonly #facts: StatementSync;
  readonly #places: StatementSync;
  readonly #operations: StatementSync;
  readonly #chunks: ChunkBodies;
  readonly #sources: SourceBodies;

  constructor(database: DatabaseSync, cache: ChunkCache) {
    this.#database = database;
    this.#start = withBigInts(database, "SELECT start_ns FROM trace WHERE trace_id = ?");
    this.#facts = withBigInts(
      database,
      `SELECT s.span_id, s.start_ns, s.end_ns, s.status, s.is_root, o.service, o.name
       FROM span s JOIN operation o ON o.id = s.operation WHERE s.trace_id = ?`,
    );
    this.#places = withBigInts(database, "SELECT span_id, start_ns, chunk, place FROM span WHERE trace_id = ?");
    this.#operations = database.prepare("SELECT service, name FROM operation ORDER BY service, name LIMIT ?");
    this.#chunks = new ChunkBodies(database, cache);
    this.#sources = new SourceBodies(database);
  }

  /** Traces behind a place (its key is the trace id), newest first, that begin at or after `fromNs` and of which a span meets the condition. */
  slice(fromNs: bigint, condition: SpanCondition | null, after: ListPlace, rows: number): Slice<ListPlace> {
    const found = condition === null ? "1" : `EXISTS (SELECT 1 FROM span s WHERE s.trace_id = t.trace_id AND ${condition.sql})`;
    const all = withBigInts(
      this.#database,
      `SELECT t.trace_id, t.start_ns, ${found} AS found FROM trace t
       WHERE t.start_ns >= ? AND (t.start_ns, t.trace_id) < (?, ?) ORDER BY t.start_ns DESC, t.trace_id DESC LIMIT ?`,
    ).all(...(condition?.values ?? []), indexedNs(fromNs), after.timeNs, bytesOfId(after.key), rows);
    const places = all.map((row) => ({
      timeNs: bigintOf(row, "start_ns"),
      key: idOfBytes(blobOf(row, "trace_id")),
      isFound: bigintOf(row, "found") === 1n,
    }));
    return { found: places.filter(({ isFound }) => isFound), end: all.length < rows ? null : (places.at(-1) ?? null) };
  }

  /** The least start of the trace's spans in this file; `null` where it has none here. */
  startOf(traceId: string): bigint | null {
    const row = this.#start.get(bytesOfId(traceId));
    return row === undefined ? null : bigintOf(row, "start_ns");
  }

  /** What this file has of a trace that others have a part of too: its spans, by id and start, and those that meet the condition. */
  partOf(traceId: string, condition: SpanCondition | null): TracePart {
    const keys = (sql: string, values: readonly SQLInputValue[]): string[] =>
      withBigInts(this.#database, `SELECT span_id, start_ns FROM span s WHERE s.trace_id = ? AND ${sql}`)
        .all(bytesOfId(traceId), ...values)
        .map((row) => `${idOfBytes(blobOf(row, "span_id"))}.${bigintOf(row, "start_ns")}`);
    const spans = keys("1", []);
    const meeting = condition === null ? spans : keys(condition.sql, condition.values);
    return { startNs: this.startOf(traceId) ?? 0n, spans, meeting };
  }

  *factsOf(traceId: string): Generator<SpanFacts> {
    for (const row of this.#facts.iterate(bytesOfId(traceId))) {
      yield {
        spanId: idOfBytes(blobOf(row, "span_id")),
        startNs: bigintOf(row, "start_ns"),
        endNs: bigintOf(row, "end_ns"),
        isError: wholeOf(row, "status") === spanStatuses.indexOf("error"),
        isRoot: wholeOf(row, "is_root") === 1,
        service: textOf(row, "service"),
        name: textOf(row, "name"),
      };
    }
  }

  *placesOf(traceId: string): Generator<SpanPlace> {
    for (const row of this.#places.iterate(bytesOfId(traceId))) {
      yield {
        spanId: idOfBytes(blobOf(row, "span_id")),
        startNs: bigintOf(row, "start_ns"),
        chunk: wholeOf(row, "chunk"),
        place: wholeOf(row, "place"),
      };
    }
  }

  /** Sorted. */
  operations(limit: number): readonly { readonly service: string; readonly name: string }[] {
    return this.#operations.all(limit).map((row) => ({ service: textOf(row, "service"), name: textOf(row, "name") }));
  }

  /** Bytes of JSON that a span of this chunk takes, on the average. */
  bytesPerSpan(chunk: number): number {
    const { records, rawBytes } = this.#chunks.get(chunk);
    return rawBytes / Math.max(1, records.length);
  }

  /** The span with its body. Throws `DamagedFileError` where the index leads to another one. */
  spanAt(traceId: string, { spanId, chunk, place }: SpanPlace): Span {
    const span = spanFromPlain(this.#chunks.get(chunk).records[place], (id) => this.#sources.sourceOf(id));
    if (span.traceId === traceId && span.spanId === spanId) return span;
    throw new DamagedFileError(`the index says that chunk ${chunk} has the span ${spanId} at ${place}`);
  }
}

/** `null`: every span meets it. */
export function conditionOf(filter: TraceFilter): SpanCondition | null {
  const { node, service, name, status, minDurationNs, maxDurationNs } = filter;
  const parts: (readonly [sql: string, ...values: SQLInputValue[]])[] = [];
  if (service !== undefined) parts.push(["s.operation IN (SELECT id FROM operation WHERE service = ?)", indexed(service)]);
  if (name !== undefined) parts.push(["s.operation IN (SELECT id FROM operation WHERE name = ?)", indexed(name)]);
  if (node !== undefined) parts.push(["s.source IN (SELECT source FROM source_node WHERE node = ?)", indexed(node)]);
  if (status !== undefined) parts.push(["s.status = ?", spanStatuses.indexOf(status)]);
  if (minDurationNs !== undefined) parts.push(["s.end_ns - s.start_ns >= ?", indexedNs(minDurationNs)]);
  if (maxDurationNs !== undefined) parts.push(["s.end_ns - s.start_ns <= ?", indexedNs(maxDurationNs)]);
  if (parts.length === 0) return null;
  return { sql: parts.map(([sql]) => sql).join(" AND "), values: parts.flatMap(([, ...values]) => values) };
}

function withBigInts(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}
