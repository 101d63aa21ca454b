/** What stands in the fields of an event: server and page agree on the shapes, but not every client knows every value. */
import type { EventValue, StoredEvent } from "../../core/node-event.ts";

export type EventFields = StoredEvent["fields"];

/** A field's number; `null` where it has none. */
export function numberIn(fields: EventFields, name: string): number | null {
  const value = fields[name];
  return typeof value === "number" ? value : null;
}

/** A field's text, a number's too; `null` where it has none. */
export function textIn(fields: EventFields, name: string): string | null {
  const value = fields[name];
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : null;
}

/** A field's numbers by name; none where it has none. */
export function numbersIn(fields: EventFields, name: string): Readonly<Record<string, number>> {
  const value: EventValue | undefined = fields[name];
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}

/** Whether the event is of a chain that is made for show. */
export function isSimulated({ fields }: StoredEvent): boolean {
  return fields["simulated"] === true;
}
