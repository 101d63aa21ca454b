/**
 * Whether a histogram's counts have fallen since the one before.
 * Source: Prometheus model/histogram/float_histogram.go (DetectReset).
 */
import type { NativeHistogram } from "../../core/native-histogram.ts";
import { bucketRange, hasCustomBuckets, type NumberedCounts, numberedCounts } from "./buckets.ts";
import { commonBounds, countsWithin, equalBounds } from "./custom-bounds.ts";
import { coarserIndex, widenZeroBucket } from "./reconcile.ts";

/** A hint decides; without one a single bucket that counts less than before is enough. A finer resolution comes with a reset only. */
export function isCounterReset(current: NativeHistogram, previous: NativeHistogram): boolean {
  if (current.counterReset === "reset") return true;
  if (current.counterReset === "not_reset") return false;
  if (current.count < previous.count) return true;
  if (hasCustomBuckets(current)) return isResetOfCustomBuckets(current, previous);
  if (hasCustomBuckets(previous) || current.schema > previous.schema) return true;
  if (current.zeroThreshold < previous.zeroThreshold) return true;
  const widened = widenZeroBucket(previous, current.zeroThreshold);
  // A populated bucket that the new zero bucket cuts through cannot have been merged into it.
  if (widened.threshold !== current.zeroThreshold || current.zeroCount < widened.count) return true;
  return (
    hasFallen(sideOf(current, "positive", current), sideOf(previous, "positive", current)) ||
    hasFallen(sideOf(current, "negative", current), sideOf(previous, "negative", current))
  );
}

function isResetOfCustomBuckets(current: NativeHistogram, previous: NativeHistogram): boolean {
  if (!hasCustomBuckets(previous)) return true;
  const [now, before] = [current, previous].map(({ positiveSpans, positiveBuckets }) =>
    numberedCounts(positiveSpans, positiveBuckets),
  );
  if (now === undefined || before === undefined) return false;
  if (equalBounds(current.customValues, previous.customValues)) return hasFallen(byIndex(now), byIndex(before));
  const common = commonBounds(current.customValues, previous.customValues);
  return hasFallen(countsWithin(common, current.customValues, now), countsWithin(common, previous.customValues, before));
}

/** The counts outside the zero bucket of `target`, in its resolution. */
function sideOf(
  histogram: NativeHistogram,
  side: "positive" | "negative",
  target: NativeHistogram,
): ReadonlyMap<number, number> {
  const { indexes, counts } = numberedCounts(histogram[`${side}Spans`], histogram[`${side}Buckets`]);
  const merged = new Map<number, number>();
  for (const [place, index] of indexes.entries()) {
    const coarser = coarserIndex(index, histogram.schema, target.schema);
    const [, upper] = bucketRange(target, coarser);
    if (upper > target.zeroThreshold) merged.set(coarser, (merged.get(coarser) ?? 0) + (counts[place] ?? 0));
  }
  return merged;
}

function byIndex({ indexes, counts }: NumberedCounts): ReadonlyMap<number, number> {
  return new Map(indexes.map((index, place) => [index, counts[place] ?? 0]));
}

function hasFallen(now: ReadonlyMap<number, number>, before: ReadonlyMap<number, number>): boolean {
  for (const [index, count] of before) {
    const counted = now.get(index);
    if (counted === undefined ? count !== 0 : counted < count) return true;
  }
  return false;
}
