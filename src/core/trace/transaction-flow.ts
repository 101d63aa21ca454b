/**
 * The life of a transaction, from the spans of all nodes that saw it.
 *
 *     A ├─first seen──────────────┐ mempool                     the path to the last inclusion, read backwards:
 *     B      ├─────────mempool────┴──┬block┤                     C: import; block from B to C; B had the block first:
 *     C         ├────────────────────┴────────┬block┤            it waited in B's mempool; transaction from A to B
 *       └─propagation─┘             └─block propagation─┘
 *
 * Who made the block cannot be seen, so the place that had it first stands for its maker.
 */
import { flowAttributes, flowSpans, type TransactionStatus, transactionStatuses } from "../flow-names.ts";
import type { Span } from "../span.ts";
import type { TransactionFlow } from "./flow.ts";
import {
  firstOf,
  type FlowOptions,
  isSeenOnItsWay,
  pathOf,
  placeFlow,
  sightingOf,
  type Step,
  stageTimes,
} from "./flow-parts.ts";
import { placeNames } from "./flow-place.ts";
import { type FlowSpan, isSet, numberIn, placesOf, type PlaceSpans, textIn } from "./flow-spans.ts";
import { between, type Hop, hopsOf, inOrder, propagationOf, type Sighting, slowestOf } from "./hops.ts";
import { plausiblePlaces } from "./plausible-places.ts";

/** What counts for the whole network where places differ: what is known for good before what may still change. */
const ranking: readonly TransactionStatus[] = [
  "finalized",
  "confirmed",
  "included",
  "replaced",
  "reorged",
  "pending",
  "dropped",
  "unknown",
];

/** A place that has the transaction in the block. */
interface Inclusion {
  readonly spans: PlaceSpans;
  readonly include: FlowSpan;
  /** Of the block. */
  readonly sighting: Sighting;
}

/** `spans`: all of one trace. `null` where nobody has observed a transaction in it. */
export function transactionFlow(spans: readonly Span[], options: FlowOptions): TransactionFlow | null {
  const { places, excluded } = plausiblePlaces(placesOf(spans, flowSpans.transaction, options.ownNode), options.nowMs);
  const [first] = places.toSorted((a, b) => a.root.fromMs - b.root.fromMs);
  if (first === undefined) return null;
  const seen = inOrder(places.filter(isSeenOnItsWay).map((one) => sightingOf(one, one.root)));
  const inclusions = inclusionsOf(places);
  const blocks = inOrder(inclusions.map(({ sighting }) => sighting));
  const hops = [...hopsOf(seen, "transaction"), ...hopsOf(blocks, "block")];
  const startMs = first.root.fromMs;
  const last = inclusions.toSorted((a, b) => b.include.toMs - a.include.toMs)[0];
  const start = sightingOf(first, first.root);
  /** Of what nobody saw on its way, and of what ended before it began, nobody knows how long that took. */
  const isWhole = last !== undefined && isSeenOnItsWay(first) && last.include.toMs >= startMs;
  const path = isWhole ? pathOf(stepsTo(last, { hops, seen, inclusions, blocks, first }), startMs) : [];
  const nameOf = placeNames(places.map(({ place }) => place));
  const told = places
    .toSorted((a, b) => a.root.fromMs - b.root.fromMs)
    .map((one) => placeFlow(one, { name: nameOf(one.place), startMs, status: statusOf(one) }));
  const newest = (name: string): string | null => firstText(places, name);
  const relative = hops.map((hop) => ({ ...hop, fromMs: hop.fromMs - startMs, toMs: hop.toMs - startMs }));
  return {
    kind: "transaction",
    traceId: spans[0]?.traceId ?? "",
    hash: newest(flowAttributes.hash) ?? "",
    chain: newest(flowAttributes.chainId) ?? "",
    isSimulated: places.some(({ root }) => isSet(root.attributes, flowAttributes.simulated)),
    startMs,
    status: firstOf(ranking, places.map(statusOf)),
    places: told,
    excluded,
    hops: relative,
    slowestHop: slowestOf(relative),
    latency: isWhole ? between(start, { ...last.sighting, atMs: last.include.toMs }) : null,
    path,
    stages: stageTimes(path, told),
    submittedAt: told.find(({ isSubmittedHere }) => isSubmittedHere)?.place ?? null,
    replacedBy: newest(flowAttributes.replacedBy),
    waitingFor: newest(flowAttributes.waitingFor),
    blockHash: last === undefined ? null : blockOf(last),
    blockNumber: last === undefined ? null : numberOf(last),
    samplingRatio: leastRatio(places),
    propagation: propagationOf(seen),
    blockPropagation: propagationOf(blocks),
  };
}

/** Of the block that most places have it in; where as many have another one, of the one that came last. */
function inclusionsOf(places: readonly PlaceSpans[]): readonly Inclusion[] {
  const all = places.flatMap((spans): readonly Inclusion[] => {
    const include = spans.parts.findLast(({ name, isReorged }) => name === flowSpans.include && !isReorged);
    return include === undefined ? [] : [{ spans, include, sighting: sightingOf(spans, include) }];
  });
  const byBlock = [...Map.groupBy(all, blockOf).values()];
  const latest = (inclusions: readonly Inclusion[]): number => Math.max(...inclusions.map(({ include }) => include.fromMs));
  return byBlock.toSorted((a, b) => b.length - a.length || latest(b) - latest(a))[0] ?? [];
}

function blockOf({ spans, include }: Inclusion): string {
  return textIn(include.attributes, flowAttributes.blockHash) || textIn(spans.newest.attributes, flowAttributes.blockHash);
}

function numberOf({ spans, include }: Inclusion): number | null {
  const { blockNumber } = flowAttributes;
  return numberIn(include.attributes, blockNumber) ?? numberIn(spans.newest.attributes, blockNumber);
}

interface Known {
  /** Where it was seen first. */
  readonly first: PlaceSpans;
  readonly hops: readonly Hop[];
  /** By time. */
  readonly seen: readonly Sighting[];
  readonly inclusions: readonly Inclusion[];
  /** By time. */
  readonly blocks: readonly Sighting[];
}

/** From the first place that saw the transaction to this inclusion. */
function stepsTo({ spans: { place }, include }: Inclusion, { hops, seen, inclusions, blocks, first }: Known): readonly Step[] {
  const [made] = blocks;
  const maker = inclusions.find(({ sighting }) => sighting === made)?.spans;
  if (made === undefined || maker === undefined) return [];
  const seenByMaker = seen.find((sighting) => sighting.place === maker.place && sighting.atMs <= made.atMs);
  const arrival = blocks.find((sighting) => sighting.place === place);
  return [
    ...hopSteps(hops, "transaction", seenByMaker),
    // A maker that had it with its block only: then it is where it was first that it waited.
    ...waitSteps(seenByMaker === undefined ? first : maker, made.atMs),
    ...hopSteps(hops, "block", arrival),
    { stage: "import", untilMs: include.toMs, place, source: null },
  ];
}

/** All hops of the kind until the sighting; none where there is no such sighting. */
function hopSteps(hops: readonly Hop[], of: Hop["of"], until: Sighting | undefined): readonly Step[] {
  const stage = of === "block" ? "block_propagation" : "propagation";
  return hops
    .filter((hop) => hop.of === of && until !== undefined && hop.toMs <= until.atMs)
    .map(({ source, target, toMs }) => ({ stage, untilMs: toMs, place: target, source }));
}

/** In the pool, until its block was there: what was neither queued nor in a block that was taken back was waiting to be included. */
function waitSteps({ place, parts }: PlaceSpans, blockMs: number): readonly Step[] {
  const steps = parts.flatMap((part, index): readonly Step[] => {
    if (part.fromMs >= blockMs) return [];
    const before: Step = { stage: "mempool", untilMs: part.fromMs, place, source: null };
    if (part.name === flowSpans.queued) return [before, { ...before, stage: "queued", untilMs: Math.min(part.toMs, blockMs) }];
    if (part.name !== flowSpans.include || !part.isReorged) return [];
    const again = parts.slice(index + 1).find(({ name }) => name === flowSpans.mempool);
    return [before, { ...before, stage: "reorged", untilMs: Math.min(again?.fromMs ?? part.toMs, blockMs) }];
  });
  return [...steps, { stage: "mempool", untilMs: blockMs, place, source: null }];
}

function statusOf({ newest }: PlaceSpans): TransactionStatus | null {
  const said = textIn(newest.attributes, flowAttributes.status);
  return transactionStatuses.find((status) => status === said) ?? null;
}

/** What any of them says; all that say it say the same. */
function firstText(places: readonly PlaceSpans[], name: string): string | null {
  return places.map(({ newest }) => textIn(newest.attributes, name)).find((text) => text !== "") ?? null;
}

function leastRatio(places: readonly PlaceSpans[]): number | null {
  const ratios = places.map(({ root }) => numberIn(root.attributes, flowAttributes.ratio)).filter((ratio) => ratio !== null);
  return ratios.length === 0 ? null : Math.min(...ratios);
}
