/** Durations as people write them on a command line. */
import { UsageError } from "./usage-error.ts";

const unitsMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15m` → 900 000 ms. A `UsageError` that names the flag for anything else, and for more than ten years. */
export function parseDuration(flag: string, text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const durationMs = Number(digits) * (unitsMs[unit ?? ""] ?? Number.NaN);
  if (durationMs > 0 && durationMs <= 3650 * 86_400_000) return durationMs;
  throw new UsageError(`${flag} takes a duration such as 30s, 15m, 12h or 90d, not ${JSON.stringify(text)}`);
}
