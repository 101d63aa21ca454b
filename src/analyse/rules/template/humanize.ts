/** Numbers as people read them. Source: Prometheus common helpers/templates (humanize…), template/template.go. */
import { formatGeneral } from "../../../query/go-format.ts";
import { printTime } from "./go-format.ts";
import { type GoTime, type GoValue, typeOf } from "./values.ts";

const large = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const small = ["m", "u", "n", "p", "f", "a", "z", "y"];
const binary = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];

/** Numbers, and texts that hold one. */
export function toFloat(value: GoValue): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "string") throw new Error(`can't convert ${typeOf(value)} to float`);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(value);
  if (special !== null) {
    const magnitude = special[2]?.toLowerCase() === "nan" ? Number.NaN : Number.POSITIVE_INFINITY;
    return special[1] === "-" ? -magnitude : magnitude;
  }
  const number = /^[+-]?(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value.replaceAll("_", "")) : Number.NaN;
  if (Number.isNaN(number)) throw new Error(`parsing ${JSON.stringify(value)}: invalid syntax`);
  return number;
}

/** `1234567` → `1.235M`, `0.0021` → `2.1m`. */
export function humanize(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return fourDigits(value);
  return Math.abs(value) >= 1 ? scaleDown(value, 1000, large) : scaleUp(value);
}

/** `1048576` → `1Mi`. */
export function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !Number.isFinite(value)) return fourDigits(value);
  return scaleDown(value, 1024, binary);
}

/** `0.1234` → `12.34%`. */
export function humanizePercentage(value: number): string {
  return `${fourDigits(value * 100)}%`;
}

/** Seconds → `1d 2h 3m 4s`, `12.5s`, `3ms`. */
export function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return fourDigits(value);
  if (value === 0) return "0s";
  if (Math.abs(value) < 1) return `${scaleUp(value)}s`;
  const sign = value < 0 ? "-" : "";
  const whole = Math.trunc(Math.abs(value));
  const [seconds, minutes, hours] = [whole % 60, Math.floor(whole / 60) % 60, Math.floor(whole / 3600) % 24];
  const days = Math.floor(whole / 86_400);
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes > 0) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${fourDigits(Math.abs(value))}s`;
}

/** Seconds since the epoch → `2009-02-13 23:31:30 +0000 UTC`. */
export function humanizeTimestamp(value: number): string {
  return Number.isFinite(value) ? printTime(toTime(value)) : fourDigits(value);
}

/** Limits of Go's time in nanoseconds, an int64. */
const nanosecondsMax = 2 ** 63;

/** Seconds since the epoch as an instant: whole nanoseconds, then whole ms. Source: Prometheus template/template.go, floatToTime; common model/time.go. */
export function toTime(seconds: number): GoTime {
  if (!Number.isFinite(seconds)) throw new Error("value is NaN or Inf");
  const nanoseconds = seconds * 1e9;
  if (Math.abs(nanoseconds) >= nanosecondsMax) {
    throw new Error(`${seconds} cannot be represented as a nanoseconds timestamp since it overflows int64`);
  }
  return { kind: "time", ms: Number(BigInt(Math.trunc(nanoseconds)) / 1_000_000n) };
}

function scaleDown(value: number, base: number, prefixes: readonly string[]): string {
  let [scaled, prefix] = [value, ""];
  for (const next of prefixes) {
    if (Math.abs(scaled) < base) break;
    prefix = next;
    scaled /= base;
  }
  return fourDigits(scaled) + prefix;
}

/** What is below one, in thousandths and their thousandths. */
function scaleUp(value: number): string {
  let [scaled, prefix] = [value, ""];
  for (const next of small) {
    if (Math.abs(scaled) >= 1) break;
    prefix = next;
    scaled *= 1000;
  }
  return fourDigits(scaled) + prefix;
}

function fourDigits(value: number): string {
  return formatGeneral(value, 4);
}
