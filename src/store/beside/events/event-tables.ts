/**
 * Events in their file: one row each, replaced when it comes again with the same key. What came in or changed longest ago goes first,
 * whatever time it claims to be of: a wrong clock, or a client that lies, must not keep out what is true.
 *
 *   source   kind, node and subject, and how they are numbered
 *   event    a source's events; the body is the fields as JSON with a checksum over them and over what the columns say
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { StoredEvent } from "../../../core/node-event.ts";
import { withChecksum } from "../../checksum.ts";
import { integerOf, type Schema } from "../../database.ts";

export const eventSchema: Schema = {
  version: 1,
  sql: `
    CREATE TABLE source (
      id INTEGER PRIMARY KEY, kind TEXT NOT NULL, node TEXT NOT NULL, subject TEXT NOT NULL, UNIQUE (kind, node, subject)
    ) STRICT;
    CREATE TABLE event (
      id INTEGER PRIMARY KEY, source INTEGER NOT NULL, key TEXT NOT NULL, time_ms INTEGER NOT NULL, body BLOB NOT NULL,
      UNIQUE (source, key)
    ) STRICT;
    CREATE INDEX event_by_time ON event (source, time_ms);`,
};

/** Events of one kind, node and subject: a week of blocks every 12 s. */
export const eventsPerSource = 50_000;
/** Sources whose numbers are remembered; the kinds of 32 clients are 128. */
const rememberedMax = 1024;
/** What may be there beyond a bound before the oldest go: deleting is done for many at once. */
const slack = 0.02;

export interface EventLimits {
  readonly perSource: number;
  /** Of the pages of the file that are in use. */
  readonly bytes: number;
}

export class EventTables {
  readonly #database: DatabaseSync;
  readonly #limits: EventLimits;
  readonly #findSource: StatementSync;
  readonly #insertSource: StatementSync;
  readonly #replace: StatementSync;
  readonly #countOf: StatementSync;
  readonly #countAll: StatementSync;
  readonly #pruneSource: StatementSync;
  readonly #pruneOldest: StatementSync;
  readonly #pruneSources: StatementSync;
  readonly #numbers = new Map<string, number>();
  /** By source: how many there are at most, because what is replaced is counted too until somebody looks. */
  readonly #counts = new Map<number, number>();

  constructor(database: DatabaseSync, limits: EventLimits) {
    this.#database = database;
    this.#limits = limits;
    this.#findSource = database.prepare("SELECT id FROM source WHERE kind = ? AND node = ? AND subject = ?");
    this.#insertSource = database.prepare("INSERT INTO source (kind, node, subject) VALUES (?, ?, ?)");
    // What is told anew gets a new number, which is its place in the order of coming.
    this.#replace = database.prepare("INSERT OR REPLACE INTO event (source, key, time_ms, body) VALUES (?, ?, ?, ?)");
    this.#countOf = database.prepare("SELECT count(*) AS count FROM event WHERE source = ?");
    this.#countAll = database.prepare("SELECT count(*) AS count FROM event");
    this.#pruneSource = database.prepare(
      "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE source = ? ORDER BY id LIMIT ?)",
    );
    this.#pruneOldest = database.prepare("DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?)");
    this.#pruneSources = database.prepare("DELETE FROM source WHERE id NOT IN (SELECT DISTINCT source FROM event)");
  }

  /** In a transaction of the caller. */
  add(events: readonly StoredEvent[]): void {
    const touched = new Set<number>();
    for (const event of events) {
      const source = this.#sourceOf(event);
      touched.add(source);
      this.#replace.run(source, event.key, event.timeMs, eventBody(event));
      this.#counts.set(source, this.#countNow(source) + 1);
    }
    for (const source of touched) this.#keepCount(source);
    this.#keepSize();
  }

  #countNow(source: number): number {
    return this.#counts.get(source) ?? integerOf(this.#countOf.get(source) ?? {}, "count");
  }

  #keepCount(source: number): void {
    const { perSource } = this.#limits;
    if (this.#countNow(source) <= perSource * (1 + slack)) return;
    const count = integerOf(this.#countOf.get(source) ?? {}, "count");
    const beyond = Math.max(0, count - perSource);
    if (beyond > 0) this.#pruneSource.run(source, beyond);
    this.#counts.set(source, count - beyond);
  }

  #keepSize(): void {
    if (this.#usedBytes() <= this.#limits.bytes) return;
    const aim = this.#limits.bytes * (1 - slack);
    const share = Math.ceil(integerOf(this.#countAll.get() ?? {}, "count") * slack);
    while (this.#usedBytes() > aim && Number(this.#pruneOldest.run(share).changes) > 0);
    this.#counts.clear();
    this.#numbers.clear();
    this.#pruneSources.run();
    this.#database.exec("PRAGMA incremental_vacuum");
  }

  #usedBytes(): number {
    const pragma = (name: string): number => integerOf(this.#database.prepare(`PRAGMA ${name}`).get() ?? {}, name);
    return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
  }

  #sourceOf({ kind, node, subject }: StoredEvent): number {
    const name = JSON.stringify([kind, node, subject]);
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const row = this.#findSource.get(kind, node, subject);
    if (this.#numbers.size >= rememberedMax) this.#numbers.clear();
    const id = row === undefined ? Number(this.#insertSource.run(kind, node, subject).lastInsertRowid) : integerOf(row, "id");
    this.#numbers.set(name, id);
    return id;
  }
}

/** The fields, and a checksum that is also over the columns. */
function eventBody(event: StoredEvent): Uint8Array {
  return withChecksum(eventPlace(event), Buffer.from(JSON.stringify(event.fields)));
}

/** What the checksum of an event's body is over, beside the body. */
export function eventPlace({ kind, node, subject, key, timeMs }: Omit<StoredEvent, "fields">): string {
  return `event ${JSON.stringify([kind, node, subject, key, timeMs])}`;
}
