/** What the store's tests and the process that they kill agree on. Apart, so that the process starts fast. */
import type { Logger } from "../core/logger.ts";

export const hourMs = 3_600_000;
/** 2026-11-25T12:00:00Z: the beginning of a partition of 6 h. */
export const noonMs = Date.UTC(2026, 10, 25, 12);

export const quietLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => quietLogger,
};

/** Which of 200 series the tick has: one group comes and goes, as processes do. */
export function seriesOfTick(tick: number): number[] {
  const count = tick % 97 < 30 ? 120 : 200;
  return Array.from({ length: count }, (_, s) => s);
}
