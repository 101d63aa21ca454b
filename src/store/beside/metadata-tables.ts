/** Metadata of metrics: by name, the last word counts; those of which there was no news for the longest time go first. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { MetricMetadata } from "../../core/metric-metadata.ts";
import { indexed } from "../../core/telemetry-source.ts";
import { integerOf, type Schema } from "../database.ts";

export const metadataSchema: Schema = {
  version: 1,
  sql: `
    CREATE TABLE metadata (
      seq INTEGER PRIMARY KEY, metric TEXT NOT NULL UNIQUE, type TEXT NOT NULL, help TEXT NOT NULL, unit TEXT NOT NULL
    ) STRICT`,
};

/** Metrics; a large Prometheus server knows some ten thousand. */
export const metadataMax = 50_000;
/** Characters of a help text. */
const helpCharsMax = 4096;
/** Deleting is done for many at once. */
const slack = 1000;

export class MetadataTables {
  readonly #replace: StatementSync;
  readonly #prune: StatementSync;
  readonly #countAll: StatementSync;

  constructor(database: DatabaseSync) {
    // What is told anew gets a new number, which is its place in the order.
    this.#replace = database.prepare("INSERT OR REPLACE INTO metadata (metric, type, help, unit) VALUES (?, ?, ?, ?)");
    this.#prune = database.prepare(
      "DELETE FROM metadata WHERE seq <= (SELECT seq FROM metadata ORDER BY seq DESC LIMIT 1 OFFSET ?)",
    );
    this.#countAll = database.prepare("SELECT count(*) AS count FROM metadata");
  }

  /** In a transaction of the caller. */
  note(all: readonly MetricMetadata[]): void {
    for (const { metric, type, help, unit } of all) {
      this.#replace.run(indexed(metric), type, help.slice(0, helpCharsMax), indexed(unit));
    }
    if (integerOf(this.#countAll.get() ?? {}, "count") > metadataMax + slack) this.#prune.run(metadataMax);
  }
}
