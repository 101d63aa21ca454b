/**
 * What it says of a counter when its counting began: of resets that its values do not show, and of an increase since then.
 * Source: Prometheus 3.14, promql/functions.go (isStartTimestampReset, checkStartTimeOverlap, extrapolatedRate, instantValue).
 */
import { type ExtrapolationKind, extrapolationFactor, extrapolationThreshold } from "./rate.ts";
import type { RangeSeries } from "./values.ts";

/** When the counting of a sample began, and when it was taken, ms. */
export interface Counting {
  /** 0: not known. */
  readonly startMs: number;
  readonly timeMs: number;
}

/** The functions that ask for it. */
export const startFunctions: ReadonlySet<string> = new Set(["rate", "increase", "irate", "resets"]);

export function hasStarts({ startsMs }: RangeSeries): boolean {
  return startsMs?.some((startMs) => startMs !== 0) ?? false;
}

/** The `count` samples from index `from` on. */
export function countingsOf({ timestampsMs, startsMs }: RangeSeries, from: number, count: number): readonly Counting[] {
  return Array.from({ length: count }, (_, i) => {
    return { startMs: startsMs?.[from + i] ?? 0, timeMs: timestampsMs[from + i] ?? 0 };
  });
}

/** Whether the counting began anew between two samples. */
export function beganAnew(current: Counting, before: Counting): boolean {
  // One that begins with its own sample is OpenTelemetry's way to say that the begin is not known.
  if (current.startMs === 0 || current.startMs >= current.timeMs) return false;
  if (current.startMs !== before.timeMs) return current.startMs > before.timeMs;
  // Deltas count from one sample to the next. A counter whose begin is not known has the first sample as its begin for ever.
  return before.startMs !== 0 && before.startMs < before.timeMs;
}

/** Whether a sample says that it counts from before the sample before it, which counts from another time. */
export function overlaps(current: Counting, before: Counting): boolean {
  return current.startMs !== 0 && current.startMs < before.timeMs && current.startMs !== before.startMs;
}

/** Whether there are samples that overlap. */
export function hasOverlap(countings: readonly Counting[]): boolean {
  return countings.some((current, i) => overlaps(current, countings[i - 1] ?? current));
}

/** The samples of a range, at least one, and the range. */
export interface CountedRange {
  readonly countings: readonly Counting[];
  readonly endMs: number;
  readonly rangeMs: number;
}

/** Whether a counter began within a range, so that it was 0 then and no increase has to be guessed from there to the first sample. */
export function beganWithin({ countings: [first], endMs, rangeMs }: CountedRange): boolean {
  if (first === undefined || first.startMs === 0) return false;
  return first.startMs > endMs - rangeMs && first.startMs < first.timeMs;
}

/** What an increase is multiplied with where the counter began within the range; `extrapolationFactor` is for all other ranges. */
function factorSinceBegin({ countings, endMs, rangeMs }: CountedRange, { perSecond }: ExtrapolationKind): number {
  const [first, last] = [countings[0], countings.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  const counted = (last.timeMs - first.startMs) / 1000;
  // A single sample has no intervals: nothing is guessed behind it.
  const interval = (last.timeMs - first.timeMs) / 1000 / Math.max(1, countings.length - 1);
  let toEnd = (endMs - last.timeMs) / 1000;
  if (toEnd >= interval * extrapolationThreshold) toEnd = interval / 2;
  const factor = (counted + toEnd) / counted;
  return perSecond ? factor / (rangeMs / 1000) : factor;
}

/** By how much an increase grows when it is extended to the range's edges. `increase` and `first` decide where a counter was 0. */
export function growth(
  range: CountedRange,
  { increase, first }: { readonly increase: number; readonly first: number },
  kind: ExtrapolationKind,
): number {
  if (kind.isCounter && beganWithin(range)) return factorSinceBegin(range, kind);
  const { countings, endMs, rangeMs } = range;
  const [firstMs, lastMs] = [countings[0]?.timeMs ?? 0, countings.at(-1)?.timeMs ?? 0];
  return extrapolationFactor({ increase, first, firstMs, lastMs, samples: countings.length }, endMs, rangeMs, kind);
}

/** rate and increase of the numbers in a range; `undefined` where there are too few. */
export function extrapolatedNumber(
  values: readonly number[],
  range: CountedRange,
  kind: ExtrapolationKind,
): number | undefined {
  const [first, last] = [values[0], values.at(-1)];
  const begins = beganWithin(range);
  if (first === undefined || last === undefined || (values.length < 2 && !begins)) return undefined;
  let increase = last - first;
  for (const [i, value] of values.entries()) {
    if (i > 0 && isReset(values, range.countings, i)) increase += values[i - 1] ?? 0;
    if (i === 0 && begins) increase += value;
  }
  return increase * growth(range, { increase, first }, kind);
}

/** irate of the numbers in a range: only the last two count. */
export function lastNumberRate(values: readonly number[], { countings }: CountedRange): number | undefined {
  const at = values.length - 1;
  const [before, last] = [values[at - 1], values[at]];
  const [beforeAt, lastAt] = [countings[at - 1], countings[at]];
  if (before === undefined || last === undefined || beforeAt === undefined || lastAt === undefined) return undefined;
  const increase = isReset(values, countings, at) ? last : last - before;
  return increase / ((lastAt.timeMs - beforeAt.timeMs) / 1000);
}

function isReset(values: readonly number[], countings: readonly Counting[], i: number): boolean {
  const [current, before] = [countings[i], countings[i - 1]];
  const isLess = (values[i] ?? 0) < (values[i - 1] ?? 0);
  return isLess || (current !== undefined && before !== undefined && beganAnew(current, before));
}
