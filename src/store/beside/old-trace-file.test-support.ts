/** A file of spans as version 1 wrote it, see `trace-index-1.ts`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { zstdCompressSync } from "node:zlib";
import { type Span, spanKinds, spanStatuses } from "../../core/span.ts";
import { indexed } from "../../core/telemetry-source.ts";
import { withChecksum } from "../checksum.ts";
import { bytesOfId, indexedNs } from "./ids.ts";
import { SourceNumbers, sourceTables } from "./source-rows.ts";
import { spanText } from "./span-body.ts";

const tables = `${sourceTables}
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
  CREATE INDEX trace_by_start ON trace (start_ns, trace_id);
  PRAGMA user_version = 1; PRAGMA application_id = 0x43500001;`;

/** `chunks`: the spans of each. */
export function writeOldTraceFile(dataDir: string, name: string, chunks: readonly (readonly Span[])[]): void {
  mkdirSync(join(dataDir, "traces"), { recursive: true });
  const database = new DatabaseSync(join(dataDir, "traces", name));
  database.exec(`PRAGMA journal_mode = WAL; ${tables}`);
  const sources = new SourceNumbers(database);
  for (const [index, spans] of chunks.entries()) {
    const chunk = index + 1;
    const numbered = spans.map((span) => ({ span, ...sources.numberOf(span.source) }));
    const raw = Buffer.from(`[${numbered.map(({ span, id }) => spanText(span, id)).join(",")}]`);
    const body = withChecksum(`chunk ${chunk}`, Buffer.concat([Uint8Array.of(1), zstdCompressSync(raw)]));
    database.prepare("INSERT INTO chunk VALUES (?, ?, ?)").run(chunk, raw.length, body);
    for (const [place, { span, id, service }] of numbered.entries()) {
      database.prepare("INSERT OR IGNORE INTO operation (service, name) VALUES (?, ?)").run(service, indexed(span.name));
      database
        .prepare(
          `INSERT OR REPLACE INTO span SELECT ?, ?, ?, ?, ?, ?, ?, operation.id, ?, ?, ? FROM operation WHERE service = ? AND name = ?`,
        )
        .run(
          bytesOfId(span.traceId),
          bytesOfId(span.spanId),
          indexedNs(span.startNs),
          indexedNs(span.endNs),
          spanKinds.indexOf(span.kind),
          spanStatuses.indexOf(span.status),
          span.parentSpanId === "" ? 1 : 0,
          id,
          chunk,
          place,
          service,
          indexed(span.name),
        );
      database
        .prepare(
          "INSERT INTO trace VALUES (?, ?) ON CONFLICT DO UPDATE SET start_ns = excluded.start_ns WHERE excluded.start_ns < start_ns",
        )
        .run(bytesOfId(span.traceId), indexedNs(span.startNs));
    }
  }
  database.close();
}
