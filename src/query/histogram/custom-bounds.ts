/**
 * Custom bounds of two histograms that are computed with each other: what both have is kept.
 * Source: Prometheus model/histogram/float_histogram.go (intersectCustomBucketBounds, addCustomBucketsWithMismatches).
 */
import type { NumberedCounts } from "./buckets.ts";

/** Bit by bit, as bounds are taken from the same definitions. */
export function equalBounds(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((bound, i) => bound === b[i]);
}

/** The bounds that both have, ascending. */
export function commonBounds(a: readonly number[], b: readonly number[]): readonly number[] {
  const known = new Set(b);
  return a.filter((bound) => known.has(bound));
}

/** The bucket among those of `target` that a bucket ending at `bound` lies in; `undefined` bound: the last one. */
export function indexWithin(target: readonly number[], bound: number | undefined): number {
  const found = bound === undefined ? -1 : target.findIndex((candidate) => candidate >= bound);
  return found < 0 ? target.length : found;
}

/** Counts by the buckets of `target`, whose bounds are among `bounds`. */
export function countsWithin(
  target: readonly number[],
  bounds: readonly number[],
  { indexes, counts }: NumberedCounts,
): ReadonlyMap<number, number> {
  const merged = new Map<number, number>();
  for (const [place, index] of indexes.entries()) {
    const within = indexWithin(target, bounds[index]);
    merged.set(within, (merged.get(within) ?? 0) + (counts[place] ?? 0));
  }
  return merged;
}
