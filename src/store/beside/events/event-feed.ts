/**
 * A node's own events in the order in which they came or changed, for who sends them on: from where it was last, in pages. An event that
 * is told anew has a new number (`event-tables.ts`), the greatest of all, so it comes once more; one that went before it was read is gone.
 */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { NodeEvent } from "../../../core/node-event.ts";
import type { ReadAllowance } from "../../../core/telemetry-reader.ts";
import { integerOf } from "../../database.ts";
import { inodeOf } from "../../partition/partition-files.ts";
import { tellDamage } from "../read-files.ts";
import { readSideFile } from "../read-side-file.ts";
import { eventPath } from "../telemetry-files.ts";
import { eventOfRow } from "./event-row.ts";
import { eventSchema } from "./event-tables.ts";

/** How far somebody has read. */
export interface EventPlace {
  /** The inode of the file that the number is of: where a damaged one was set aside, the new one counts from 1. */
  readonly file: string;
  /** Of the last event that was read. */
  readonly id: number;
}

export interface EventFeedPage {
  readonly events: readonly NodeEvent[];
  readonly next: EventPlace;
  /** Nothing more is there now. */
  readonly isLast: boolean;
}

export interface EventPageLimits {
  readonly events: number;
  /** Of the events as JSON; the last one may go beyond. */
  readonly chars: number;
}

/** What came after `after`; `null` where there is no file of events. Throws `STORE_TOO_NEW`, `STORE_UNUSABLE`. */
export function readEventFeed(
  dataDir: string,
  { node, after }: { readonly node: string; readonly after: EventPlace | null },
  limits: EventPageLimits,
  allowance: ReadAllowance,
): EventFeedPage | null {
  const path = eventPath(dataDir);
  const file = String(inodeOf(path));
  return readSideFile<EventFeedPage | null>({ path, schema: eventSchema }, allowance, null, (database) => {
    const newest = newestId(database);
    // Numbers that went back are of a file that was begun anew, or of one that a loss of power took back.
    const isKnown = after !== null && after.file === file && after.id <= newest;
    const events: NodeEvent[] = [];
    let chars = 0;
    for (const row of rowsAfter(database, node, isKnown ? after.id : 0)) {
      try {
        const { node: _, ...event } = eventOfRow(row);
        events.push(event);
        chars += JSON.stringify(event).length;
      } catch (error) {
        tellDamage({ path }, error, allowance);
      }
      if (events.length >= limits.events || chars >= limits.chars) {
        return { events, next: { file, id: integerOf(row, "id") }, isLast: false };
      }
    }
    return { events, next: { file, id: newest }, isLast: true };
  });
}

function newestId(database: DatabaseSync): number {
  return integerOf(database.prepare("SELECT coalesce(max(id), 0) AS newest FROM event").get() ?? {}, "newest");
}

/** Events first, whatever SQLite's planner thinks of it: they are in the order that is wanted, and most are after `id` by little. */
function rowsAfter(database: DatabaseSync, node: string, id: number): Iterable<Readonly<Record<string, SQLOutputValue>>> {
  return database
    .prepare(
      `SELECT event.id, kind, node, subject, key, time_ms, body FROM event CROSS JOIN source ON source.id = event.source
       WHERE event.id > ? AND node = ? ORDER BY event.id`,
    )
    .iterate(id, node);
}
