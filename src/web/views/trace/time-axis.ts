/**
 * Time along a picture, with idle times folded: what is shown grows with time, but a fold takes the same little room whatever its length.
 *
 *     time    0────────1 s════════════════════21 s───22 s
 *     shown   0────────1 s═┊═1.06 s───2.06 s                 ┊ a fold
 */

export interface Fold {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TimeAxis {
  readonly fromMs: number;
  readonly toMs: number;
  /** By time; not overlapping. */
  readonly folds: readonly Fold[];
  /** What a fold takes of the length. */
  readonly foldMs: number;
  /** Shown length, ms; always above 0. */
  readonly lengthMs: number;
}

/** A part of the shown length: what is to be seen now. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** Share of the picture from which on an idle time is folded. */
const idleShare = 0.2;
/** Share of the rest that a fold takes: wide enough for its mark. */
const foldShare = 0.04;
/** A trace of one moment still needs a scale: one microsecond. */
const lengthMsMin = 0.001;

/** An axis from `fromMs` to `toMs` with folds in it. */
export function timeAxis(fromMs: number, toMs: number, folds: readonly Fold[] = []): TimeAxis {
  const folded = folds.reduce((sum, fold) => sum + fold.toMs - fold.fromMs, 0);
  const rest = Math.max(lengthMsMin, toMs - fromMs - folded);
  const foldMs = rest * foldShare;
  return { fromMs, toMs, folds, foldMs, lengthMs: rest + folds.length * foldMs };
}

/** A time's place on the shown length; of times inside a fold, in proportion. */
export function toShown({ fromMs, folds, foldMs }: TimeAxis, ms: number): number {
  let shown = ms - fromMs;
  for (const fold of folds) {
    if (ms <= fold.fromMs) break;
    const length = fold.toMs - fold.fromMs;
    shown += ms >= fold.toMs ? foldMs - length : ((ms - fold.fromMs) / length) * (foldMs - length);
  }
  return shown;
}

/** The time at a place of the shown length. */
export function fromShown({ fromMs, folds, foldMs }: TimeAxis, shown: number): number {
  let ms = fromMs + shown;
  for (const fold of folds) {
    if (ms <= fold.fromMs) break;
    const length = fold.toMs - fold.fromMs;
    ms += ms >= fold.fromMs + foldMs ? length - foldMs : ((ms - fold.fromMs) / foldMs) * (length - foldMs);
  }
  return ms;
}

/** The whole length. */
export function wholeView({ lengthMs }: TimeAxis): View {
  return { from: 0, to: lengthMs };
}

/** Both ends in any order, brought within the axis. */
export function viewBetween(axis: TimeAxis, a: number, b: number): View {
  const width = Math.min(axis.lengthMs, Math.max(narrowest(axis), Math.abs(b - a)));
  return within(axis, Math.min(a, b), width);
}

/** A view `factor` times as wide, in which the place `at` stays where it is. Never beyond the ends, never narrower than times can be told apart. */
export function zoomView(axis: TimeAxis, { from, to }: View, factor: number, at: number): View {
  const width = Math.min(axis.lengthMs, Math.max(narrowest(axis), (to - from) * factor));
  const share = to === from ? 0.5 : (at - from) / (to - from);
  return within(axis, at - share * width, width);
}

/** The same width, moved. */
export function moveView(axis: TimeAxis, { from, to }: View, by: number): View {
  return within(axis, from + by, to - from);
}

/** A nanosecond; more where the times are so large that a double does not tell nanoseconds apart. */
function narrowest({ fromMs, toMs }: TimeAxis): number {
  return Math.max(1e-6, Math.max(Math.abs(fromMs), Math.abs(toMs)) * 2 ** -42);
}

function within({ lengthMs }: TimeAxis, from: number, width: number): View {
  const start = Math.min(lengthMs - width, Math.max(0, from));
  return { from: start, to: start + width };
}

/**
 * Times in which none of the busy spans runs, as far as each is more than a fifth of what is shown then; by time. `isBusy`: row → 1;
 * `outside`: row → 1 for those that do not count; `byStart`: rows by their start.
 */
export function idleFolds(
  {
    starts,
    durations,
    byStart,
    isBusy,
    outside,
  }: {
    readonly starts: Float64Array;
    readonly durations: Float64Array;
    readonly byStart: Int32Array;
    readonly isBusy: Uint8Array;
    readonly outside: Uint8Array;
  },
  window: Fold,
): readonly Fold[] {
  const idle: Fold[] = [];
  const least = (window.toMs - window.fromMs) * foldShare;
  let busyUntil = window.fromMs;
  const rest = (untilMs: number): void => {
    // A list of the long ones only: below this share of the whole none is folded unless a longer one was, and then it still is small.
    if (untilMs - busyUntil > least) idle.push({ fromMs: busyUntil, toMs: untilMs });
  };
  for (const row of byStart) {
    if (isBusy[row] !== 1 || outside[row] === 1) continue;
    const startMs = starts[row] ?? 0;
    rest(startMs);
    busyUntil = Math.max(busyUntil, startMs, startMs + (durations[row] ?? 0));
  }
  rest(window.toMs);
  let shownMs = window.toMs - window.fromMs;
  const folds: Fold[] = [];
  for (const one of idle.sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))) {
    const length = one.toMs - one.fromMs;
    if (length <= idleShare * shownMs || length >= shownMs) break;
    folds.push(one);
    shownMs -= length;
  }
  return folds.sort((a, b) => a.fromMs - b.fromMs);
}

/** Round times of the axis inside a view, at least `leastPx` apart on `widthPx`, and the step between them, ms. */
export function axisTicks(
  axis: TimeAxis,
  view: View,
  widthPx: number,
  leastPx: number,
): { readonly stepMs: number; readonly ticks: readonly { readonly ms: number; readonly shown: number }[] } {
  const stepMs = roundStep(((view.to - view.from) * leastPx) / Math.max(1, widthPx));
  const ticks: { ms: number; shown: number }[] = [];
  let fromMs = fromShown(axis, view.from);
  const endMs = fromShown(axis, view.to);
  for (const fold of [...axis.folds, { fromMs: endMs, toMs: endMs }]) {
    const untilMs = Math.min(endMs, fold.fromMs);
    for (let index = Math.ceil((fromMs - axis.fromMs) / stepMs); axis.fromMs + index * stepMs <= untilMs; index++) {
      const ms = index * stepMs;
      ticks.push({ ms, shown: toShown(axis, axis.fromMs + ms) });
      // The step is so wide that there are fewer; a view of a nanosecond far from the origin has no digits left to count by.
      if (ticks.length > widthPx) return { stepMs, ticks };
    }
    fromMs = Math.max(fromMs, fold.toMs);
  }
  return { stepMs, ticks };
}

/** The next 1, 2 or 5 times a power of ten. */
function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= atLeast) ?? 10);
}
