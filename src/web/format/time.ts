/** Instants and spans as text. Instants are ms since the epoch and shown in the zone that the user chose. */

const formatters = new Map<string, Intl.DateTimeFormat>();

/** IANA zone, or `undefined` for the browser's own. */
export type Zone = string | undefined;

/** `14:03:21`, on a 24-hour clock. */
export function clockTime(ms: number, zone: Zone): string {
  return formatter(zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
}

/** `25 Nov 2026, 14:03:21` */
export function dateTime(ms: number, zone: Zone): string {
  const day = formatter(zone, { day: "numeric", month: "short", year: "numeric" }).format(ms);
  return `${day}, ${clockTime(ms, zone)}`;
}

/** A sentence of the server's with its instants (`2026-11-25T14:03:21Z`) in the zone of the page, so that they agree with the axes. */
export function localInstants(text: string, zone: Zone): string {
  return text.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (instant) => {
    const ms = Date.parse(instant);
    return Number.isNaN(ms) ? instant : dateTime(ms, zone);
  });
}

/** Ticks of a time axis `gapMs` apart: seconds only where they differ, the day at midnight and on wide axes. */
export function axisTimes(timesMs: readonly number[], gapMs: number, zone: Zone): string[] {
  const clock = formatter(zone, {
    hour: "2-digit",
    minute: "2-digit",
    ...(gapMs < 60_000 ? { second: "2-digit" as const } : {}),
  });
  const day = formatter(zone, { day: "numeric", month: "short" });
  return timesMs.map((ms) => {
    const text = clock.format(ms);
    return gapMs >= 86_400_000 || text === "00:00" || text === "00:00:00" ? day.format(ms) : text;
  });
}

/** A span in its two largest units: `14 s`, `2 min 5 s`, `3 h 12 min`, `8 d 4 h`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  const shown = parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count} ${unit}`).join(" ");
}

/** `now` for less than two seconds, else `14 s ago`. */
export function agoText(sinceMs: number, nowMs: number): string {
  const span = nowMs - sinceMs;
  return span < 2000 ? "now" : `${spanText(span)} ago`;
}

function formatter(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone ?? ""}|${Object.keys(options).join()}`;
  let found = formatters.get(key);
  if (found === undefined) {
    // British English: day before month, 24 hours; the interface's own language is English.
    found = new Intl.DateTimeFormat("en-GB", {
      ...options,
      hourCycle: "h23",
      ...(zone === undefined ? {} : { timeZone: zone }),
    });
    formatters.set(key, found);
  }
  return found;
}
