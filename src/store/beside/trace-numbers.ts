/** Numbers the traces of a file, for its writer: a number takes a quarter of an id, and neighbours in time are neighbours in an index. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Span } from "../../core/span.ts";
import { bytesOfId, indexedNs } from "./ids.ts";
import { bigintOf, wholeOf } from "./row-values.ts";

export const traceTables = `
  CREATE TABLE trace (id INTEGER PRIMARY KEY, trace_id BLOB NOT NULL UNIQUE, start_ns INTEGER NOT NULL) STRICT;
  CREATE INDEX trace_by_start ON trace (start_ns, trace_id);`;

interface KnownTrace {
  readonly id: number;
  startNs: bigint;
}

/** Traces that are remembered: those whose spans come in now. */
const rememberedMax = 20_000;

export class TraceNumbers {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #lower: StatementSync;
  readonly #known = new Map<string, KnownTrace>();

  constructor(database: DatabaseSync) {
    this.#find = database.prepare("SELECT id, start_ns FROM trace WHERE trace_id = ?");
    this.#find.setReadBigInts(true);
    this.#insert = database.prepare("INSERT INTO trace (trace_id, start_ns) VALUES (?, ?)");
    this.#lower = database.prepare("UPDATE trace SET start_ns = ? WHERE id = ?");
  }

  /** Notes when the spans' traces begin, and gives their numbers by their ids. */
  numbersOf(spans: readonly Span[]): ReadonlyMap<string, number> {
    const starts = new Map<string, bigint>();
    for (const { traceId, startNs } of spans) {
      const least = starts.get(traceId);
      if (least === undefined || startNs < least) starts.set(traceId, startNs);
    }
    const numbers = new Map<string, number>();
    for (const [traceId, startNs] of starts) numbers.set(traceId, this.#numberOf(traceId, indexedNs(startNs)));
    return numbers;
  }

  #numberOf(traceId: string, startNs: bigint): number {
    const known = this.#known.get(traceId) ?? this.#stored(traceId);
    if (known === null) {
      const id = Number(this.#insert.run(bytesOfId(traceId), startNs).lastInsertRowid);
      this.#remember(traceId, { id, startNs });
      return id;
    }
    if (startNs < known.startNs) {
      this.#lower.run(startNs, known.id);
      known.startNs = startNs;
    }
    return known.id;
  }

  #stored(traceId: string): KnownTrace | null {
    const row = this.#find.get(bytesOfId(traceId));
    if (row === undefined) return null;
    const known = { id: wholeOf(row, "id"), startNs: bigintOf(row, "start_ns") };
    this.#remember(traceId, known);
    return known;
  }

  #remember(traceId: string, known: KnownTrace): void {
    if (this.#known.size >= rememberedMax) this.#known.clear();
    this.#known.set(traceId, known);
  }
}
