/**
 * What a function of an extended range sees: the samples of the range and those around it within the look-back delta, so that its
 * edges have values. Source: Prometheus 3.14, promql/functions.go (extendedRate, pickFirstSampleIndex).
 */
import { countUpTo } from "../../core/count-up-to.ts";
import type { RangeSeries } from "./values.ts";

export interface ExtendedWindow extends Pick<RangeSeries, "timestampsMs" | "values" | "histograms"> {
  /** The samples `from … to)`, at least one. */
  readonly from: number;
  readonly to: number;
  /** The range itself is `startMs < time ≤ endMs`. */
  readonly startMs: number;
  readonly endMs: number;
  /** Between two samples the series goes straight; otherwise (anchored) a sample holds until the next one. */
  readonly isSmoothed: boolean;
}

/** The samples whose values, or the values between them, are those of the range's edges. */
export interface Edges {
  readonly first: number;
  readonly last: number;
}

/** `null` where there is nothing in the range. */
export function edgesOf({ timestampsMs, from, to, startMs, endMs, isSmoothed }: ExtendedWindow): Edges | null {
  const newest = to - 1;
  const first = Math.max(from, Math.min(newest, countUpTo(timestampsMs, startMs)) - 1);
  // Times are whole milliseconds: what is before the end is up to one before it.
  const last = isSmoothed ? Math.min(newest, countUpTo(timestampsMs, endMs - 1)) : newest;
  if ((timestampsMs[last] ?? 0) <= startMs) return null;
  return isSmoothed && (timestampsMs[first] ?? 0) > endMs ? null : { first, last };
}

/** Whether the value at an edge lies between two samples: the start's after `first`, the end's before `last`. */
export function isBetween(
  { timestampsMs, from, startMs, endMs, isSmoothed }: ExtendedWindow,
  { first, last }: Edges,
): {
  readonly start: boolean;
  readonly end: boolean;
} {
  return {
    start: isSmoothed && (timestampsMs[first] ?? 0) < startMs,
    end: isSmoothed && last > from && (timestampsMs[last] ?? 0) > endMs,
  };
}
