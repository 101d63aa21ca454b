/** Which samples are in the window of each step. Series that were sampled together share their times, and so these. */

/** At step `i` the samples `from[i] … to[i])`. */
export interface WindowBounds {
  readonly timestampsMs: Float64Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** 1 where there are at least so many samples, by that number. Shared: nobody may change it. */
  readonly withOne: Uint8Array;
  readonly withTwo: Uint8Array;
}

/**
 * A function that finds the bounds of the windows `endsMs[i] − rangeMs < time ≤ endsMs[i]` for a series' times; `endsMs` and the times
 * ascend. It gives the same object as before for the same array of times.
 */
export function boundsFinder(endsMs: Float64Array, rangeMs: number): (timestampsMs: Float64Array) => WindowBounds {
  let last: WindowBounds | null = null;
  return (timestampsMs) => {
    if (last?.timestampsMs !== timestampsMs) last = findBounds(timestampsMs, endsMs, rangeMs);
    return last;
  };
}

function findBounds(timestampsMs: Float64Array, endsMs: Float64Array, rangeMs: number): WindowBounds {
  const count = endsMs.length;
  const from = new Int32Array(count);
  const to = new Int32Array(count);
  const withOne = new Uint8Array(count);
  const withTwo = new Uint8Array(count);
  let first = 0;
  let end = 0;
  for (let i = 0; i < count; i++) {
    const endMs = endsMs[i] ?? 0;
    while (end < timestampsMs.length && (timestampsMs[end] ?? 0) <= endMs) end += 1;
    while (first < end && (timestampsMs[first] ?? 0) <= endMs - rangeMs) first += 1;
    from[i] = first;
    to[i] = end;
    withOne[i] = end - first >= 1 ? 1 : 0;
    withTwo[i] = end - first >= 2 ? 1 : 0;
  }
  return { timestampsMs, from, to, withOne, withTwo };
}
