/** Times and ranges as clients write them: RFC 3339, unix seconds, or relative to now. */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const;

const durationPattern = /^(\d{1,12}(?:\.\d{1,9})?)(ms|s|m|h|d|w|y)$/;
/** RFC 3339, with the offset that it demands; `Date.parse` alone would take far more. */
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
/** The last moment a JavaScript Date can name: 100,000,000 days after the epoch (ECMA-262, Time Values). */
const lastMs = 8.64e15;

/** `now`, `-1h`, `now-15m`, `2026-11-25T20:00:00Z`, `1764100000.5` → ms since the epoch. Errors: `BAD_REQUEST`. */
export function parseTime(text: string, nowMs: number): number {
  const timeMs = readTime(text.trim(), nowMs);
  if (timeMs !== null && Math.abs(timeMs) <= lastMs) return timeMs;
  throw new ChainPulseError("BAD_REQUEST", `${JSON.stringify(text.slice(0, 64))} is not a time`, {
    fix: "Write RFC 3339 with an offset, unix seconds, or relative: -1h, now-15m.",
  });
}

function readTime(text: string, nowMs: number): number | null {
  if (text === "now") return nowMs;
  const relative = /^(?:now)?-(.+)$/.exec(text)?.[1];
  const agoMs = relative === undefined ? null : readDuration(relative);
  if (agoMs !== null) return Math.round(nowMs - agoMs);
  if (/^-?\d{1,13}(?:\.\d{1,9})?$/.test(text)) return Math.round(Number(text) * 1000);
  const parsed = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

/** `15s`, `5m`, `1.5h`, or seconds as a plain number → ms. Errors: `BAD_REQUEST`. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const durationMs = readDuration(trimmed) ?? (/^\d{1,12}(?:\.\d{1,9})?$/.test(trimmed) ? Number(trimmed) * 1000 : Number.NaN);
  if (durationMs >= 1) return durationMs;
  throw new ChainPulseError("BAD_REQUEST", `${JSON.stringify(text.slice(0, 64))} is not a duration`, {
    fix: "Write a number and a unit (15s, 5m, 1h, 7d), or seconds.",
  });
}

function readDuration(text: string): number | null {
  const match = durationPattern.exec(text);
  // The pattern admits exactly the units of the table.
  return match === null ? null : Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs];
}

/** The times of a chart's points, ms since the epoch. */
export interface Grid {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  /** Points per series: start, start + step … end. */
  readonly points: number;
}

/** More points than this per series are refused, as Prometheus does (web/api/v1/api.go, `exceeded maximum resolution`). */
export const pointsMax = 11_000;

export const pointsDefault = 1000;

/** What a client asked for. */
export interface GridWish {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs?: number | undefined;
  readonly maxPoints?: number | undefined;
  readonly samplingIntervalMs: number;
}

/** Steps from `fromMs` on are whole units: with a thousand points those of half a day are minutes, and those of 40 days hours. */
const wholeMs = [
  { fromMs: 50 * unitsMs.m, unitMs: unitsMs.h },
  { fromMs: 40 * unitsMs.s, unitMs: unitsMs.m },
] as const;

/**
 * The times of a chart's points. They are whole multiples of the step, so that a range that moves on with time asks for the same
 * points again and a chart does not flicker; those closer than the ticks end with the range, which is how the first ticks of a node are
 * asked for. Without a step it is the smallest multiple of the sampling interval that keeps `maxPoints`, and of whole minutes or hours where
 * it is about that long: those the store has summaries of.
 * Errors: `BAD_REQUEST`, `QUERY_LIMIT`.
 */
export function gridOf(wish: GridWish): Grid {
  const { fromMs, toMs, samplingIntervalMs } = wish;
  if (fromMs > toMs) throw new ChainPulseError("BAD_REQUEST", "the range ends before it starts");
  const finest = (toMs - fromMs) / Math.max(1, (wish.maxPoints ?? pointsDefault) - 1);
  const unitMs = wholeMs.find(({ fromMs: leastMs }) => finest >= leastMs)?.unitMs ?? samplingIntervalMs;
  const stepMs = Math.round(wish.stepMs ?? Math.max(1, Math.ceil(finest / unitMs)) * unitMs);
  const beyondMs = stepMs < samplingIntervalMs ? toMs % stepMs : 0;
  const startMs = Math.floor((fromMs - beyondMs) / stepMs) * stepMs + beyondMs;
  const endMs = Math.max(startMs, Math.floor((toMs - beyondMs) / stepMs) * stepMs + beyondMs);
  const points = (endMs - startMs) / stepMs + 1;
  if (points > pointsMax) {
    throw new ChainPulseError("QUERY_LIMIT", `${points} points per series are more than ${pointsMax}`, {
      fix: "Ask for a longer step or a shorter range.",
    });
  }
  return { startMs, endMs, stepMs, points };
}

export const timeText = z.string().min(1).max(64).meta({ description: "RFC 3339, unix seconds, or relative: -1h, now." });
export const durationText = z.string().min(1).max(32).meta({ description: "15s, 5m, 1h; or seconds." });
export const maxPoints = z.coerce.number().int().min(2).max(pointsMax).meta({ description: "Points per series at most." });
