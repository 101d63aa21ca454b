/** Hops of many flows, and places of many flows, each as one row. */
import type { Flow, FlowStage, PlaceFlow } from "./flow.ts";
import { type Place, placeKey } from "./flow-place.ts";
import { areSameLink, type Estimate, type Hop } from "./hops.ts";
import { type Percentiles, nearestRank, percentilesOf } from "./percentiles.ts";
import { linksOf, type LinkRow } from "./same-link.ts";
import { type Candidate, type Verdict, verdictOn } from "./verdict.ts";

export interface HopRow extends Candidate {
  readonly of: Hop["of"];
  /** The last one before the target, most of the time. */
  readonly source: Place;
  /** Places that are nearer to the source than can be told apart: hops from these are counted here, too, for any may be the source. */
  readonly otherSources: readonly Place[];
  readonly target: Place;
  readonly sourceName: string;
  readonly targetName: string;
  readonly delay: Percentiles;
  /** Share of them whose delay may as well be nothing, or of which nobody knows how wrong it is. */
  readonly uncertainShare: number;
}

export interface PlaceRow extends Candidate {
  readonly place: Place;
  readonly name: string;
  /** From having a block to having it as canonical. */
  readonly import: Percentiles;
}

/** Rows that a table has at most: the ones with the most hops. */
const rowsMax = 500;

export function hopTable(flows: readonly Flow[], nameOf: (place: Place) => string): readonly HopRow[] {
  const kinds = Map.groupBy(
    flows.flatMap(({ hops }) => hops),
    ({ of }) => of,
  );
  return [...kinds.values()]
    .flatMap((own) => linksOf(rowsOf(own)))
    .map((rows) => ({ rows, hops: rows.flatMap(({ hops }) => hops) }))
    .sort((a, b) => b.hops.length - a.hops.length)
    .slice(0, rowsMax)
    .flatMap(({ rows, hops }): readonly HopRow[] => {
      const [first, ...others] = rows;
      const delay = percentilesOf(hops.map((hop) => hop.delay.ms));
      if (delay === null) return [];
      const { of, source, target } = first;
      return [
        {
          of,
          source,
          otherSources: others.map((row) => row.source),
          target,
          sourceName: nameOf(source),
          targetName: nameOf(target),
          n: hops.length,
          delay,
          typical: { ms: delay.p50Ms, errorMs: middleError(hops.map((hop) => hop.delay)) },
          uncertainShare: hops.filter(({ isUncertain }) => isUncertain).length / hops.length,
        },
      ];
    });
}

interface PairRow extends LinkRow, Pick<Hop, "of" | "source" | "target"> {
  readonly hops: readonly Hop[];
}

/** One for each pair of places. */
function rowsOf(all: readonly Hop[]): readonly PairRow[] {
  const groups = Map.groupBy(all, ({ source, target }) => `${placeKey(source)} ${placeKey(target)}`);
  return [...groups.values()].flatMap((hops): readonly PairRow[] => {
    const [first] = hops;
    if (first === undefined) return [];
    const { of, source, target } = first;
    const others = countsOf(hops.flatMap(({ otherSources }) => otherSources.map(placeKey)));
    return [{ of, source, target, sourceKey: placeKey(source), targetKey: placeKey(target), n: hops.length, others, hops }];
  });
}

function countsOf(keys: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Which link is the slowest, and, where its source is an assumption, that. */
export function slowestLink(rows: readonly HopRow[], nameOf: (place: Place) => string): Verdict<HopRow> {
  const { slowest, reason } = verdictOn(rows, areSameLink);
  if (slowest === null || slowest.otherSources.length === 0) return { slowest, reason };
  const near = slowest.otherSources.map(nameOf).join(", ");
  const assumed = `that it is from ${slowest.sourceName} is an assumption, for ${near} had them at times that cannot be told apart`;
  return { slowest, reason: `${reason}; ${assumed}` };
}

export function placeTable(flows: readonly Flow[], nameOf: (place: Place) => string): readonly PlaceRow[] {
  const all = flows.flatMap(({ places }): readonly PlaceFlow[] => places);
  return [...Map.groupBy(all, ({ place }) => placeKey(place)).values()].flatMap((seen): readonly PlaceRow[] => {
    const [first] = seen;
    const times = seen.flatMap(({ stages }) => importsIn(stages));
    const imports = percentilesOf(times.map(({ ms }) => ms));
    if (first === undefined || imports === null) return [];
    const { place } = first;
    const typical = { ms: imports.p50Ms, errorMs: middleError(times) };
    return [{ place, name: nameOf(place), n: imports.n, typical, import: imports }];
  });
}

/** Of those that were not taken back. */
export function stageTimesOf(stages: PlaceFlow["stages"], stage: FlowStage): readonly number[] {
  return stagesThatHeld(stages, stage).map(({ fromMs, toMs }) => toMs - fromMs);
}

/** They are as wrong as it is known when the place had the block. */
function importsIn(stages: PlaceFlow["stages"]): readonly Estimate[] {
  return stagesThatHeld(stages, "import").map(({ fromMs, toMs, resolutionMs = null }) => ({
    ms: toMs - fromMs,
    errorMs: resolutionMs,
  }));
}

function stagesThatHeld(stages: PlaceFlow["stages"], stage: FlowStage): PlaceFlow["stages"] {
  return stages.filter((one) => one.stage === stage && !one.isReorged);
}

/** Errors of clocks do not even out over many measurements, so that of the middle is as great as theirs. `null`: of most it is not known. */
export function middleError(estimates: readonly Estimate[]): number | null {
  const errors = estimates.map(({ errorMs }) => errorMs ?? Infinity).sort((a, b) => a - b);
  const middle = nearestRank(errors, 0.5) ?? Infinity;
  return Number.isFinite(middle) ? middle : null;
}
