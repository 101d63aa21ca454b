/**
 * The functions that change each element of an instant vector on its own: mathematics, rounding, clamping, calendar.
 * Source: Prometheus 3.14, promql/functions.go.
 */
import { goMax, goMin } from "./go-math.ts";

/** `args` are the function's scalar arguments at the same step. */
export type ElementFunction = (value: number, args: readonly number[]) => number;

function clamp(value: number, lower: number, upper: number): number {
  return goMax(lower, goMin(upper, value));
}

/** Half up, to a multiple of `toNearest`; multiplying by the inverse loses less than dividing. */
function round(value: number, toNearest: number): number {
  const inverse = 1 / toNearest;
  return Math.floor(value * inverse + 0.5) / inverse;
}

/** After 400 years, which are 146,097 days and whole weeks, the Gregorian calendar repeats. */
const cycleSeconds = 146_097 * 86_400;

/**
 * `read` gets a date of the same place in another cycle, which is so many years away: `Date` ends in the year 275,760, Prometheus's
 * calendar does not. What no 64-bit integer holds is no time.
 */
function calendar(read: (date: Date, yearsAway: number) => number): ElementFunction {
  return (value) => {
    const seconds = Math.trunc(value);
    if (!(Math.abs(seconds) < 2 ** 63)) return Number.NaN;
    const rest = ((seconds % cycleSeconds) + cycleSeconds) % cycleSeconds;
    return read(new Date(rest * 1000), Math.round((seconds - rest) / cycleSeconds) * 400);
  };
}

const dayMs = 86_400_000;

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs) + 1;
}

function daysInMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

/** By name. */
export const elementFunctions = {
  abs: Math.abs,
  ceil: Math.ceil,
  floor: Math.floor,
  exp: Math.exp,
  sqrt: Math.sqrt,
  ln: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  rad: (value) => (value * Math.PI) / 180,
  deg: (value) => (value * 180) / Math.PI,
  sgn: (value) => (value < 0 ? -1 : value > 0 ? 1 : value),
  round: (value, [toNearest = 1]) => round(value, toNearest),
  clamp: (value, [lower = Number.NaN, upper = Number.NaN]) => clamp(value, lower, upper),
  clamp_min: (value, [lower = Number.NaN]) => clamp(value, lower, Number.POSITIVE_INFINITY),
  clamp_max: (value, [upper = Number.NaN]) => clamp(value, Number.NEGATIVE_INFINITY, upper),
} satisfies Record<string, ElementFunction>;

/** Fields of a time in seconds since the epoch, in UTC. Without an argument they take the evaluated time. */
export const calendarFunctions = {
  day_of_month: calendar((date) => date.getUTCDate()),
  day_of_week: calendar((date) => date.getUTCDay()),
  day_of_year: calendar(dayOfYear),
  days_in_month: calendar(daysInMonth),
  hour: calendar((date) => date.getUTCHours()),
  minute: calendar((date) => date.getUTCMinutes()),
  month: calendar((date) => date.getUTCMonth() + 1),
  year: calendar((date, yearsAway) => date.getUTCFullYear() + yearsAway),
} satisfies Record<string, ElementFunction>;
