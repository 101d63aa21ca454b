/** What one file's index says of log records: the statements of a reader. Source of the tables: `log-tables.ts`. */
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { LogRecord } from "../../core/span.ts";
import type { LogFilter } from "../../core/telemetry-reader.ts";
import { indexed } from "../../core/telemetry-source.ts";
import { ChunkBodies } from "./chunk-bodies.ts";
import { bytesOfId, indexedNs } from "./ids.ts";
import type { KeptBudget } from "./kept-values.ts";
import type { ListPlace } from "./list-cursor.ts";
import { logFromPlain } from "./log-body.ts";
import type { Slice } from "./merge-newest.ts";
import { bigintOf, wholeOf } from "./row-values.ts";
import { SourceBodies } from "./source-rows.ts";

/** A record in a list; the key is its file's start and its number there. */
export interface ListedRecord extends ListPlace {
  readonly chunk: number;
  readonly place: number;
}

/** Hex digits of a file's start (ms, up to the year 10,889) and of a record's number. */
const keyDigits = 12;

export class LogRows {
  readonly #database: DatabaseSync;
  readonly #chunks: ChunkBodies;
  readonly #sources: SourceBodies;

  constructor(database: DatabaseSync, budget: KeptBudget) {
    this.#database = database;
    this.#chunks = new ChunkBodies(database, budget);
    this.#sources = new SourceBodies(database);
  }

  /** Records behind a place, newest first, that meet the filter but for its text; `startMs` is the file's. */
  slice(filter: LogFilter, startMs: number, after: ListPlace, rows: number): Slice<ListedRecord> {
    const { sql, values } = conditionOf(filter);
    const ofTrace = filter.traceId === undefined ? null : bytesOfId(filter.traceId);
    const statement = this.#database.prepare(
      `SELECT id, time_ns, chunk, place, ${sql} AS found FROM record
       WHERE ${ofTrace === null ? "" : "trace_id = ? AND"} time_ns >= ? AND (time_ns, id) < (?, ?)
       ORDER BY time_ns DESC, id DESC LIMIT ?`,
    );
    statement.setReadBigInts(true);
    const all = statement.all(
      ...values,
      ...(ofTrace === null ? [] : [ofTrace]),
      indexedNs(filter.fromNs),
      after.timeNs,
      idBound(after.key, startMs),
      rows,
    );
    const places = all.map((row) => ({
      timeNs: bigintOf(row, "time_ns"),
      key: keyOf(startMs, wholeOf(row, "id")),
      chunk: wholeOf(row, "chunk"),
      place: wholeOf(row, "place"),
      isFound: bigintOf(row, "found") === 1n,
    }));
    return { found: places.filter(({ isFound }) => isFound), end: all.length < rows ? null : (places.at(-1) ?? null) };
  }

  /** The record, and the bytes of its JSON. Throws `DamagedFileError`. */
  recordAt({ chunk, place }: ListedRecord): { readonly record: LogRecord; readonly bytes: number } {
    const text = this.#chunks.get(chunk);
    const record = logFromPlain(text.recordAt(place), (id) => this.#sources.sourceOf(id));
    return { record, bytes: text.bytesOf(place) };
  }
}

/** Fragments of ours, with the values as parameters. */
function conditionOf({ severity, service, node }: LogFilter): {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
} {
  const parts: (readonly [sql: string, value: SQLInputValue])[] = [];
  if (severity !== undefined) parts.push(["severity >= ?", severity]);
  if (service !== undefined) parts.push(["source IN (SELECT id FROM source WHERE service = ?)", indexed(service)]);
  if (node !== undefined) parts.push(["source IN (SELECT source FROM source_node WHERE node = ?)", indexed(node)]);
  return { sql: ["1", ...parts.map(([sql]) => sql)].join(" AND "), values: parts.map(([, value]) => value) };
}

function keyOf(startMs: number, id: number): string {
  const hex = (value: number): string => value.toString(16).padStart(keyDigits, "0");
  return hex(startMs) + hex(id);
}

/** Of the records that have the place's time, those below this number come behind it in the list. */
function idBound(key: string, startMs: number): number {
  const ofFile = key.slice(0, keyDigits);
  const own = keyOf(startMs, 0).slice(0, keyDigits);
  if (ofFile === own) return Number.parseInt(key.slice(keyDigits) || "0", 16);
  return own > ofFile ? 0 : Number.MAX_SAFE_INTEGER;
}
