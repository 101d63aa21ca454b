/** The figures of a way as tables in a terminal: nodes, hops, stages, and what the end waited for. */
import type { Flow, PlaceFlow } from "../../core/trace/flow.ts";
import type { Place } from "../../core/trace/flow-place.ts";
import {
  estimateText,
  firstSeenText,
  hopName,
  isSlowest,
  namesIn,
  pieceText,
  shareText,
  stageTitles,
} from "../../core/trace/flow-words.ts";
import { durationText } from "../../core/trace/time-words.ts";
import { escapeText } from "../../io/log-format.ts";
import { formatTable } from "../output.ts";
import { wrapped } from "./sheet.ts";

/** Nodes shown; a network has more than a terminal has lines. */
export const placesMax = 40;
const shareWidth = 24;

/** Lines without their ends, or texts of several lines; sentences are broken at `width`. */
export function flowTables(flow: Flow, width: number): readonly string[] {
  const named = namesIn(flow);
  const nameOf = (place: Place): string => escapeText(named(place));
  const nodes = flow.places
    .slice(0, placesMax)
    .map((place) => [
      place.name,
      seenText(place),
      clockText(place.clock),
      place.status ?? "not known",
      place.blockNumber === null ? "" : String(place.blockNumber),
    ]);
  const hops = flow.hops.map((hop) => [
    hopName(hop, nameOf),
    hop.of,
    estimateText(hop.delay),
    hop.isUncertain ? "uncertain" : isSlowest(flow, hop) ? "slowest" : "",
  ]);
  const stages = flow.stages.map(({ stage, ms, share }) => [
    stageTitles[stage],
    durationText(ms),
    share === null ? "after it" : shareText(share),
    share === null ? "" : "█".repeat(Math.round(share * shareWidth)),
  ]);
  return [
    ...table(["NODE", "FIRST SEEN", "CLOCK", "STATE", "BLOCK"], nodes),
    ...table(["HOP", "OF", "DELAY", ""], hops),
    ...table(["STAGE", "TIME", "SHARE", ""], stages),
    ...(flow.path.length === 0 ? [] : [...wrapped(`Critical path: ${pathText(flow, named)}`, width), ""]),
    ...flow.excluded.flatMap(({ place, reason }) => wrapped(`Left out: ${named(place)}, because ${reason}.`, width)),
  ];
}

function pathText({ path }: Flow, named: (place: Place) => string): string {
  return path.map((piece) => pieceText(piece, named)).join(" → ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : [formatTable([head, ...rows])];
}

function clockText(clock: PlaceFlow["clock"]): string {
  if (clock === null) return "not compared";
  return clock.offsetMs === 0 && clock.errorMs === 0 ? "the hub's" : `± ${durationText(clock.errorMs)}`;
}

function seenText(place: PlaceFlow): string {
  const isLater = place.firstSeenMs !== null && place.firstSeenMs > 0;
  return `${isLater ? "+" : ""}${firstSeenText(place)}${place.isSubmittedHere ? ", submitted here" : ""}`;
}
