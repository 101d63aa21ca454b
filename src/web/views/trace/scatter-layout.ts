/** Traces as points: when they began, and how long they took on a scale of powers of ten. Drawing and input share it. */

export interface ScatterPoint {
  readonly startMs: number;
  readonly durationMs: number;
}

export interface ScatterFrame {
  readonly width: number;
  readonly height: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Least and greatest duration, ms; above 0. */
  readonly leastMs: number;
  readonly mostMs: number;
}

/** Room of the durations to the left and the times below. */
export const scatterPad = { left: 64, right: 12, top: 8, bottom: 22 } as const;
/** What has no length, or one below 0, stands at the bottom. */
const durationMsMin = 0.001;
/** How near one must point, px. */
const reachPx = 14;

/** Whole powers of ten around all durations. */
export function scatterFrame(
  points: readonly ScatterPoint[],
  size: { readonly width: number; readonly height: number },
  window: { readonly fromMs: number; readonly toMs: number },
): ScatterFrame {
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const { durationMs } of points) {
    least = Math.min(least, Math.max(durationMsMin, durationMs));
    most = Math.max(most, durationMs);
  }
  const bottom = 10 ** Math.floor(Math.log10(Math.min(least, Math.max(durationMsMin, most))) + 1e-9);
  const top = 10 ** Math.ceil(Math.log10(Math.max(bottom * 10, most)) - 1e-9);
  return { ...size, ...window, leastMs: bottom, mostMs: top };
}

export function xOfTime({ width, fromMs, toMs }: ScatterFrame, ms: number): number {
  return scatterPad.left + ((ms - fromMs) / Math.max(1, toMs - fromMs)) * (width - scatterPad.left - scatterPad.right);
}

export function yOfDuration({ height, leastMs, mostMs }: ScatterFrame, ms: number): number {
  const share = Math.log10(Math.max(leastMs, ms) / leastMs) / Math.log10(mostMs / leastMs);
  return height - scatterPad.bottom - share * (height - scatterPad.top - scatterPad.bottom);
}

export function timeAtX(frame: ScatterFrame, x: number): number {
  return (
    frame.fromMs + ((x - scatterPad.left) / (frame.width - scatterPad.left - scatterPad.right)) * (frame.toMs - frame.fromMs)
  );
}

export function durationAtY({ height, leastMs, mostMs }: ScatterFrame, y: number): number {
  const share = (height - scatterPad.bottom - y) / (height - scatterPad.top - scatterPad.bottom);
  return leastMs * (mostMs / leastMs) ** share;
}

/** Index of the nearest point in reach; −1: none. */
export function pointAt(frame: ScatterFrame, points: readonly ScatterPoint[], x: number, y: number): number {
  let [best, bestPx] = [-1, reachPx];
  for (const [index, { startMs, durationMs }] of points.entries()) {
    const px = Math.hypot(xOfTime(frame, startMs) - x, yOfDuration(frame, durationMs) - y);
    if (px < bestPx) [best, bestPx] = [index, px];
  }
  return best;
}

/** Radius of a point: a trace of a thousand spans is seen to be larger than one of ten. */
export function radiusOf(spans: number): number {
  return 2.5 + 1.1 * Math.log10(Math.max(1, spans));
}
