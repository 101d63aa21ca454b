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

/** Between two ticks of the process that is killed, ms of the store's time. */
export const tickSpacingMs = 5 * 60_000;

export function tickTimeMs(tick: number): number {
  return noonMs + tick * tickSpacingMs;
}

/** The inverse. */
export function tickAt(timeMs: number): number {
  return (timeMs - noonMs) / tickSpacingMs;
}

/**
 * Which series the tick has: one group comes and goes, as processes do, and every three hours there is a new one. Not shorter, because
 * tiers leave out what hardly was there.
 */
export function seriesOfTick(tick: number): number[] {
  const count = tick % 97 < 30 ? 40 : 70;
  return [...Array.from({ length: count }, (_, s) => s), 1000 + Math.ceil(tick / 36)];
}

export function tickValue(tick: number, series: number): number {
  return 10_000 * tick + series;
}
