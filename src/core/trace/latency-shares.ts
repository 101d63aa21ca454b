/** What the latency of many flows consists of: "62 % of the slowest is waiting in the mempool, 21 % the hop from B to C". */
import type { Flow, FlowPiece, FlowStage } from "./flow.ts";
import { type Place, placeKey } from "./flow-place.ts";
import { nearestRank } from "./percentiles.ts";

export interface LatencyPart {
  readonly stage: FlowStage;
  /** Of a hop: from where to where; else `null`. */
  readonly sourceName: string | null;
  readonly targetName: string | null;
  /** Of all their latency, 0 to 1. */
  readonly share: number;
}

export interface LatencyShares {
  /** Of how many flows. */
  readonly n: number;
  /** Their least and greatest latency. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Greatest first; they add up to 1. */
  readonly parts: readonly LatencyPart[];
}

/** A flow that came to an end. */
interface Ended {
  readonly latencyMs: number;
  readonly path: readonly FlowPiece[];
}

/** Of the middle tenth and of the slowest twentieth; `null` where nothing was included. */
export function latencyShares(
  flows: readonly Flow[],
  nameOf: (place: Place) => string,
): { readonly median: LatencyShares | null; readonly slowest: LatencyShares | null } {
  const ended = flows
    .flatMap(({ latency, path }): readonly Ended[] =>
      latency === null || path.length === 0 ? [] : [{ latencyMs: latency.ms, path }],
    )
    .sort((a, b) => a.latencyMs - b.latencyMs);
  const sorted = ended.map(({ latencyMs }) => latencyMs);
  const between = (from: number, to: number): LatencyShares | null => {
    const leastMs = nearestRank(sorted, from) ?? 0;
    const mostMs = nearestRank(sorted, to) ?? 0;
    return sharesOf(
      ended.filter(({ latencyMs }) => latencyMs >= leastMs && latencyMs <= mostMs),
      nameOf,
    );
  };
  return { median: between(0.45, 0.55), slowest: between(0.95, 1) };
}

function sharesOf(ended: readonly Ended[], nameOf: (place: Place) => string): LatencyShares | null {
  const pieces = ended.flatMap(({ path }) => path);
  const totalMs = pieces.reduce((sum, piece) => sum + lengthOf(piece), 0);
  const [first] = ended;
  const last = ended.at(-1);
  if (first === undefined || last === undefined || totalMs === 0) return null;
  const groups = Map.groupBy(pieces, ({ stage, source, place }) =>
    source === null ? stage : `${stage} ${placeKey(source)} ${placeKey(place)}`,
  );
  const parts = [...groups.values()].flatMap((own): readonly LatencyPart[] => {
    const [{ stage, source, place } = { stage: null, source: null, place: null }] = own;
    if (stage === null || place === null) return [];
    const share = own.reduce((sum, piece) => sum + lengthOf(piece), 0) / totalMs;
    const isHop = source !== null;
    return [{ stage, sourceName: isHop ? nameOf(source) : null, targetName: isHop ? nameOf(place) : null, share }];
  });
  return { n: ended.length, fromMs: first.latencyMs, toMs: last.latencyMs, parts: parts.sort((a, b) => b.share - a.share) };
}

function lengthOf({ fromMs, toMs }: FlowPiece): number {
  return toMs - fromMs;
}
