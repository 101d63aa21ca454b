/** The spans that ChainPulse's observers made of one transaction or block, by place, with times as the hub's clock would have told them. */
import type { ClockOffset } from "../agent-record.ts";
import { flowAttributes, type FlowSpanName, flowSpans, reorgedOut } from "../flow-names.ts";
import { msOfNs } from "../nanoseconds.ts";
import type { Attributes, Span } from "../span.ts";
import { clocksOf } from "./clock-correction.ts";
import { observedPlace, type Place, placeKey } from "./flow-place.ts";

/** Times in ms since the epoch, corrected where the node's clock is known. */
export interface FlowSpan {
  readonly name: FlowSpanName;
  readonly fromMs: number;
  /** Not before `fromMs`. */
  readonly toMs: number;
  /** Its block was taken back. */
  readonly isReorged: boolean;
  readonly attributes: Attributes;
}

export interface PlaceSpans {
  readonly place: Place;
  /** `null`: nobody has compared this node's clock with the hub's. */
  readonly clock: ClockOffset | null;
  /** First seen by this place; the earliest where there are several. */
  readonly root: FlowSpan;
  /** The root that knows most: the one that ends last. */
  readonly newest: FlowSpan;
  /** By their begin. */
  readonly parts: readonly FlowSpan[];
}

/** A day: nobody looks that seldom. */
const resolutionMsMax = 86_400_000;

const names: ReadonlySet<string> = new Set(Object.values(flowSpans));

function isFlowSpanName(name: string): name is FlowSpanName {
  return names.has(name);
}

/** Places with a root of this name, in no order. A part that ends before it begins says nothing and is left out: its clock was set back. */
export function placesOf(
  spans: readonly Span[],
  rootName: typeof flowSpans.transaction | typeof flowSpans.block,
  ownNode: string | null,
): readonly PlaceSpans[] {
  const clocks = clocksOf(spans, ownNode);
  const found = new Map<string, { readonly place: Place; readonly roots: FlowSpan[]; readonly parts: FlowSpan[] }>();
  for (const span of spans) {
    const { name, source, startNs, endNs, status, statusMessage, attributes } = span;
    const place = observedPlace(source);
    if (place === null || !isFlowSpanName(name)) continue;
    const key = placeKey(place);
    const own = found.get(key) ?? { place, roots: [], parts: [] };
    found.set(key, own);
    const fromMs = msOfNs(startNs) + (clocks.get(place.node)?.offsetMs ?? 0);
    const durationMs = Number(endNs - startNs) / 1e6;
    const told = {
      name,
      fromMs,
      toMs: fromMs + Math.max(0, durationMs),
      isReorged: status === "error" && statusMessage === reorgedOut,
      attributes,
    };
    if (name === rootName) own.roots.push(told);
    else if (durationMs >= 0) own.parts.push(told);
  }
  return [...found.values()].flatMap(({ place, roots, parts }) => {
    const [root] = roots.toSorted((a, b) => a.fromMs - b.fromMs);
    const [newest] = roots.toSorted((a, b) => b.toMs - a.toMs);
    if (root === undefined || newest === undefined) return [];
    const clock = clocks.get(place.node) ?? null;
    return [{ place, clock, root, newest, parts: parts.toSorted((a, b) => a.fromMs - b.fromMs) }];
  });
}

/** Empty where it is no text. */
export function textIn(attributes: Attributes, name: string): string {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : "";
  return typeof value === "string" ? value : "";
}

/** `null` where it is no finite number. Never −0, which JSON gives back as 0. */
export function numberIn(attributes: Attributes, name: string): number | null {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : null;
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number + 0 : null;
}

/** By how much later than it came it may have been seen, ms; `null` where that is not known. */
export function resolutionIn(attributes: Attributes): number | null {
  const resolutionMs = numberIn(attributes, flowAttributes.resolutionMs);
  return resolutionMs !== null && resolutionMs >= 0 && resolutionMs <= resolutionMsMax ? resolutionMs : null;
}

export function isSet(attributes: Attributes, name: string): boolean {
  return Object.hasOwn(attributes, name) && attributes[name] === true;
}
