/**
 * Spans in a file, in the order in which they came: record 1, 2, 3 …
 *
 *   chunk ─┬─ bodies of up to 512 records, compressed; its number is that of its first record
 *   facts ─┤  the same spans as columns (span-facts.ts, span-times.ts): all that a search mostly, and a list, a picture or a sum over
 *   times ─┤  spans needs
 *   filter ┘  which attributes, operations, failures, durations are among them: what a search asks first; those of many chunks
 *             together (filter-tables.ts)
 *   source_term  sources by the attributes of their resources, see span-terms.ts
 *   head      the newest records, while they are too few for a chunk: one row each
 *   trace     traces by their ids and by their starts; part: the chunks in which a trace has spans
 *
 * Nothing is rewritten: a span that comes again is a further record, and the last one counts. Facts, times and filters could be built anew from
 * the bodies.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Span } from "../../core/span.ts";
import { indexed } from "../../core/telemetry-source.ts";
import { integerOf, optionalIntegerOf, type Schema } from "../database.ts";
import { packChunk, splitIntoChunks } from "./chunk.ts";
import { boundAbove } from "./chunk-group.ts";
import { FilterWriter, filterTables } from "./filter-tables.ts";
import { SourceBodies, SourceNumbers, sourceTables } from "./source-rows.ts";
import { spanFromPlain, spanText } from "./span-body.ts";
import { factsOf, type NumberedSpan, packFacts } from "./span-facts.ts";
import { packTimes, timesOf } from "./span-times.ts";
import { headTable, packHeadRecord, readHead } from "./span-head.ts";
import { attributeTerms } from "./span-terms.ts";
import { SpanTermCollector } from "./span-term-collector.ts";
import { TraceNumbers, traceTables } from "./trace-numbers.ts";

export const traceSchema: Schema = {
  version: 2,
  oldestReadable: 1,
  sql: `${sourceTables}
    CREATE TABLE chunk (id INTEGER PRIMARY KEY, records INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
    CREATE TABLE facts (chunk INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE times (chunk INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    ${filterTables}
    CREATE TABLE operation (
      id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (service, name)
    ) STRICT;
    CREATE TABLE source_term (term INTEGER NOT NULL, source INTEGER NOT NULL, PRIMARY KEY (term, source)) STRICT, WITHOUT ROWID;
    CREATE TABLE part (trace INTEGER NOT NULL, chunk INTEGER NOT NULL, PRIMARY KEY (trace, chunk)) STRICT, WITHOUT ROWID;
    ${headTable} ${traceTables}`,
};

/** Operations whose numbers are remembered. */
const rememberedMax = 10_000;
/** Fewer records wait for more: a source that sends a few spans a second would make a chunk of each few, and searches look at every chunk. */
const chunkRecordsLeast = 128;

/** A span on its way into a chunk. */
interface Encoded extends NumberedSpan {
  readonly text: string;
  readonly service: string;
}

export class TraceTables {
  readonly #sources: SourceNumbers;
  readonly #traces: TraceNumbers;
  readonly #terms = new SpanTermCollector();
  readonly #filters: FilterWriter;
  /** By service and name. */
  readonly #operations = new Map<string, Map<string, number>>();
  #remembered = 0;
  readonly #findOperation: StatementSync;
  readonly #insertOperation: StatementSync;
  readonly #insertChunk: StatementSync;
  readonly #insertFacts: StatementSync;
  readonly #insertTimes: StatementSync;
  readonly #insertPart: StatementSync;
  readonly #insertHead: StatementSync;
  readonly #deleteHead: StatementSync;
  /** What is in the table `head`. */
  #head: readonly Encoded[];
  /** Number of the first one there, or of the next record. */
  #headStart: number;

  constructor(database: DatabaseSync) {
    const insertTerm = database.prepare("INSERT OR IGNORE INTO source_term VALUES (?, ?)");
    this.#sources = new SourceNumbers(database, (id, { resource }) => {
      for (const term of attributeTerms(resource)) insertTerm.run(term, id);
    });
    this.#traces = new TraceNumbers(database);
    this.#filters = new FilterWriter(database);
    this.#findOperation = database.prepare("SELECT id FROM operation WHERE service = ? AND name = ?");
    this.#insertOperation = database.prepare("INSERT INTO operation (service, name) VALUES (?, ?)");
    this.#insertChunk = database.prepare("INSERT INTO chunk VALUES (?, ?, ?, ?)");
    this.#insertFacts = database.prepare("INSERT INTO facts VALUES (?, ?)");
    this.#insertTimes = database.prepare("INSERT INTO times VALUES (?, ?)");
    this.#insertPart = database.prepare("INSERT INTO part VALUES (?, ?)");
    this.#insertHead = database.prepare("INSERT INTO head VALUES (?, ?)");
    this.#deleteHead = database.prepare("DELETE FROM head WHERE record < ?");
    this.#headStart = nextRecordBehindChunks(database);
    const bodies = new SourceBodies(database);
    const waiting = readHead(database, 0).map(({ text }) => spanFromPlain(JSON.parse(text), (id) => bodies.sourceOf(id)));
    this.#head = this.#encoded(waiting);
  }

  /** In a transaction of the caller. */
  add(spans: readonly Span[]): void {
    const firstNew = this.#headStart + this.#head.length;
    const runs = splitIntoChunks([...this.#head, ...this.#encoded(spans)], ({ text }) => text.length);
    const last = runs.at(-1) ?? [];
    this.#head = last.length < chunkRecordsLeast ? last : [];
    const full = this.#head === last ? runs.slice(0, -1) : runs;
    for (const run of full) {
      this.#addChunk(this.#headStart, run);
      this.#headStart += run.length;
    }
    if (full.length > 0) this.#deleteHead.run(this.#headStart);
    for (const [index, { text }] of this.#head.entries()) {
      const record = this.#headStart + index;
      if (record >= firstNew) this.#insertHead.run(record, packHeadRecord({ record, text }));
    }
  }

  #encoded(spans: readonly Span[]): Encoded[] {
    const traces = this.#traces.numbersOf(spans);
    return spans.map((span) => {
      const { id: source, service } = this.#sources.numberOf(span.source);
      const text = spanText(span, source);
      const operation = this.#operationOf(service, indexed(span.name));
      const terms = attributeTerms(span.attributes);
      return { span, trace: traces.get(span.traceId) ?? 0, operation, source, text, service, terms };
    });
  }

  #addChunk(chunk: number, run: readonly Encoded[]): void {
    const { body, rawBytes } = packChunk(
      chunk,
      run.map(({ text }) => text),
    );
    const [facts, times] = [factsOf(run), timesOf(run)];
    this.#insertChunk.run(chunk, run.length, rawBytes, body);
    this.#insertFacts.run(chunk, packFacts(chunk, facts));
    this.#insertTimes.run(chunk, packTimes(chunk, times));
    const latestNs = boundAbove(times.startNs.reduce((latest, one) => (one > latest ? one : latest)));
    this.#filters.add({ chunk, latestNs, bits: this.#terms.filterOf(run, { facts, times }) });
    for (const trace of new Set(facts.traces)) this.#insertPart.run(trace, chunk);
  }

  #operationOf(service: string, name: string): number {
    const ofService = this.#operations.get(service) ?? new Map<string, number>();
    const known = ofService.get(name);
    if (known !== undefined) return known;
    const row = this.#findOperation.get(service, name);
    const id = row === undefined ? Number(this.#insertOperation.run(service, name).lastInsertRowid) : integerOf(row, "id");
    if (this.#remembered >= rememberedMax) {
      this.#operations.clear();
      this.#remembered = 0;
    }
    this.#operations.set(service, ofService.set(name, id));
    this.#remembered++;
    return id;
  }
}

function nextRecordBehindChunks(database: DatabaseSync): number {
  const row = database.prepare("SELECT id + records AS next FROM chunk ORDER BY id DESC LIMIT 1").get();
  return optionalIntegerOf(row, "next") ?? 1;
}
