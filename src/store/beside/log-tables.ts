/**
 * Log records in a file: bodies in chunks, and a narrow index. Records have no identity, so a request that is sent again is known by
 * its content: a chunk that is there already, byte for byte, is not stored twice. Equal records inside of one chunk all count.
 */
import { createHash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { LogRecord } from "../../core/span.ts";
import { optionalIntegerOf, type Schema } from "../database.ts";
import { packChunk, splitIntoChunks } from "./chunk.ts";
import { bytesOfId, indexedNs } from "./ids.ts";
import { logToPlain } from "./log-body.ts";
import { SourceNumbers, sourceTables } from "./source-rows.ts";

export const logSchema: Schema = {
  version: 1,
  sql: `${sourceTables}
    CREATE TABLE chunk (
      id INTEGER PRIMARY KEY, raw_bytes INTEGER NOT NULL, body BLOB NOT NULL, digest BLOB NOT NULL UNIQUE
    ) STRICT;
    CREATE TABLE record (
      id INTEGER PRIMARY KEY, time_ns INTEGER NOT NULL, severity INTEGER NOT NULL, trace_id BLOB, source INTEGER NOT NULL,
      chunk INTEGER NOT NULL, place INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX record_by_time ON record (time_ns);
    CREATE INDEX record_by_trace ON record (trace_id, time_ns) WHERE trace_id IS NOT NULL;`,
};

/** Bytes of the SHA-256 over a chunk's records. Not a fast hash: who could make two that are equal could make records disappear. */
const digestBytes = 16;

interface Encoded {
  readonly record: LogRecord;
  readonly text: string;
  readonly source: number;
}

export class LogTables {
  readonly #sources: SourceNumbers;
  readonly #findChunk: StatementSync;
  readonly #insertChunk: StatementSync;
  readonly #insertRecord: StatementSync;
  #nextChunk: number;

  constructor(database: DatabaseSync) {
    this.#sources = new SourceNumbers(database);
    this.#findChunk = database.prepare("SELECT 1 FROM chunk WHERE digest = ?");
    this.#insertChunk = database.prepare("INSERT INTO chunk VALUES (?, ?, ?, ?)");
    this.#insertRecord = database.prepare(
      "INSERT INTO record (time_ns, severity, trace_id, source, chunk, place) VALUES (?, ?, ?, ?, ?, ?)",
    );
    this.#nextChunk = (optionalIntegerOf(database.prepare("SELECT max(id) AS id FROM chunk").get(), "id") ?? 0) + 1;
  }

  /** In a transaction of the caller. Returns how many records were new. */
  add(records: readonly LogRecord[]): number {
    const encoded = records.map((record): Encoded => {
      const { id: source } = this.#sources.numberOf(record.source);
      return { record, text: JSON.stringify(logToPlain(record, source)), source };
    });
    return splitIntoChunks(encoded, ({ text }) => text.length).reduce((added, run) => added + this.#addChunk(run), 0);
  }

  #addChunk(run: readonly Encoded[]): number {
    const texts = run.map(({ text }) => text);
    const digest = createHash("sha256").update(texts.join(",")).digest().subarray(0, digestBytes);
    if (this.#findChunk.get(digest) !== undefined) return 0;
    const chunk = this.#nextChunk++;
    const { body, rawBytes } = packChunk(chunk, texts);
    this.#insertChunk.run(chunk, rawBytes, body, digest);
    for (const [place, { record, source }] of run.entries()) {
      const traceId = record.traceId === "" ? null : bytesOfId(record.traceId);
      this.#insertRecord.run(indexedNs(logTimeNs(record)), record.severity, traceId, source, chunk, place);
    }
    return run.length;
  }
}

/** The time by which a record is found. */
export function logTimeNs({ timeNs, observedNs }: LogRecord): bigint {
  return timeNs ?? observedNs;
}
