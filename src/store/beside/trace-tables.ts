/**
 * Spans in a file: bodies in chunks, which are never rewritten, and a narrow index beside them, which could be built anew from the
 * bodies. A span that comes again gets a new body, and its row in the index leads to that.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Span, spanKinds, spanStatuses } from "../../core/span.ts";
import { indexed } from "../../core/telemetry-source.ts";
import { integerOf, optionalIntegerOf, type Schema } from "../database.ts";
import { packChunk, splitIntoChunks } from "./chunk.ts";
import { bytesOfId, indexedNs } from "./ids.ts";
import { SourceNumbers, sourceTables } from "./source-rows.ts";
import { spanToPlain } from "./span-body.ts";

export const traceSchema: Schema = {
  version: 1,
  sql: `${sourceTables}
    CREATE TABLE chunk (id INTEGER PRIMARY KEY, raw_bytes INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE TABLE operation (
      id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (service, name)
    ) STRICT;
    CREATE TABLE span (
      trace_id BLOB NOT NULL, span_id BLOB NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL, kind INTEGER NOT NULL,
      status INTEGER NOT NULL, is_root INTEGER NOT NULL, operation INTEGER NOT NULL, source INTEGER NOT NULL,
      chunk INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (trace_id, span_id, start_ns)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE trace (trace_id BLOB PRIMARY KEY, start_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE INDEX trace_by_start ON trace (start_ns, trace_id);`,
};

/** Operations whose numbers are remembered. */
const rememberedMax = 10_000;

/** A span on its way into a chunk. */
interface Encoded {
  readonly span: Span;
  readonly text: string;
  readonly source: number;
  readonly service: string;
}

export class TraceTables {
  readonly #sources: SourceNumbers;
  readonly #operations = new Map<string, number>();
  readonly #findOperation: StatementSync;
  readonly #insertOperation: StatementSync;
  readonly #insertChunk: StatementSync;
  readonly #replaceSpan: StatementSync;
  readonly #insertTrace: StatementSync;
  #nextChunk: number;

  constructor(database: DatabaseSync) {
    this.#sources = new SourceNumbers(database);
    this.#findOperation = database.prepare("SELECT id FROM operation WHERE service = ? AND name = ?");
    this.#insertOperation = database.prepare("INSERT INTO operation (service, name) VALUES (?, ?)");
    this.#insertChunk = database.prepare("INSERT INTO chunk VALUES (?, ?, ?)");
    this.#replaceSpan = database.prepare("INSERT OR REPLACE INTO span VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#insertTrace = database.prepare(
      "INSERT INTO trace VALUES (?, ?) ON CONFLICT DO UPDATE SET start_ns = excluded.start_ns WHERE excluded.start_ns < start_ns",
    );
    this.#nextChunk = (optionalIntegerOf(database.prepare("SELECT max(id) AS id FROM chunk").get(), "id") ?? 0) + 1;
  }

  /** In a transaction of the caller. */
  add(spans: readonly Span[]): void {
    const encoded = spans.map((span): Encoded => {
      const { id: source, service } = this.#sources.numberOf(span.source);
      return { span, text: JSON.stringify(spanToPlain(span, source)), source, service };
    });
    for (const run of splitIntoChunks(encoded, ({ text }) => text.length)) this.#addChunk(run);
    this.#addTraces(spans);
  }

  #addChunk(run: readonly Encoded[]): void {
    const chunk = this.#nextChunk++;
    const { body, rawBytes } = packChunk(
      chunk,
      run.map(({ text }) => text),
    );
    this.#insertChunk.run(chunk, rawBytes, body);
    for (const [place, { span, source, service }] of run.entries()) {
      this.#replaceSpan.run(
        bytesOfId(span.traceId),
        bytesOfId(span.spanId),
        indexedNs(span.startNs),
        indexedNs(span.endNs),
        spanKinds.indexOf(span.kind),
        spanStatuses.indexOf(span.status),
        span.parentSpanId === "" ? 1 : 0,
        this.#operationOf(service, indexed(span.name)),
        source,
        chunk,
        place,
      );
    }
  }

  #addTraces(spans: readonly Span[]): void {
    const starts = new Map<string, bigint>();
    for (const { traceId, startNs } of spans) {
      const least = starts.get(traceId);
      if (least === undefined || startNs < least) starts.set(traceId, startNs);
    }
    for (const [traceId, startNs] of starts) this.#insertTrace.run(bytesOfId(traceId), indexedNs(startNs));
  }

  #operationOf(service: string, name: string): number {
    const key = JSON.stringify([service, name]);
    const known = this.#operations.get(key);
    if (known !== undefined) return known;
    const row = this.#findOperation.get(service, name);
    const id = row === undefined ? Number(this.#insertOperation.run(service, name).lastInsertRowid) : integerOf(row, "id");
    if (this.#operations.size >= rememberedMax) this.#operations.clear();
    this.#operations.set(key, id);
    return id;
  }
}
