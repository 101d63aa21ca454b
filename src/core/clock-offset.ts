/** What is known of an agent's clock at another time than the one it was found for. A file of its own, without the schemas of the record. */
import type { ClockOffset } from "./agent-record.ts";

/** By how much a clock's rate may leave what it was: 15 parts in a million. Source: RFC 5905 §7.1, PHI. */
export const wanderRate = 15e-6;

/** The offset `ms` after the time that it is of; before it, where that is negative. */
export function offsetAfter(clock: ClockOffset, ms: number): ClockOffset {
  const { offsetMs, errorMs, atMs, drift } = clock;
  const { ppm, errorPpm } = drift ?? { ppm: 0, errorPpm: 0 };
  return {
    ...clock,
    offsetMs: offsetMs + ppm * 1e-6 * ms,
    errorMs: errorMs + (errorPpm * 1e-6 + wanderRate) * Math.abs(ms),
    ...(atMs === undefined ? {} : { atMs: atMs + ms }),
  };
}
