/** Reads what a pressure file counts; the machine's and every cgroup's have the same form. */
import type { TextCursor } from "../../../io/parse-text.ts";

const microsecondsPerSecond = 1e6;

/**
 * `some avg10=2.07 avg60=1.36 avg300=0.68 total=35237093` → seconds since boot; NaN where the file has no such line.
 * Source: Documentation/accounting/psi.rst; `total` is in microseconds and exact, the averages are damped and rounded.
 */
export function pressureSeconds(cursor: TextCursor, text: string, stall: "some" | "full"): number {
  const line = text.startsWith(stall) ? 0 : text.indexOf(`\n${stall} `);
  if (line === -1) return Number.NaN;
  return cursor.reset(text, text.indexOf("total=", line) + "total=".length).number() / microsecondsPerSecond;
}
