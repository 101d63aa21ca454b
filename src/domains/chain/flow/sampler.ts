/**
 * Which transactions of a client are traced: all of them, or, where there are more than may be, the half, the quarter … of them, by their trace
 * ids. So agents that sample at different ratios still have the same transactions in common. It knows no clock: times are handed in.
 */
import { isSampled } from "../../../core/flow-names.ts";

export interface Sampler {
  /** The share that is traced now. */
  ratioAt(nowMs: number): number;
  /** Whether a transaction that is seen for the first time is traced; it counts then. Times are of a monotonic clock. */
  take(traceId: string, nowMs: number): boolean;
  /** There is no room for as many: half of what was traced until now is. */
  halve(): void;
}

/** The rate is looked at over this time: transactions come in bursts, all of a block's at once. */
const windowMs = 10_000;
/** A ratio doubles when what was kept in a window is at most this share of what may be, so that it does not waver between two. */
const doublingShare = 0.25;
/** A window's budgets that are kept in it at most: enough to halve ten times. Only ids that are made up to be kept at any ratio come to that. */
const budgetsMax = 10;
/** One of a million; below it there is nothing to be seen. */
const ratioMin = 2 ** -20;

/** `perSecondMax`: on average over ten seconds; where more come, the ratio falls within the burst. */
export function openSampler(perSecondMax: number): Sampler {
  const budget = perSecondMax * (windowMs / 1000);
  let ratio = 1;
  /** Since the ratio changed last, or the window began; and in the window. */
  let kept = 0;
  let keptInWindow = 0;
  let sinceMs = Number.NEGATIVE_INFINITY;

  const ratioAt = (nowMs: number): number => {
    const windows = Math.floor((nowMs - sinceMs) / windowMs);
    if (windows < 1) return ratio;
    // Windows after the one that was counted had nothing in them.
    const quiet = windows - 1 + (keptInWindow <= budget * doublingShare ? 1 : 0);
    ratio = Math.min(1, ratio * 2 ** Math.min(quiet, 20));
    kept = 0;
    keptInWindow = 0;
    sinceMs = nowMs;
    return ratio;
  };
  const halve = (): void => {
    ratio = Math.max(ratioMin, ratio / 2);
    kept = 0;
  };

  return {
    ratioAt,
    take(traceId, nowMs) {
      if (!isSampled(traceId, ratioAt(nowMs))) return false;
      if (kept >= budget) halve();
      if (!isSampled(traceId, ratio) || keptInWindow >= budget * budgetsMax) return false;
      kept++;
      keptInWindow++;
      return true;
    },
    halve,
  };
}
