/** Percentiles that are values which there were: exact, by nearest rank (NIST/SEMATECH e-Handbook, 7.2.6.2). */

export interface Percentiles {
  /** Of how many. */
  readonly n: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** `null` of nothing. */
export function percentilesOf(timesMs: readonly number[]): Percentiles | null {
  const sorted = timesMs.toSorted((a, b) => a - b);
  const maxMs = sorted.at(-1);
  if (maxMs === undefined) return null;
  const at = (share: number): number => nearestRank(sorted, share) ?? maxMs;
  return { n: sorted.length, p50Ms: at(0.5), p90Ms: at(0.9), p95Ms: at(0.95), p99Ms: at(0.99), maxMs };
}

/** The least of them that at least this share do not exceed; `undefined` of nothing. */
export function nearestRank<T>(sorted: readonly T[], share: number): T | undefined {
  // 0.95 × 20 is a little more than 19 in floating point.
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)];
}
