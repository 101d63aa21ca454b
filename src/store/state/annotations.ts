/** Annotations in the state file: the events that charts mark. The writer adds and prunes, readers read. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Annotation, type AnnotationKind, annotationKinds } from "../../core/annotation.ts";
import type { Logger } from "../../core/logger.ts";
import { DamagedFileError, integerOf, openForReading, textOf } from "../database.ts";
import { openState, statePath } from "./state.ts";

const part = "annotations";
const migrations = [
  `CREATE TABLE annotations (
     id INTEGER PRIMARY KEY, ts INTEGER NOT NULL, end_ms INTEGER NOT NULL, lasted INTEGER NOT NULL,
     kind TEXT NOT NULL, title TEXT NOT NULL, text TEXT, node TEXT NOT NULL
   );
   CREATE INDEX annotations_end ON annotations (end_ms);`,
];

/** Beyond this the oldest go: a source that annotates every second is wrong, but must not fill the disk. */
const maxAnnotations = 100_000;
/** What one reading returns at most: more marks than a chart has pixels help nobody. The newest win. */
const maxRead = 10_000;

export class AnnotationWriter {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;

  constructor(dataDir: string, logger: Logger) {
    this.#database = openState({
      dataDir,
      part,
      migrations,
      onDamage: (path, error) =>
        logger.error("the state file was damaged: it was set aside, and annotations and tokens are lost with it", {
          path,
          error,
        }),
    });
    this.#insert = this.#database.prepare(
      "INSERT INTO annotations (ts, end_ms, lasted, kind, title, text, node) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
  }

  add({ timestampMs, endMs, kind, title, text, node }: Annotation): void {
    const startMs = Math.round(timestampMs);
    this.#insert.run(startMs, Math.round(endMs ?? startMs), endMs === undefined ? 0 : 1, kind, title, text ?? null, node);
  }

  prune(beforeMs: number): void {
    this.#database.prepare("DELETE FROM annotations WHERE end_ms < ?").run(beforeMs);
    this.#database.prepare("DELETE FROM annotations WHERE id <= (SELECT max(id) FROM annotations) - ?").run(maxAnnotations);
  }

  close(): void {
    this.#database.close();
  }
}

/** Annotations that touch startMs < time ≤ endMs, in time order. */
export function readAnnotations(dataDir: string, startMs: number, endMs: number): readonly Annotation[] {
  const database = openForReading(statePath(dataDir), { version: 1, sql: "" });
  if (database === null) return [];
  try {
    if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'annotations'").get() === undefined) return [];
    const rows = database
      .prepare("SELECT * FROM annotations WHERE end_ms > ? AND ts <= ? ORDER BY ts DESC, id DESC LIMIT ?")
      .all(startMs, endMs, maxRead);
    return rows.map(annotationOf).reverse();
  } finally {
    database.close();
  }
}

function annotationOf(row: Parameters<typeof textOf>[0]): Annotation {
  const text = row["text"] === null ? {} : { text: textOf(row, "text") };
  const end = integerOf(row, "lasted") === 0 ? {} : { endMs: integerOf(row, "end_ms") };
  return {
    timestampMs: integerOf(row, "ts"),
    ...end,
    kind: kindOf(textOf(row, "kind")),
    title: textOf(row, "title"),
    ...text,
    node: textOf(row, "node"),
  };
}

function kindOf(text: string): AnnotationKind {
  const kind = annotationKinds.find((known) => known === text);
  if (kind === undefined) throw new DamagedFileError(`annotation of the unknown kind ${text}`);
  return kind;
}
