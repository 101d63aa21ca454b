/** Windows of time as values: written into addresses and read from them, widened, moved. */

/** `last`: a window that ends now and moves; `between`: a fixed one. Times are ms since the epoch, spans ms. */
export type TimeRange =
  | { readonly kind: "last"; readonly spanMs: number }
  | { readonly kind: "between"; readonly fromMs: number; readonly toMs: number };

export interface Preset {
  readonly text: string;
  readonly spanMs: number;
}

const minuteMs = 60_000;

export const presets = [
  { text: "5m", spanMs: 5 * minuteMs },
  { text: "15m", spanMs: 15 * minuteMs },
  { text: "1h", spanMs: 60 * minuteMs },
  { text: "3h", spanMs: 180 * minuteMs },
  { text: "12h", spanMs: 720 * minuteMs },
  { text: "24h", spanMs: 1440 * minuteMs },
  { text: "3d", spanMs: 3 * 1440 * minuteMs },
  { text: "7d", spanMs: 7 * 1440 * minuteMs },
  { text: "30d", spanMs: 30 * 1440 * minuteMs },
] as const satisfies readonly Preset[];

/** Below this a chart shows single samples and nothing between them. */
const shortestSpanMs = 5000;
/** The year 2000 to 2100: outside, a number in the address is a mistake. */
const earliestMs = 946_684_800_000;
const latestMs = 4_102_444_800_000;

/** `from=-15m`, or `from` and `to` in unix seconds: the forms that the API takes too. */
export function rangeParams(range: TimeRange): { from: string; to: string | null } {
  if (range.kind === "last") return { from: `-${spanParam(range.spanMs)}`, to: null };
  return { from: seconds(range.fromMs), to: seconds(range.toMs) };
}

/** Reads those parameters; `null` when they name no valid range. */
export function parseRange(params: URLSearchParams): TimeRange | null {
  const from = params.get("from");
  if (from === null) return null;
  const relative = /^-(\d{1,9})([smhd])$/.exec(from);
  if (relative !== null && params.get("to") === null) {
    const spanMs = Number(relative[1]) * (unitMs[relative[2] ?? ""] ?? 0);
    return spanMs >= shortestSpanMs ? { kind: "last", spanMs } : null;
  }
  const fromMs = Math.round(Number(from) * 1000);
  const toMs = Math.round(Number(params.get("to") ?? Number.NaN) * 1000);
  const valid = fromMs >= earliestMs && toMs <= latestMs && toMs - fromMs >= shortestSpanMs;
  return valid ? { kind: "between", fromMs, toMs } : null;
}

/** The window itself at a given now. */
export function bounds(range: TimeRange, nowMs: number): { readonly fromMs: number; readonly toMs: number } {
  return range.kind === "last" ? { fromMs: nowMs - range.spanMs, toMs: nowMs } : range;
}

/**
 * The same window without the time before there was anything to show: history that is five seconds old fills a chart of the last five
 * minutes with emptiness. It grows with the history; `shortestMs` keeps the first points from racing across the chart.
 */
export function fitted(
  window: { readonly fromMs: number; readonly toMs: number },
  firstSampleMs: number,
  shortestMs: number,
): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = Math.max(window.fromMs, Math.min(firstSampleMs, window.toMs - shortestMs));
  return { fromMs, toMs: window.toMs };
}

/** A window `factor` times as wide around the same middle; one that reaches now keeps following it. */
export function zoom(range: TimeRange, factor: number, nowMs: number): TimeRange {
  const { fromMs, toMs } = bounds(range, nowMs);
  const spanMs = Math.max(shortestSpanMs, (toMs - fromMs) * factor);
  if (range.kind === "last") return { kind: "last", spanMs: Math.round(spanMs / 1000) * 1000 };
  const middle = (fromMs + toMs) / 2;
  if (middle + spanMs / 2 >= nowMs) return { kind: "last", spanMs: Math.round(spanMs / 1000) * 1000 };
  return between(middle - spanMs / 2, middle + spanMs / 2);
}

/** The same window, moved by a share of its width; moving past now goes back to following it. */
export function pan(range: TimeRange, share: number, nowMs: number): TimeRange {
  const { fromMs, toMs } = bounds(range, nowMs);
  const shift = (toMs - fromMs) * share;
  if (toMs + shift >= nowMs) return { kind: "last", spanMs: toMs - fromMs };
  return between(fromMs + shift, toMs + shift);
}

/** A fixed window in whole seconds, at least the shortest span wide. */
export function between(fromMs: number, toMs: number): TimeRange {
  const from = Math.floor(fromMs / 1000) * 1000;
  return { kind: "between", fromMs: from, toMs: Math.max(from + shortestSpanMs, Math.ceil(toMs / 1000) * 1000) };
}

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: minuteMs, h: 60 * minuteMs, d: 1440 * minuteMs };

/** `900000` → `15m`: the largest unit that gives a whole number. */
export function spanParam(spanMs: number): string {
  for (const unit of ["d", "h", "m"] as const) {
    const size = unitMs[unit] ?? 1;
    // `24h` and `1h` read better than `1d` and `60m`; from two days on, days do.
    if (spanMs % size === 0 && spanMs / size >= (unit === "d" ? 2 : 1)) return `${spanMs / size}${unit}`;
  }
  return `${Math.max(1, Math.round(spanMs / 1000))}s`;
}

function seconds(ms: number): string {
  return String(Math.round(ms / 1000));
}
