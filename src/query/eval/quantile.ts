/** Quantiles of samples and of classic histograms. Source: Prometheus 3, promql/quantile.go. */

/** Working space of `quantile`: a new array for each window costs more than sorting it. Grows to the longest window, within bounds. */
let workspace = new Float64Array(256);
/** Longer windows get memory of their own: what one query has needed is not kept for ever. At most 4 MB are. */
const keptMax = 262_144;

/** The q-quantile of `values[from … to)`, interpolated linearly between two samples; NaN counts as the smallest value. */
export function quantile(q: number, values: Float64Array, from = 0, to = values.length): number {
  const count = to - from;
  if (count === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const sorted = sortedCopy(values, from, to);
  let nanCount = 0;
  while (nanCount < count && Number.isNaN(sorted[count - 1 - nanCount])) nanCount += 1;
  const rank = q * (count - 1);
  const lower = Math.max(0, Math.floor(rank));
  const upper = Math.min(count - 1, lower + 1);
  const weight = rank - Math.floor(rank);
  return ranked(sorted, lower, nanCount) * (1 - weight) + ranked(sorted, upper, nanCount) * weight;
}

function ranked(sorted: Float64Array, rank: number, nanCount: number): number {
  return rank < nanCount ? Number.NaN : (sorted[rank - nanCount] ?? Number.NaN);
}

/** Up to this many values insertion beats the native sort, which is called through an array of its own. */
const insertionMax = 32;

/** The values, ascending, NaN at the end, in the head of memory that the next call may use again. */
function sortedCopy(values: Float64Array, from: number, to: number): Float64Array {
  const count = to - from;
  if (count > keptMax) return values.slice(from, to).sort();
  if (count > workspace.length) workspace = new Float64Array(2 * count);
  const sorted = workspace;
  if (count > insertionMax) {
    sorted.set(values.subarray(from, to));
    sorted.subarray(0, count).sort();
    return sorted;
  }
  for (let i = 0; i < count; i++) {
    const value = values[from + i] ?? Number.NaN;
    let j = i;
    for (; j > 0; j--) {
      const before = sorted[j - 1] ?? Number.NaN;
      if (before <= value || Number.isNaN(value)) break;
      sorted[j] = before;
    }
    sorted[j] = value;
  }
  return sorted;
}

/** Observations up to and including `upperBound`. */
export interface Bucket {
  readonly upperBound: number;
  count: number;
}

/** A quantile of a classic histogram and what of its buckets had to be repaired. */
export interface BucketQuantile {
  readonly value: number;
  /** `null`: nothing. */
  readonly repair: BucketRepair | null;
}

/** Buckets that counted fewer observations than a smaller one, by more than rounding explains. */
export interface BucketRepair {
  /** Least and greatest of their upper bounds. */
  readonly boundMin: number;
  readonly boundMax: number;
  /** By how many observations one was short. */
  readonly dropMax: number;
}

/** Relative difference of two bucket counts that is taken for rounding. Source: quantile.go, smallDeltaTolerance. */
const roundingTolerance = 1e-12;

/** The q-quantile of a classic histogram, interpolated linearly within a bucket. `buckets` are sorted in place. */
export function bucketQuantile(q: number, buckets: Bucket[]): BucketQuantile {
  const plain = (value: number): BucketQuantile => ({ value, repair: null });
  if (Number.isNaN(q)) return plain(Number.NaN);
  if (q < 0) return plain(Number.NEGATIVE_INFINITY);
  if (q > 1) return plain(Number.POSITIVE_INFINITY);
  buckets.sort((a, b) => a.upperBound - b.upperBound || 0);
  if (buckets.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return plain(Number.NaN);
  const merged = coalesce(buckets);
  const repair = makeMonotonic(merged);
  const last = merged.length - 1;
  const observations = merged[last]?.count ?? 0;
  if (last < 1 || observations === 0) return { value: Number.NaN, repair };
  const rank = q * observations;
  const found = merged.findIndex((bucket, index) => index === last || bucket.count >= rank);
  return { value: interpolate(merged, found, rank), repair };
}

function interpolate(buckets: readonly Bucket[], index: number, rank: number): number {
  const bucket = buckets[index];
  const before = buckets[index - 1];
  if (bucket === undefined) return Number.NaN;
  if (index === buckets.length - 1) return before?.upperBound ?? Number.NaN;
  if (before === undefined && bucket.upperBound <= 0) return bucket.upperBound;
  const lower = before?.upperBound ?? 0;
  const countBefore = before?.count ?? 0;
  return lower + (bucket.upperBound - lower) * ((rank - countBefore) / (bucket.count - countBefore));
}

/** The share of observations between two values. Source: promql/quantile.go, BucketFraction. */
export function bucketFraction(lower: number, upper: number, buckets: Bucket[]): number {
  buckets.sort((a, b) => a.upperBound - b.upperBound || 0);
  if (buckets.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) return Number.NaN;
  const merged = coalesce(buckets);
  const observations = merged.at(-1)?.count ?? 0;
  if (observations === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return Number.NaN;
  if (lower >= upper) return 0;
  return (rankOf(upper, merged, observations) - rankOf(lower, merged, observations)) / observations;
}

/** Observations below `value`, interpolated linearly within its bucket. */
function rankOf(value: number, buckets: readonly Bucket[], observations: number): number {
  if (value === Number.NEGATIVE_INFINITY) return 0;
  let countBefore = 0;
  let lowerBound = (buckets[0]?.upperBound ?? 0) > 0 ? 0 : Number.NEGATIVE_INFINITY;
  for (const { upperBound, count } of buckets) {
    if (value <= lowerBound) return countBefore;
    if (value < upperBound) {
      if (lowerBound === Number.NEGATIVE_INFINITY) return count;
      return countBefore + ((count - countBefore) * (value - lowerBound)) / (upperBound - lowerBound);
    }
    countBefore = count;
    lowerBound = upperBound;
  }
  return observations;
}

function coalesce(sorted: readonly Bucket[]): Bucket[] {
  const merged: Bucket[] = [];
  for (const { upperBound, count } of sorted) {
    const last = merged.at(-1);
    if (last?.upperBound === upperBound) last.count += count;
    else merged.push({ upperBound, count });
  }
  return merged;
}

/** Counts must ascend for the search. Returns what had to be corrected for more than rounding. */
function makeMonotonic(buckets: readonly Bucket[]): BucketRepair | null {
  let repair: BucketRepair | null = null;
  let previous = buckets[0]?.count ?? 0;
  for (const bucket of buckets.slice(1)) {
    const { upperBound, count } = bucket;
    const isRounded = Math.abs(count - previous) / (count + previous) < roundingTolerance;
    if (count < previous && !isRounded) {
      repair = joinRepairs(repair, { boundMin: upperBound, boundMax: upperBound, dropMax: previous - count });
    }
    if (count < previous || isRounded) bucket.count = previous;
    else previous = count;
  }
  return repair;
}

/** What two repairs come to. */
export function joinRepairs(before: BucketRepair | null, after: BucketRepair): BucketRepair {
  if (before === null) return after;
  return {
    boundMin: Math.min(before.boundMin, after.boundMin),
    boundMax: Math.max(before.boundMax, after.boundMax),
    dropMax: Math.max(before.dropMax, after.dropMax),
  };
}
