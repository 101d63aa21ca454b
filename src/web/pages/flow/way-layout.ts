/**
 * Where the parts of a transaction's or block's way stand in its picture: a lane per node, all on one axis of time.
 *
 *     node-a                        name and what became of it there
 *     ├──┤▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒█       first seen, with how wrong that may be; stages as bars
 *        ╲        ────────────      stages that run at the same time stand below each other
 *     node-b
 *         ╲▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒█         hops lead from lane to lane
 */
import type { Flow, PlaceFlow, PlaceStage } from "../../../core/trace/flow.ts";
import { type Place, placeKey } from "../../../core/trace/flow-place.ts";
import type { Hop } from "../../../core/trace/hops.ts";
import { openStage } from "../../../core/trace/open-stage.ts";
import type { Window } from "./way-window.ts";

export interface PlacedBar {
  readonly stage: PlaceStage;
  readonly left: number;
  readonly width: number;
  /** Up to here it goes on, as far as the node has told; `null`: it has ended. */
  readonly openTo: number | null;
  readonly top: number;
  /** It goes on beyond what is shown, on that side. */
  readonly isCutLeft: boolean;
  readonly isCutRight: boolean;
}

export interface PlacedSight {
  /** When it was first seen, px. */
  readonly at: number;
  /** Between these it may have been: clocks are wrong either way, polling is late. The same as `at` where that is not known. */
  readonly left: number;
  readonly right: number;
  readonly isErrorKnown: boolean;
}

export interface PlacedLane {
  readonly place: PlaceFlow;
  readonly top: number;
  readonly height: number;
  /** `null`: not known, or not within the window. */
  readonly sight: PlacedSight | null;
  readonly bars: readonly PlacedBar[];
}

export interface PlacedHop {
  readonly hop: Hop;
  readonly from: Point;
  readonly to: Point;
}

export type Point = readonly [x: number, y: number];

export interface WayLayout {
  readonly lanes: readonly PlacedLane[];
  readonly hops: readonly PlacedHop[];
  /** Of the lanes, without the axis below. */
  readonly height: number;
}

/** More nodes are in the table: as many lanes as a tall screen has. */
export const lanesMax = 40;
/** Of the name, and of the whisker below it. */
const namePx = 22;
export const barPx = 14;
const barGapPx = 3;
const laneGapPx = 10;
/** A bar that is there is seen. */
const leastPx = 2;

/** `nowMs`: after the flow's begin. */
export function layOutWay(
  flow: Flow,
  window: Window,
  { width, nowMs }: { readonly width: number; readonly nowMs: number },
): WayLayout {
  const scale = width / Math.max(1e-9, window.toMs - window.fromMs);
  const xOf = (ms: number): number => (ms - window.fromMs) * scale;
  let top = 0;
  const lanes = flow.places.slice(0, lanesMax).map((place): PlacedLane => {
    const { bars, rows } = barsOf(place, { window, width, nowMs, xOf, top: top + namePx });
    const height = namePx + rows * (barPx + barGapPx);
    const lane = { place, top, height, sight: sightOf(place, window, xOf), bars };
    top += height + laneGapPx;
    return lane;
  });
  return { lanes, hops: hopsIn(flow.hops, lanes, window, xOf), height: top };
}

interface Room {
  readonly window: Window;
  readonly width: number;
  readonly nowMs: number;
  readonly xOf: (ms: number) => number;
  readonly top: number;
}

/** Each in the first row that is free when it begins. A row stays taken up outside of the window too: bars must not jump when it moves. */
function barsOf(place: PlaceFlow, room: Room): { readonly bars: readonly PlacedBar[]; readonly rows: number } {
  const open = openStage(place);
  const freeFromMs: number[] = [];
  const bars = place.stages
    .toSorted((a, b) => a.fromMs - b.fromMs || b.toMs - a.toMs)
    .flatMap((stage) => {
      const openToMs = stage === open ? Math.max(stage.toMs, room.nowMs) : null;
      const free = freeFromMs.findIndex((ms) => ms <= stage.fromMs);
      const row = free === -1 ? freeFromMs.length : free;
      freeFromMs[row] = openToMs ?? stage.toMs;
      return barOf(stage, openToMs, room.top + row * (barPx + barGapPx), room);
    });
  return { bars, rows: Math.max(1, freeFromMs.length) };
}

/** None where it is not within the window. */
function barOf(stage: PlaceStage, openToMs: number | null, top: number, { window, width, xOf }: Room): readonly PlacedBar[] {
  const lastMs = openToMs ?? stage.toMs;
  if (lastMs < window.fromMs || stage.fromMs > window.toMs) return [];
  const within = (ms: number): number => Math.min(width, Math.max(0, xOf(ms)));
  const left = Math.min(within(stage.fromMs), width - leastPx);
  return [
    {
      stage,
      left,
      width: Math.max(leastPx, within(stage.toMs) - left),
      openTo: openToMs === null ? null : within(openToMs),
      top,
      isCutLeft: stage.fromMs < window.fromMs,
      isCutRight: lastMs > window.toMs,
    },
  ];
}

function sightOf({ firstSeenMs, clock, resolutionMs }: PlaceFlow, window: Window, xOf: Room["xOf"]): PlacedSight | null {
  if (firstSeenMs === null || firstSeenMs < window.fromMs || firstSeenMs > window.toMs) return null;
  const errorMs = clock?.errorMs ?? 0;
  return {
    at: xOf(firstSeenMs),
    left: xOf(firstSeenMs - errorMs - (resolutionMs ?? 0)),
    right: xOf(firstSeenMs + errorMs),
    isErrorKnown: clock !== null && resolutionMs !== null,
  };
}

/** Those whose both ends are within the window: an arrow from nowhere says nothing. */
function hopsIn(hops: readonly Hop[], lanes: readonly PlacedLane[], window: Window, xOf: Room["xOf"]): readonly PlacedHop[] {
  const laneOf = new Map(lanes.map((lane) => [placeKey(lane.place.place), lane]));
  const pointOf = (place: Place, ms: number): Point | null => {
    const lane = laneOf.get(placeKey(place));
    if (lane === undefined || ms < window.fromMs || ms > window.toMs) return null;
    return [xOf(ms), lane.top + namePx + barPx / 2];
  };
  return hops.flatMap((hop) => {
    const [from, to] = [pointOf(hop.source, hop.fromMs), pointOf(hop.target, hop.toMs)];
    return from === null || to === null ? [] : [{ hop, from, to }];
  });
}
