/** What one can point at in the picture of a way, in the order in which it is read, each with its words. */
import type { PlaceFlow, PlaceStage } from "../../../core/trace/flow.ts";
import type { Place } from "../../../core/trace/flow-place.ts";
import { estimateText, firstSeenText, hopName, stageTitles } from "../../../core/trace/flow-words.ts";
import type { Hop } from "../../../core/trace/hops.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { barPx, type PlacedHop, type WayLayout } from "./way-layout.ts";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface WayItem {
  /** Stays the same while the way goes on. */
  readonly key: string;
  readonly box: Box;
  readonly text: string;
}

export function itemsOf({ lanes, hops }: WayLayout, nameOf: (place: Place) => string): readonly WayItem[] {
  const ofLanes = lanes.flatMap(({ place, sight, bars, top }): readonly WayItem[] => [
    ...(sight === null
      ? []
      : [
          {
            key: `seen ${place.name}`,
            box: {
              left: sight.left - 2,
              top: (bars[0]?.top ?? top) - 4,
              width: sight.right - sight.left + 4,
              height: barPx + 6,
            },
            text: seenText(place),
          },
        ]),
    ...bars.map(({ stage, left, width, openTo, top: barTop }, index) => ({
      key: `stage ${place.name} ${stage.stage} ${index}`,
      box: { left, top: barTop, width: (openTo ?? left + width) - left, height: barPx },
      text: stageText(place, stage, openTo !== null),
    })),
  ]);
  return [...ofLanes, ...hops.map((placed) => hopItem(placed, nameOf))];
}

function stageText({ name }: PlaceFlow, { stage, fromMs, toMs, isReorged }: PlaceStage, isOpen: boolean): string {
  const what = `${stageTitles[stage]} at ${name}${isReorged ? ", and taken back" : ""}`;
  if (isOpen) return `${what}, since ${durationText(fromMs)}; the node has not told of its end.`;
  return `${what}: ${durationText(toMs - fromMs)}, from ${durationText(fromMs)} to ${durationText(toMs)}.`;
}

/** When and how a node first saw it, and how wrong that may be. */
function seenText(place: PlaceFlow): string {
  const { name, firstSeenMs, clock, resolutionMs, method, isSubmittedHere } = place;
  if (firstSeenMs === null) return `When ${name} first saw it is not known: it was there before it was watched.`;
  const how = [
    clock === null ? "its clock was not compared with the hub's" : `its clock is known to ± ${durationText(clock.errorMs)}`,
    ...(method === "poll"
      ? [`found by asking, up to ${resolutionMs === null ? "an unknown time" : durationText(resolutionMs)} late`]
      : []),
    ...(method === "block" ? ["it came with its block"] : []),
    ...(isSubmittedHere ? ["it was submitted here"] : []),
  ];
  const when = firstSeenMs === 0 ? "before all other nodes" : `${firstSeenText(place)} after the first node`;
  return `First seen at ${name}: ${when}; ${how.join("; ")}.`;
}

function hopText(hop: Hop, nameOf: (place: Place) => string): string {
  const doubt = hop.isUncertain ? " Uncertain: it may as well have taken no time, or gone the other way." : "";
  return `${hopName(hop, nameOf)}, of the ${hop.of}: ${estimateText(hop.delay)}.${doubt}`;
}

function hopItem({ hop, from, to }: PlacedHop, nameOf: (place: Place) => string): WayItem {
  const left = Math.min(from[0], to[0]) - 2;
  const top = Math.min(from[1], to[1]);
  const box = { left, top, width: Math.abs(to[0] - from[0]) + 4, height: Math.abs(to[1] - from[1]) };
  return { key: `hop ${hop.of} ${hopName(hop, nameOf)}`, box, text: hopText(hop, nameOf) };
}

/** Index of what is at a point: of several the smallest, which else could not be pointed at; −1 where there is none. */
export function itemAt(items: readonly WayItem[], x: number, y: number): number {
  const isIn = ({ box }: WayItem): boolean =>
    x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height;
  const areaOf = ({ box }: WayItem): number => box.width * box.height;
  return items.reduce((best, item, index) => {
    const other = items[best];
    return isIn(item) && (other === undefined || areaOf(item) < areaOf(other)) ? index : best;
  }, -1);
}
