/** How long each span works itself: its time without that of its children, which may overlap each other and outlive it. */

/** Row → ms; at least 0. `byStart`: rows by their start. */
export function selfTimes({
  starts,
  durations,
  parent,
  byStart,
}: {
  readonly starts: Float64Array;
  readonly durations: Float64Array;
  readonly parent: Int32Array;
  readonly byStart: Int32Array;
}): Float64Array {
  const self = durations.map((duration) => Math.max(0, duration));
  /** Row → up to when its children so far have covered it. */
  const coveredUntil = starts.slice();
  for (const row of byStart) {
    const above = parent[row] ?? -1;
    if (above === -1) continue;
    const aboveEnd = (starts[above] ?? 0) + (durations[above] ?? 0);
    const from = Math.max(coveredUntil[above] ?? 0, starts[row] ?? 0);
    const to = Math.min(aboveEnd, (starts[row] ?? 0) + (durations[row] ?? 0));
    if (to <= from) continue;
    self[above] = (self[above] ?? 0) - (to - from);
    coveredUntil[above] = to;
  }
  // What is left of differences of large numbers may be a rounding below 0.
  return self.map((ms) => Math.max(0, ms));
}
