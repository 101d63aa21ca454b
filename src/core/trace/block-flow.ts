/** The way of a block, from the spans of all nodes that saw it: who had it when, and until when the last one had it as canonical. */
import { type BlockStatus, blockStatuses, flowAttributes, flowSpans } from "../flow-names.ts";
import type { Span } from "../span.ts";
import type { BlockFlow } from "./flow.ts";
import { firstOf, type FlowOptions, pathOf, placeFlow, sightingOf, type Step, stageTimes } from "./flow-parts.ts";
import { placeNames } from "./flow-place.ts";
import { isSet, numberIn, placesOf, type PlaceSpans, textIn } from "./flow-spans.ts";
import { between, hopsOf, inOrder, propagationOf, slowestOf } from "./hops.ts";
import { plausiblePlaces } from "./plausible-places.ts";

const ranking: readonly BlockStatus[] = ["canonical", "orphaned", "seen"];

/** `spans`: all of one trace. `null` where nobody has observed a block in it. */
export function blockFlow(spans: readonly Span[], options: FlowOptions): BlockFlow | null {
  const { places, excluded } = plausiblePlaces(placesOf(spans, flowSpans.block, options.ownNode), options.nowMs);
  const ordered = places.toSorted((a, b) => a.root.fromMs - b.root.fromMs);
  const [first] = ordered;
  if (first === undefined) return null;
  const startMs = first.root.fromMs;
  const seen = inOrder(ordered.map((one) => sightingOf(one, one.root)));
  const hops = hopsOf(seen, "block");
  const [last] = ordered.filter((one) => statusOf(one) === "canonical").toSorted((a, b) => b.newest.toMs - a.newest.toMs);
  const steps = last === undefined ? [] : stepsTo(last, hops);
  const path = pathOf(steps, startMs);
  const nameOf = placeNames(places.map(({ place }) => place));
  const told = ordered.map((one) => {
    const status = statusOf(one);
    return placeFlow(one, { name: nameOf(one.place), startMs, status, stages: status === "canonical" ? [one.newest] : [] });
  });
  const relative = hops.map((hop) => ({ ...hop, fromMs: hop.fromMs - startMs, toMs: hop.toMs - startMs }));
  const { attributes } = first.newest;
  return {
    kind: "block",
    traceId: spans[0]?.traceId ?? "",
    hash: textIn(attributes, flowAttributes.blockHash),
    chain: textIn(attributes, flowAttributes.chainId),
    isSimulated: places.some(({ root }) => isSet(root.attributes, flowAttributes.simulated)),
    startMs,
    status: firstOf(ranking, places.map(statusOf)),
    places: told,
    excluded,
    hops: relative,
    slowestHop: slowestOf(relative),
    latency:
      last === undefined
        ? null
        : between(sightingOf(first, first.root), { ...sightingOf(last, last.root), atMs: last.newest.toMs }),
    path,
    stages: stageTimes(path, told),
    number: numberIn(attributes, flowAttributes.blockNumber),
    transactions: numberIn(attributes, flowAttributes.blockTransactions),
    blockPropagation: propagationOf(seen),
  };
}

/** From the first place that saw it to where this one has it as canonical. */
function stepsTo({ place, root, newest }: PlaceSpans, hops: BlockFlow["hops"]): readonly Step[] {
  return [
    ...hops
      .filter(({ toMs }) => toMs <= root.fromMs)
      .map(({ source, target, toMs }) => ({ stage: "block_propagation" as const, untilMs: toMs, place: target, source })),
    { stage: "import", untilMs: newest.toMs, place, source: null },
  ];
}

function statusOf({ newest }: PlaceSpans): BlockStatus | null {
  const said = textIn(newest.attributes, flowAttributes.blockStatus);
  return blockStatuses.find((status) => status === said) ?? null;
}
