/**
 * One file of spans, as its readers see it, in one state from `begin` to `end`. What is damaged is left out, chunk by chunk, and the answer
 * says so. Source of the tables: `trace-tables.ts`.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Span, TelemetrySource } from "../../core/span.ts";
import type { Operation, ReadAllowance } from "../../core/telemetry-reader.ts";
import { ownerOf } from "../../core/telemetry-source.ts";
import { DamagedFileError, integerOf, optionalIntegerOf, textOf } from "../database.ts";
import { ChunkText } from "./chunk.ts";
import { type ChunkGroup, groupWithoutFilters } from "./chunk-group.ts";
import { ChunkBodies } from "./chunk-bodies.ts";
import { type ChunkColumns, columnsOfBodies, type FileNumbers } from "./facts-of-bodies.ts";
import type { KeptBudget } from "./kept-values.ts";
import type { ListPlace } from "./list-cursor.ts";
import { tellDamage } from "./read-files.ts";
import { SourceBodies } from "./source-rows.ts";
import { spanFromPlain } from "./span-body.ts";
import type { SpanFacts } from "./span-facts.ts";
import type { SpanTimes } from "./span-times.ts";
import { readHead } from "./span-head.ts";
import { ChunkedTraceIndex, type ListedTrace, type TraceIndex } from "./trace-index.ts";
import { RowTraceIndex } from "./trace-index-1.ts";

/** Shared by the files of a reader. */
export interface TraceBudgets {
  readonly bodies: KeptBudget;
  readonly facts: KeptBudget;
}

/** Records that wait for their chunk; `chunk` is the number that it will have. */
interface Head extends ChunkColumns {
  readonly chunk: number;
  readonly text: ChunkText;
}

export class TraceFile {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #version: number;
  readonly #index: TraceIndex;
  readonly #bodies: ChunkBodies;
  readonly #sources: SourceBodies;
  readonly #operation: StatementSync;
  readonly #operationNumber: StatementSync;
  readonly #operations = new Map<number, Operation>();
  #head: Head | null = null;
  #allowance: ReadAllowance | null = null;

  constructor(database: DatabaseSync, path: string, budgets: TraceBudgets) {
    this.#database = database;
    this.#path = path;
    this.#bodies = new ChunkBodies(database, budgets.bodies);
    this.#sources = new SourceBodies(database);
    this.#operation = database.prepare("SELECT service, name FROM operation WHERE id = ?");
    this.#operationNumber = database.prepare("SELECT id FROM operation WHERE service = ? AND name = ?");
    this.#version = integerOf(database.prepare("PRAGMA user_version").get() ?? {}, "user_version");
    const bodies = (chunk: number): ChunkText => this.#bodies.get(chunk);
    this.#index =
      this.#version === 1
        ? new RowTraceIndex(database, { ...this.#numbers, bodies, budget: budgets.facts })
        : new ChunkedTraceIndex(database, budgets.facts);
  }

  /** From now on it is read in the state that it has now. Throws `DamagedFileError`. */
  begin(allowance: ReadAllowance): void {
    this.#allowance = allowance;
    this.#database.exec("BEGIN");
    if (this.#version > 1) this.#head = this.#unlessDamaged(() => this.#presentHead());
  }

  end(): void {
    this.#allowance = null;
    // After some errors (a file that is too short) SQLite has rolled back by itself.
    if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
  }

  /** Whether it is cheap to look at all chunks. */
  get hasFilters(): boolean {
    return this.#index.hasFilters;
  }

  /** As in `TraceIndex`. */
  walk(fromNs: bigint, after: ListPlace, rows: number): readonly ListedTrace[] {
    return this.#index.walk(fromNs, after, rows);
  }

  listed(trace: number): ListedTrace {
    return this.#index.listed(trace);
  }

  find(traceId: string): number | null {
    return this.#index.find(traceId);
  }

  chunksOf(trace: number): readonly number[] {
    const chunks = this.#index.chunksOf(trace);
    return this.#head?.facts.traces.includes(trace) === true ? [...chunks, this.#head.chunk] : chunks;
  }

  /** All chunks, newest groups first. */
  *groups(): Generator<ChunkGroup> {
    if (this.#head !== null) yield groupWithoutFilters([this.#head.chunk]);
    yield* this.#index.groups();
  }

  sourcesWith(term: number): ReadonlySet<number> | null {
    return this.#index.sourcesWith(term);
  }

  /** `null`, and a note, where they are damaged. */
  factsOf(chunk: number): SpanFacts | null {
    return chunk === this.#head?.chunk ? this.#head.facts : this.#unlessDamaged(() => this.#index.factsOf(chunk));
  }

  /** As `factsOf`. */
  timesOf(chunk: number): SpanTimes | null {
    return chunk === this.#head?.chunk ? this.#head.times : this.#unlessDamaged(() => this.#index.timesOf(chunk));
  }

  bodiesOf(chunk: number): ChunkText | null {
    return chunk === this.#head?.chunk ? this.#head.text : this.#unlessDamaged(() => this.#bodies.get(chunk));
  }

  spanAt(text: ChunkText, place: number): Span | null {
    return this.#unlessDamaged(() => spanFromPlain(text.recordAt(place), (id) => this.#sources.sourceOf(id)));
  }

  sourceOf(id: number): TelemetrySource | null {
    return this.#unlessDamaged(() => this.#sources.sourceOf(id));
  }

  /** The node that a source is of, see `ownerOf`; empty also where the source is damaged. */
  ownerOf(source: number): string {
    return ownerOf(this.sourceOf(source)?.resource ?? {});
  }

  /** Throws `DamagedFileError`. */
  operationOf(id: number): Operation {
    const known = this.#operations.get(id);
    if (known !== undefined) return known;
    const row = this.#operation.get(id);
    if (row === undefined) throw new DamagedFileError(`operation ${id} is missing`);
    const operation = { service: textOf(row, "service"), name: textOf(row, "name") };
    if (this.#operations.size >= operationsKept) this.#operations.clear();
    this.#operations.set(id, operation);
    return operation;
  }

  /** Numbers of the operations that have what is given. */
  operationsWith({
    service,
    name,
  }: {
    readonly service?: string | undefined;
    readonly name?: string | undefined;
  }): readonly number[] {
    return this.#database
      .prepare("SELECT id FROM operation WHERE (?1 IS NULL OR service = ?1) AND (?2 IS NULL OR name = ?2)")
      .all(service ?? null, name ?? null)
      .map((row) => integerOf(row, "id"));
  }

  sourcesOn(node: string): readonly number[] {
    const rows = this.#database.prepare("SELECT source FROM source_node WHERE node = ?").all(node);
    return rows.map((row) => integerOf(row, "source"));
  }

  /** Sorted. */
  operations(limit: number): readonly Operation[] {
    return this.#database
      .prepare("SELECT service, name FROM operation ORDER BY service, name LIMIT ?")
      .all(limit)
      .map((row) => ({ service: textOf(row, "service"), name: textOf(row, "name") }));
  }

  get #numbers(): Omit<FileNumbers, "traceNumber"> {
    return {
      sourceOf: (id) => this.#sources.sourceOf(id),
      operationNumber: (service, name) => integerOf(this.#operationNumber.get(service, name) ?? {}, "id"),
    };
  }

  #presentHead(): Head | null {
    const row = this.#database.prepare("SELECT min(record) AS first, count(*) AS records FROM head").get();
    const first = optionalIntegerOf(row, "first");
    if (first === null) return null;
    if (this.#head?.chunk === first && this.#head.text.count === integerOf(row ?? {}, "records")) return this.#head;
    const text = new ChunkText(
      Buffer.from(
        `[${readHead(this.#database, 0)
          .map(({ text: one }) => one)
          .join(",\n")}]`,
      ),
    );
    const traceNumber = (traceId: string): number => this.#index.find(traceId) ?? -1;
    return { chunk: first, text, ...columnsOfBodies(text, { ...this.#numbers, traceNumber }) };
  }

  #unlessDamaged<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (this.#allowance === null) throw error;
      tellDamage({ path: this.#path }, error, this.#allowance);
      return null;
    }
  }
}

/** Operations that are kept of a file by their numbers. */
const operationsKept = 10_000;
