/**
 * Which places' times can be put side by side at all. A clock in 1970 or 2100 must not become the slowest hop: such a place is left out, and
 * named with the reason.
 */
import { flowAttributes } from "../flow-names.ts";
import type { ExcludedPlace } from "./flow.ts";
import { isSet, type PlaceSpans, resolutionIn } from "./flow-spans.ts";

const dayMs = 86_400_000;
/** Time in the first block of the first chain, Bitcoin's: 2009-01-03T18:15:05Z. */
const firstBlockMs = 1_231_006_505_000;

export interface PlausiblePlaces {
  readonly places: readonly PlaceSpans[];
  readonly excluded: readonly ExcludedPlace[];
}

/** `nowMs`: of the hub's clock. One node's times agree with each other, whatever its clock shows. */
export function plausiblePlaces(all: readonly PlaceSpans[], nowMs: number): PlausiblePlaces {
  if (new Set(all.map(({ place }) => place.node)).size < 2) return { places: all, excluded: [] };
  const [possible, impossible] = split(all, ({ root: { fromMs } }) => fromMs >= firstBlockMs && fromMs <= nowMs + dayMs);
  const middleMs = middleOf(possible);
  const [near, far] = split(possible, ({ root: { fromMs } }) => Math.abs(fromMs - middleMs) <= dayMs);
  const [late, early] = split(near, notBeforeSubmitted(near));
  const because = (places: readonly PlaceSpans[], reason: string): readonly ExcludedPlace[] =>
    places.map(({ place }) => ({ place, reason }));
  return {
    places: late,
    excluded: [
      ...because(impossible, "its clock shows a time before there were blockchains, or in the future"),
      ...because(far, "its times are more than a day away from those of the other places"),
      ...because(early, "it says that it had the transaction before the node that it was submitted at"),
    ],
  };
}

function split<T>(items: readonly T[], isIn: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(isIn), items.filter((item) => !isIn(item))];
}

/** The lower median of those whose clocks are known; where there are none, of all. */
function middleOf(places: readonly PlaceSpans[]): number {
  const known = places.filter(({ clock }) => clock !== null);
  const times = (known.length > 0 ? known : places).map(({ root }) => root.fromMs).sort((a, b) => a - b);
  return times[(times.length - 1) >> 1] ?? 0;
}

/** By more than the clocks of both may be wrong: then one of the offsets is not true, and the submitter's own time is the one to believe. */
function notBeforeSubmitted(places: readonly PlaceSpans[]): (place: PlaceSpans) => boolean {
  const submitter = places.find(({ root }) => isSet(root.attributes, flowAttributes.submittedHere));
  if (submitter === undefined) return () => true;
  const submittedMs = submitter.root.fromMs - (resolutionIn(submitter.root.attributes) ?? Infinity);
  return ({ place, root, clock }) => {
    if (place.node === submitter.place.node) return true;
    const errorMs = (clock?.errorMs ?? Infinity) + (submitter.clock?.errorMs ?? Infinity);
    return root.fromMs + errorMs >= submittedMs;
  };
}
