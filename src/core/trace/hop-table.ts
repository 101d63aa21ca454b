/** Hops of many flows, and places of many flows, each as one row. */
import type { Flow, FlowStage, PlaceFlow } from "./flow.ts";
import { type Place, placeKey } from "./flow-place.ts";
import type { Estimate, Hop } from "./hops.ts";
import { type Percentiles, nearestRank, percentilesOf } from "./percentiles.ts";
import type { Candidate } from "./verdict.ts";

export interface HopRow extends Candidate {
  readonly of: Hop["of"];
  readonly source: Place;
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
  const all = flows.flatMap(({ hops }) => hops);
  const groups = Map.groupBy(all, ({ of, source, target }) => `${of} ${placeKey(source)} ${placeKey(target)}`);
  return [...groups.values()]
    .toSorted((a, b) => b.length - a.length)
    .slice(0, rowsMax)
    .flatMap((hops): readonly HopRow[] => {
      const [first] = hops;
      const delay = percentilesOf(hops.map((hop) => hop.delay.ms));
      if (first === undefined || delay === null) return [];
      const { of, source, target } = first;
      return [
        {
          of,
          source,
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
