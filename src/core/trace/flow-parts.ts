/** What transactions and blocks have in common when their flow is put together. */
import { flowAttributes, flowSpans, type ObserverMethod, observerMethods } from "../flow-names.ts";
import type { FlowPiece, FlowStage, PlaceFlow, PlaceStage, StageTime } from "./flow.ts";
import type { Place } from "./flow-place.ts";
import { type FlowSpan, isSet, numberIn, type PlaceSpans, resolutionIn, textIn } from "./flow-spans.ts";
import type { Sighting } from "./hops.ts";

export interface FlowOptions {
  /** Of the hub's clock, ms since the epoch. */
  readonly nowMs: number;
  /** The node that looks at them, to whose clock all others are compared; `null` where it has no spans of its own. */
  readonly ownNode: string | null;
}

/** What the parts of a life are stages of. */
const stageOfSpan: Readonly<Partial<Record<FlowSpan["name"], FlowStage>>> = {
  [flowSpans.queued]: "queued",
  [flowSpans.mempool]: "mempool",
  [flowSpans.include]: "import",
  [flowSpans.execute]: "execute",
  [flowSpans.confirm]: "confirm",
  [flowSpans.finalize]: "finalize",
  [flowSpans.blockImport]: "execute",
  [flowSpans.blockPropose]: "propose",
  [flowSpans.blockAttest]: "attest",
  [flowSpans.blockJustify]: "justify",
  [flowSpans.blockFinalize]: "finalize",
};

/** Stages that no piece of a path is of: they come after, or lie within another one. */
const besidePath = ["propose", "execute", "attest", "confirm", "justify", "finalize"] as const satisfies readonly FlowStage[];

/** `stages`: what is known besides the spans below the root. Times of the answer are after `startMs`. */
export function placeFlow<Status extends string>(
  spans: PlaceSpans,
  about: {
    readonly name: string;
    readonly startMs: number;
    readonly status: Status | null;
    readonly stages?: readonly FlowSpan[];
  },
): PlaceFlow<Status> {
  const { place, clock, root, newest, parts } = spans;
  const { attributes } = newest;
  const method = textIn(root.attributes, flowAttributes.method);
  const stages = parts.flatMap((part) => stagesOf(part, stageOfSpan[part.name], about.startMs));
  return {
    place,
    name: about.name,
    clock,
    firstSeenMs: isSeenOnItsWay(spans) ? root.fromMs - about.startMs : null,
    resolutionMs: resolutionIn(root.attributes),
    method: observerMethods.find((one) => one === method) ?? null,
    isSubmittedHere: isSet(root.attributes, flowAttributes.submittedHere),
    status: about.status,
    blockHash: textIn(attributes, flowAttributes.blockHash) || null,
    blockNumber: numberIn(attributes, flowAttributes.blockNumber),
    stages: [...(about.stages ?? []).flatMap((root) => stagesOf(root, "import", about.startMs)), ...stages],
  };
}

function stagesOf(span: FlowSpan, stage: FlowStage | undefined, startMs: number): readonly PlaceStage[] {
  if (stage === undefined) return [];
  const { fromMs, toMs, isReorged, attributes } = span;
  const resolutionMs = resolutionIn(attributes);
  const late = resolutionMs === null ? {} : { resolutionMs };
  return [{ stage, fromMs: fromMs - startMs, toMs: toMs - startMs, isReorged, ...late }];
}

/** What was there before it was watched, or came with its block, was not seen on its way. */
export function isSeenOnItsWay({ root: { attributes } }: PlaceSpans): boolean {
  const { firstSeen, method } = flowAttributes;
  return textIn(attributes, firstSeen) === "" && textIn(attributes, method) !== ("block" satisfies ObserverMethod);
}

/** When the place first had what the span begins with. */
export function sightingOf({ place, clock }: PlaceSpans, { fromMs, attributes }: FlowSpan): Sighting {
  return { place, clock, atMs: fromMs, resolutionMs: resolutionIn(attributes) };
}

/** The one of the values that ranks first in the list; `null` where there is none of them. */
export function firstOf<T>(ranking: readonly T[], values: readonly (T | null)[]): T | null {
  return ranking.find((one) => values.includes(one)) ?? null;
}

/** A step of a path: from where the step before ended. */
export interface Step {
  readonly stage: FlowStage;
  readonly untilMs: number;
  readonly place: Place;
  readonly source: Place | null;
}

/** Pieces that leave no gap. A step that ends before it begins, because clocks are off within their errors, takes no time. */
export function pathOf(steps: readonly Step[], startMs: number): readonly FlowPiece[] {
  const pieces: FlowPiece[] = [];
  let atMs = 0;
  for (const { stage, untilMs, place, source } of steps) {
    const toMs = untilMs - startMs;
    if (toMs <= atMs) continue;
    pieces.push({ stage, fromMs: atMs, toMs, place, source });
    atMs = toMs;
  }
  return pieces;
}

export function stageTimes(path: readonly FlowPiece[], places: readonly PlaceFlow[]): readonly StageTime[] {
  const latencyMs = path.at(-1)?.toMs ?? 0;
  const onPath = Map.groupBy(path, ({ stage }) => stage)
    .entries()
    .map(([stage, pieces]): StageTime => {
      const ms = pieces.reduce((total, { fromMs, toMs }) => total + toMs - fromMs, 0);
      return { stage, ms, share: ms / latencyMs };
    });
  const longest = new Map<FlowStage, number>();
  for (const { stages } of places) {
    for (const { stage, fromMs, toMs, isReorged } of stages) {
      if (!isReorged) longest.set(stage, Math.max(toMs - fromMs, longest.get(stage) ?? -Infinity));
    }
  }
  const beside = besidePath.flatMap((stage): readonly StageTime[] => {
    const ms = longest.get(stage);
    return ms === undefined ? [] : [{ stage, ms, share: null }];
  });
  return [...onPath, ...beside];
}
