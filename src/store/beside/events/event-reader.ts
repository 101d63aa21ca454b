/** Events, newest first: those of several subjects and nodes as one list. Source of the tables: `event-tables.ts`. */
import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { type EventFilter, eventTimeMsMax, type StoredEvent } from "../../../core/node-event.ts";
import { msOfNs, nsOfMs } from "../../../core/nanoseconds.ts";
import type { Listed, PageOf, PageWish, ReadAllowance } from "../../../core/telemetry-reader.ts";
import { blobOf, integerOf } from "../../database.ts";
import { comparePlaces, cursorOf, type ListPlace, readCursor } from "../list-cursor.ts";
import { mergeNewest, type Slice } from "../merge-newest.ts";
import { tellDamage } from "../read-files.ts";
import { readSideFile } from "../read-side-file.ts";
import { eventPath } from "../telemetry-files.ts";
import { eventOfRow } from "./event-row.ts";
import { eventSchema } from "./event-tables.ts";

/** Bytes of the fields of one page; it is a short page then. */
const pageBytesMax = 4_194_304;
/** Hex digits of an event's number in a cursor. */
const keyDigits = 12;

type Row = Readonly<Record<string, SQLOutputValue>>;

interface ListedEvent extends ListPlace {
  readonly source: Row;
  readonly row: Row;
}

export function readEvents(
  dataDir: string,
  filter: EventFilter,
  { limit, cursor }: PageWish,
  allowance: ReadAllowance,
): PageOf<Listed<StoredEvent>> {
  const path = eventPath(dataDir);
  const beginning = { timeNs: nsOfMs(Math.min(filter.toMs ?? Infinity, eventTimeMsMax) + 1), key: "" };
  const wanted = cursor === null ? beginning : readCursor(cursor);
  const after = comparePlaces(wanted, beginning) < 0 ? beginning : wanted;
  return readSideFile({ path, schema: eventSchema }, allowance, { items: [], next: null }, (database) => {
    const items: Listed<StoredEvent>[] = [];
    let bytes = 0;
    for (const step of mergeNewest(slicesOf(database, filter, allowance), after)) {
      if (step.kind === "found") {
        const event = eventOf(step.item, path, allowance);
        bytes += blobOf(step.item.row, "body").length;
        if (event !== null) items.push({ cursor: cursorOf(step.place), item: event });
      }
      if (items.length >= limit || bytes > pageBytesMax || allowance.isLate()) return { items, next: cursorOf(step.place) };
    }
    return { items, next: null };
  });
}

/** One list per source that the filter means. */
function slicesOf(
  database: DatabaseSync,
  { kind, node, subject, key, fromMs = -eventTimeMsMax }: EventFilter,
  allowance: ReadAllowance,
): readonly ((after: ListPlace, rows: number) => Slice<ListedEvent>)[] {
  const events = database.prepare(
    `SELECT id, key, time_ms, body FROM event
     WHERE source = ? AND time_ms >= ? AND (time_ms, id) < (?, ?) ${key === undefined ? "" : "AND key = ?"}
     ORDER BY time_ms DESC, id DESC LIMIT ?`,
  );
  const ofKey = key === undefined ? [] : [key];
  return database
    .prepare(
      `SELECT id, kind, node, subject FROM source
       WHERE kind = ?1 AND (?2 IS NULL OR node = ?2) AND (?3 IS NULL OR subject = ?3) ORDER BY id`,
    )
    .all(kind, node ?? null, subject ?? null)
    .map((source) => (after, rows) => {
      allowance.check();
      const id = integerOf(source, "id");
      const [beforeMs, beforeId] = [Math.floor(msOfNs(after.timeNs)), Number.parseInt(after.key || "0", 16)];
      const all = events.all(id, Math.ceil(fromMs), beforeMs, beforeId, ...ofKey, rows);
      const found = all.map((row) => ({ ...placeOf(row), source, row }));
      return { found, end: all.length < rows ? null : (found.at(-1) ?? null) };
    });
}

function placeOf(row: Row): ListPlace {
  return { timeNs: nsOfMs(integerOf(row, "time_ms")), key: integerOf(row, "id").toString(16).padStart(keyDigits, "0") };
}

/** `null`, and a note in the answer, where it is damaged. */
function eventOf({ source, row }: ListedEvent, path: string, allowance: ReadAllowance): StoredEvent | null {
  try {
    return eventOfRow({ ...source, ...row });
  } catch (error) {
    tellDamage({ path }, error, allowance);
    return null;
  }
}
