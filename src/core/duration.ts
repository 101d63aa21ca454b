/**
 * Durations as Prometheus writes them, in expressions and in configuration files: `90s`, `1h30m`, `1d`.
 * Source: Prometheus common model/time.go (ParseDuration, Duration.String).
 */

/** Longest first, in ms. A year has 365 days. */
const units = [
  ["y", 31_536_000_000],
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
] as const;

/** Longest duration Prometheus can hold: 2^63 ns. */
const durationMsMax = 2 ** 63 / 1e6;

const part = /(\d+)(\D+)/g;

/** `1h30m` → ms; `null` when it is no duration, `Infinity` when it is too long. */
export function parseDuration(text: string): number | null {
  if (durationFault(text) !== null) return null;
  let totalMs = 0;
  for (const [, number, unit] of text.matchAll(part)) {
    totalMs += Number(number) * (units.find(([name]) => name === unit)?.[1] ?? 0);
  }
  return totalMs > durationMsMax ? Number.POSITIVE_INFINITY : totalMs;
}

/** Why a text is no duration: a unit that does not exist, or else its form: each unit at most once, from the longest to the shortest. */
export function durationFault(text: string): { readonly unknownUnit: string | null } | null {
  if (!/^(?:\d+\D+)+$/.test(text)) return { unknownUnit: null };
  let last = -1;
  for (const [, , unit = ""] of text.matchAll(part)) {
    const position = units.findIndex(([name]) => name === unit);
    if (position < 0) return { unknownUnit: unit };
    if (position <= last) return { unknownUnit: null };
    last = position;
  }
  return null;
}

/** ms → `1h30m`; weeks and years only where they come out even, so that no unit changes its meaning. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 0) return `-${formatDuration(-durationMs)}`;
  if (durationMs === 0) return "0s";
  let rest = durationMs;
  let text = "";
  for (const [unit, unitMs] of units) {
    const mustBeEven = unit === "y" || unit === "w";
    if (rest < unitMs || (mustBeEven && rest % unitMs !== 0)) continue;
    text += `${Math.floor(rest / unitMs)}${unit}`;
    rest %= unitMs;
  }
  return text;
}
