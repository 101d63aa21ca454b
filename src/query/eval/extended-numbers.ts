/**
 * rate, increase, delta, changes and resets over an extended range. Source: Prometheus 3.14, promql/functions.go (extendedRate,
 * interpolate, correctForCounterResets, funcChanges, funcResets).
 */
import { equalHistograms } from "../histogram/equality.ts";
import { isCounterReset } from "../histogram/counter-reset.ts";
import { type Edges, type ExtendedWindow, edgesOf, isBetween } from "./extended-window.ts";
import type { Element } from "./mixed-values.ts";
import type { ExtrapolationKind } from "./rate.ts";
import type { RangeSeries } from "./values.ts";

/** The exact increase between the range's edges, or per second; `undefined` without a sample in the range. Nothing is extrapolated. */
export function extendedIncrease(window: ExtendedWindow, { isCounter, perSecond }: ExtrapolationKind): number | undefined {
  const { timestampsMs, startMs, endMs } = window;
  const edges = edgesOf(window);
  if (edges === null) return undefined;
  const { first, last } = edges;
  const [left, right] = edgeValues(window, edges, isCounter);
  let increase = right - left;
  if (isCounter) {
    // The edges have their resets in them: only samples within the range are looked at.
    const from = (timestampsMs[first] ?? 0) <= startMs ? first + 1 : first;
    const to = (timestampsMs[last] ?? 0) >= endMs ? last : last + 1;
    increase += resetsBetween(window, left, right, from, to);
  }
  return perSecond ? increase / ((endMs - startMs) / 1000) : increase;
}

/** The values at the start and at the end of the range. */
export function edgeValues(window: ExtendedWindow, edges: Edges, isCounter: boolean): readonly [left: number, right: number] {
  const { first, last } = edges;
  const between = isBetween(window, edges);
  return [
    between.start ? valueBetween(window, first, window.startMs, isCounter) : valueAt(window, first),
    between.end ? valueBetween(window, last - 1, window.endMs, isCounter) : valueAt(window, last),
  ];
}

function valueAt({ values }: Pick<RangeSeries, "values">, index: number): number {
  return values[index] ?? Number.NaN;
}

/** On the line between a sample and the next one; a counter that is reset between them starts at 0 there. */
export function valueBetween(
  samples: Pick<RangeSeries, "timestampsMs" | "values">,
  before: number,
  timeMs: number,
  isCounter: boolean,
): number {
  const [beforeMs = 0, afterMs = 0] = [samples.timestampsMs[before], samples.timestampsMs[before + 1]];
  const after = valueAt(samples, before + 1);
  const start = isCounter && after < valueAt(samples, before) ? 0 : valueAt(samples, before);
  return start + ((after - start) * (timeMs - beforeMs)) / (afterMs - beforeMs);
}

/** What the counter had reached before each reset among the samples `from … to)` between two values. */
function resetsBetween({ values }: ExtendedWindow, left: number, right: number, from: number, to: number): number {
  let total = 0;
  let before = left;
  for (let i = from; i < to; i++) {
    const value = values[i] ?? Number.NaN;
    if (value < before) total += before;
    before = value;
  }
  return right < before ? total + before : total;
}

/** How often a sample differs from the one before it, which may lie before the range. */
export function anchoredChanges(window: ExtendedWindow): number | undefined {
  return countSteps(window, isChange);
}

/** How often a counter is reset; between a number and a histogram it always is. */
export function anchoredResets(window: ExtendedWindow): number | undefined {
  return countSteps(window, isReset);
}

function countSteps(window: ExtendedWindow, counts: (before: Element, current: Element) => boolean): number | undefined {
  const edges = edgesOf(window);
  if (edges === null) return undefined;
  let count = 0;
  for (let i = edges.first + 1; i <= edges.last; i++) if (counts(elementOf(window, i - 1), elementOf(window, i))) count += 1;
  return count;
}

function elementOf(window: ExtendedWindow, index: number): Element {
  return window.histograms?.[index] ?? valueAt(window, index);
}

function isChange(before: Element, current: Element): boolean {
  if (typeof before === "number" && typeof current === "number") {
    return before !== current && !(Number.isNaN(before) && Number.isNaN(current));
  }
  return typeof before === "number" || typeof current === "number" || !equalHistograms(before, current);
}

function isReset(before: Element, current: Element): boolean {
  if (typeof before === "number" && typeof current === "number") return current < before;
  return typeof before === "number" || typeof current === "number" || isCounterReset(current, before);
}
