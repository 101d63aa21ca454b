/** An event out of its row, for all who read the file. */
import type { SQLOutputValue } from "node:sqlite";
import { isEventFields, type StoredEvent } from "../../../core/node-event.ts";
import { checkedBytes } from "../../checksum.ts";
import { blobOf, DamagedFileError, integerOf, textOf } from "../../database.ts";
import { eventPlace } from "./event-tables.ts";

/** Of the columns `kind`, `node`, `subject` of the source and `key`, `time_ms`, `body` of the event. Throws `DamagedFileError`. */
export function eventOfRow(row: Readonly<Record<string, SQLOutputValue>>): StoredEvent {
  const event = {
    kind: textOf(row, "kind"),
    node: textOf(row, "node"),
    subject: textOf(row, "subject"),
    key: textOf(row, "key"),
    timeMs: integerOf(row, "time_ms"),
  };
  const text = Buffer.from(checkedBytes(eventPlace(event), blobOf(row, "body"))).toString();
  const fields: unknown = JSON.parse(text);
  if (!isEventFields(fields)) throw new DamagedFileError("the fields of an event are none");
  return { ...event, fields };
}
