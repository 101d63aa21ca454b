/** Calling one of several the slowest: only where there is enough to say so, and always with the reason. */
import type { Estimate } from "./hops.ts";

/** What is needed to judge one of them. */
export interface Candidate {
  /** Times that it was measured. */
  readonly n: number;
  /** The middle one, and by how much it may be wrong. */
  readonly typical: Estimate;
}

export interface Verdict<T> {
  /** `null`: none can be called so. */
  readonly slowest: T | null;
  readonly reason: string;
}

/** With fewer, one odd measurement would decide. */
const leastTimes = 5;

/**
 * The one that beats the second by more than either may be wrong. What was measured less than five times, or without a known error, is left out.
 * `isSame`: of two that are the same thing, measured in two ways, neither has to beat the other.
 */
export function verdictOn<T extends Candidate>(
  candidates: readonly T[],
  isSame: (one: T, other: T) => boolean = () => false,
): Verdict<T> {
  const judged = candidates.filter(({ n, typical }) => n >= leastTimes && typical.errorMs !== null);
  const sorted = judged.toSorted((a, b) => b.typical.ms - a.typical.ms);
  const [slowest] = sorted;
  const second = sorted.find((one) => slowest !== undefined && one !== slowest && !isSame(slowest, one));
  if (slowest === undefined) {
    return { slowest: null, reason: `none was measured ${leastTimes} times with a known error` };
  }
  const errorMs = Math.max(slowest.typical.errorMs ?? Infinity, second?.typical.errorMs ?? 0);
  if (slowest.typical.ms <= errorMs) return { slowest: null, reason: "none takes longer than it may be wrong by" };
  if (second === undefined) return { slowest, reason: `it is the only one that was measured ${leastTimes} times` };
  if (slowest.typical.ms - second.typical.ms > errorMs) {
    return { slowest, reason: "its middle time is longer than the next one's by more than either may be wrong" };
  }
  return { slowest: null, reason: "the two slowest differ by less than they may be wrong by" };
}
