/** Up to when the engine that keeps the samples shows them, in shared memory: the main thread writes it, those that ask the engine read it. */

export type ShownTime = Float64Array<SharedArrayBuffer>;

export function createShownTime(): ShownTime {
  return new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)).fill(Number.NaN);
}

/** Time never goes back: what is sent late was there before. */
export function setShownMs(time: ShownTime, timeMs: number): void {
  const before = time[0] ?? Number.NaN;
  time[0] = Number.isNaN(before) ? timeMs : Math.max(before, timeMs);
}

/** ms since the epoch; `null` while nothing was acknowledged. */
export function shownMs(time: ShownTime): number | null {
  const ms = time[0] ?? Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
