/** Between instants and `<input type="datetime-local">`, which knows no zones. */
import type { Zone } from "./time.ts";

/** `2026-11-25T14:03:21` as a clock in the zone shows it. */
export function toZoned(ms: number, zone: Zone): string {
  const parts = new Map(
    new Intl.DateTimeFormat("en-GB", {
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      ...(zone === undefined ? {} : { timeZone: zone }),
    })
      .formatToParts(ms)
      .map((part) => [part.type, part.value]),
  );
  const get = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? "";
  return `${get("year")}-${get("month")}-${get("day")}T${get("hour")}:${get("minute")}:${get("second")}`;
}

/** The instant that such a text means in the zone; `null` when it is no date and time. In the hour that a zone skips: an hour later. */
export function fromZoned(text: string, zone: Zone): number | null {
  const asUtc = Date.parse(`${text}Z`);
  if (Number.isNaN(asUtc)) return null;
  // The zone's offset is known only at an instant: guess, look, correct; a second look settles changes of offset in between.
  let ms = asUtc;
  for (let round = 0; round < 2; round++) ms += asUtc - Date.parse(`${toZoned(ms, zone)}Z`);
  return ms;
}
