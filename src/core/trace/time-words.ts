/** Spans of time as words of a sentence, with how exactly they are known. Here because pages and the command line say the same. */

interface Unit {
  readonly name: string;
  readonly ms: number;
}

const microsecond: Unit = { name: "µs", ms: 0.001 };
const units: readonly Unit[] = [microsecond, { name: "ms", ms: 1 }, { name: "s", ms: 1000 }];
/** What is less is shown as none: the third digit of the smallest unit. */
const smallestMs = 0.000_005;
/** No clock that is compared over a network is known better. */
const smallestErrorMs = 0.001;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Between a number and its unit no line breaks. */
const blank = "\u00a0";

/** `0 s`, `850 µs`, `12.3 ms`, `9.4 s`, `2 min 5 s`, `3 h 12 min`, `8 d 4 h`. Below 0 with a minus sign. */
export function durationText(ms: number): string {
  const size = Math.abs(ms);
  if (size < smallestMs) return `0${blank}s`;
  const sign = ms < 0 ? "-" : "";
  if (size >= 2 * minuteMs) return sign + longText(size);
  const { name, ms: unitMs } = unitOf(size);
  return `${sign}${threeDigits(size / unitMs)}${blank}${name}`;
}

/** `312 ± 4 ms`: value and error in one unit, and no digit that the error makes idle. `errorMs` below a microsecond: known exactly; `null`: not known how exactly. */
export function measuredText(ms: number, errorMs: number | null): string {
  const size = Math.abs(ms);
  if (errorMs === null || errorMs < smallestErrorMs || !Number.isFinite(errorMs)) return durationText(ms);
  if (Math.max(size, errorMs) >= 2 * minuteMs) return [durationText(ms), "±", durationText(errorMs)].join(blank);
  const { name, ms: unitMs } = unitOf(Math.max(size, errorMs));
  const error = errorMs / unitMs;
  // One digit of the error; two of one that begins with 1 or 2, where rounding would change it by half.
  const decimals = Math.max(0, Math.min(3, -Math.floor(Math.log10(error / 3))));
  // A bound is rounded up: it must hold.
  const bound = Math.ceil(error * 10 ** decimals - 1e-9) / 10 ** decimals;
  // Both to the same digit: `8.50 ± 0.13 s`.
  const value = unsigned(Number((ms / unitMs).toFixed(decimals)));
  return [value.toFixed(decimals), "±", bound.toFixed(decimals), name].join(blank);
}

/** Not `-0`. */
function unsigned(value: number): number {
  return value === 0 ? 0 : value;
}

/** The largest unit of which there is one; what would be rounded to 1,000 of one is 1 of the next. */
function unitOf(sizeMs: number): Unit {
  return units.findLast(({ ms }) => sizeMs >= ms * 0.9995) ?? microsecond;
}

/** `9.4`, `12.3`, `312`: no zeroes at the end. */
function threeDigits(value: number): string {
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return String(Number(value.toFixed(decimals)));
}

/** In the two largest units. */
function longText(ms: number): string {
  if (ms < 2 * hourMs) return twoUnits(Math.round(ms / 1000), 60, "min", "s");
  if (ms < 2 * dayMs) return twoUnits(Math.round(ms / minuteMs), 60, "h", "min");
  return twoUnits(Math.round(ms / hourMs), 24, "d", "h");
}

function twoUnits(count: number, perLarge: number, large: string, small: string): string {
  const rest = count % perLarge;
  const parts = [Math.floor(count / perLarge).toLocaleString("en"), large, ...(rest === 0 ? [] : [rest, small])];
  return parts.join(blank);
}
