/** How far apart the points of a chart are. */
import type { ServerStatus } from "./contract.ts";

/** More points than this, a chart cannot show: about one per pixel of a wide one. */
const maxPoints = 900;
/** Multiples of the sampling interval that divide minutes, hours and days. */
const factors = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A node that has just started has its first two samples 250 ms apart; a fine step shows them at once. */
const youngStepMs = 250;
/** For so long after its start. */
export const youngMs = 4000;

type Pace = Pick<ServerStatus, "samplingIntervalMs" | "startedAtMs">;

/**
 * The step for a window, ms: a multiple of the sampling interval, so that live ticks and history fit together; and from about a minute
 * or an hour on one of those, because the store has summaries of them.
 */
export function fetchStepMs(window: { readonly fromMs: number; readonly toMs: number }, samplingIntervalMs: number): number {
  const spanMs = window.toMs - window.fromMs;
  const finestMs = spanMs / maxPoints;
  const isWhole = (stepMs: number): boolean =>
    stepMs < 0.7 * minuteMs || stepMs % (stepMs < 0.9 * hourMs ? minuteMs : hourMs) === 0;
  const fitting = factors.map((factor) => factor * samplingIntervalMs).filter((stepMs) => stepMs >= finestMs);
  return fitting.find(isWhole) ?? fitting[0] ?? Math.ceil(finestMs / samplingIntervalMs) * samplingIntervalMs;
}

/**
 * What to ask of a node that has started a moment ago, so that the first chart does not wait for the second whole second: only the
 * time since then, finely. `null` when the node is older, or the window is not about now.
 */
export function youngWindow(
  window: { readonly fromMs: number; readonly toMs: number },
  status: Pace,
): { readonly fromMs: number; readonly stepMs: number } | null {
  const ageMs = window.toMs - status.startedAtMs;
  if (ageMs < 0 || ageMs > youngMs || window.fromMs > status.startedAtMs || status.samplingIntervalMs <= youngStepMs)
    return null;
  return { fromMs: status.startedAtMs, stepMs: youngStepMs };
}
