/**
 * Which part of time a trace's picture is about. One sender with a clock of 1970 or 2100 must not make all others a single pixel: what is too
 * far from most spans is counted and shown apart.
 */

export interface PlausibleTimes {
  /** Window that holds all spans but those outside, ms after the origin of the columns. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Row → 1 where the span begins or ends too far away. */
  readonly outside: Uint8Array;
  readonly outsideCount: number;
}

/** No trace rests for so long: a transaction leaves Bitcoin's mempool after 336 h (`-mempoolexpiry`, Bitcoin Core src/kernel/mempool_options.h). */
const restMsMax = 30 * 86_400_000;

/**
 * Spans whose starts are at most 30 days from one another belong together; the largest such group is what the trace is about, and the later
 * one of equal groups. Without any plausible end all times are taken as they are. `byStart`: rows by their start.
 */
export function plausibleTimes(starts: Float64Array, durations: Float64Array, byStart: Int32Array): PlausibleTimes {
  const { from, to } = largestGroup(starts, byStart);
  const fromMs = starts[byStart[from] ?? 0] ?? 0;
  const lastMs = starts[byStart[to] ?? 0] ?? 0;
  const outside = new Uint8Array(starts.length).fill(1);
  let toMs = lastMs;
  let inside = 0;
  for (let index = from; index <= to; index++) {
    const row = byStart[index] ?? 0;
    const endMs = (starts[row] ?? 0) + (durations[row] ?? 0);
    if (endMs > lastMs + restMsMax) continue;
    outside[row] = 0;
    inside++;
    toMs = Math.max(toMs, endMs);
  }
  if (inside > 0) return { fromMs, toMs, outside, outsideCount: starts.length - inside };
  return { ...wholeTime(starts, durations), outside: outside.fill(0), outsideCount: 0 };
}

/** Begin and end in the list of rows; of no rows `from` is 0 and `to` −1. */
function largestGroup(starts: Float64Array, byStart: Int32Array): { readonly from: number; readonly to: number } {
  let best = { from: 0, to: -1 };
  let from = 0;
  for (let index = 0; index < byStart.length; index++) {
    const nextMs = starts[byStart[index + 1] ?? -1] ?? Number.POSITIVE_INFINITY;
    if (nextMs - (starts[byStart[index] ?? 0] ?? 0) <= restMsMax) continue;
    if (index - from >= best.to - best.from) best = { from, to: index };
    from = index + 1;
  }
  return best;
}

function wholeTime(starts: Float64Array, durations: Float64Array): { readonly fromMs: number; readonly toMs: number } {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const [row, startMs] of starts.entries()) {
    fromMs = Math.min(fromMs, startMs);
    toMs = Math.max(toMs, startMs, startMs + (durations[row] ?? 0));
  }
  return starts.length === 0 ? { fromMs: 0, toMs: 0 } : { fromMs, toMs };
}
