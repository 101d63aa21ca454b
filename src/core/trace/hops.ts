/**
 * From node to node: nobody sees a message on its way, only when each place first had what it brought. So a hop is an assumption: that a
 * place has it from the last one that had it before. In a line of nodes that is so; where a node has several neighbours, the way may have been
 * another, and the delay is then the least that it can have been.
 */
import type { ClockOffset } from "../agent-record.ts";
import { type Place, placeKey } from "./flow-place.ts";

/** When a place first had it. */
export interface Sighting {
  readonly place: Place;
  /** Corrected. */
  readonly atMs: number;
  /** `null`: nobody knows how far this node's clock is off. */
  readonly clock: ClockOffset | null;
  /** By how much later than it came that may be; `null`: not known. */
  readonly resolutionMs: number | null;
}

/** A time or a difference of times, and by how much it may be wrong either way; `null`: nobody knows. */
export interface Estimate {
  readonly ms: number;
  readonly errorMs: number | null;
}

export interface Hop {
  readonly of: "transaction" | "block";
  readonly source: Place;
  /** Places that had it before the target, and nearer to the source than can be told apart: it may as well have come from one of these. */
  readonly otherSources: readonly Place[];
  readonly target: Place;
  /** When each of them first had it. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly delay: Estimate;
  /** The delay may as well be nothing, or have gone the other way: it is less than its error, or that is not known. */
  readonly isUncertain: boolean;
  /** Why these two: by the order of their times. */
  readonly basis: "order";
}

/** By time. */
export function inOrder(sightings: readonly Sighting[]): readonly Sighting[] {
  return sightings.toSorted((a, b) => a.atMs - b.atMs);
}

/** Places before a source that are compared with it. */
const comparedMax = 8;

/** One less than places; `sightings` by time. */
export function hopsOf(sightings: readonly Sighting[], of: Hop["of"]): readonly Hop[] {
  return sightings.slice(1).flatMap((target, index): readonly Hop[] => {
    const source = sightings[index];
    if (source === undefined) return [];
    const delay = between(source, target);
    const isUncertain = delay.errorMs === null || delay.ms <= delay.errorMs;
    const near = sightings.slice(Math.max(0, index - comparedMax), index).filter((before) => {
      const { ms, errorMs } = between(before, source);
      return errorMs !== null && ms <= errorMs;
    });
    return [
      {
        of,
        source: source.place,
        otherSources: near.map(({ place }) => place),
        target: target.place,
        fromMs: source.atMs,
        toMs: target.atMs,
        delay,
        isUncertain,
        basis: "order",
      },
    ];
  });
}

/** Whether they may be the same way: a transaction and its block take it both, and both are slow where it is. */
export function areSameLink(a: Pick<Hop, "source" | "otherSources" | "target">, b: typeof a): boolean {
  if (placeKey(a.target) !== placeKey(b.target)) return false;
  const sources = new Set([a.source, ...a.otherSources].map(placeKey));
  return [b.source, ...b.otherSources].some((place) => sources.has(placeKey(place)));
}

/** Clocks of two nodes may be wrong in opposite directions; one node's is the same for both. Either may have been found late. */
export function between(source: Sighting, target: Sighting): Estimate {
  const ms = target.atMs - source.atMs;
  const clockMs = clockErrorMs(source, target);
  if (clockMs === null || source.resolutionMs === null || target.resolutionMs === null) return { ms, errorMs: null };
  return { ms, errorMs: clockMs + Math.max(source.resolutionMs, target.resolutionMs) };
}

function clockErrorMs(source: Sighting, target: Sighting): number | null {
  if (source.place.node === target.place.node) return 0;
  if (source.clock === null || target.clock === null) return null;
  return source.clock.errorMs + target.clock.errorMs;
}

/** After the first place had it, until so many of those that have it had it. */
export interface Propagation {
  readonly places: number;
  readonly half: Estimate;
  readonly most: Estimate;
  readonly all: Estimate;
}

/** 50, 90 and 100 % of the places, by nearest rank; `null` with fewer than two. `sightings` by time. */
export function propagationOf(sightings: readonly Sighting[]): Propagation | null {
  const [first] = sightings;
  if (first === undefined || sightings.length < 2) return null;
  const until = (share: number): Estimate => {
    const last = sightings[Math.ceil(share * sightings.length) - 1] ?? first;
    // The first place is where it is measured from: nothing can be wrong about that.
    return last === first ? { ms: 0, errorMs: 0 } : between(first, last);
  };
  return { places: sightings.length, half: until(0.5), most: until(0.9), all: until(1) };
}

/** The slowest of them, and why it is called so; `null` where none can be told from the next one. */
export interface SlowestHop {
  readonly hop: Hop | null;
  readonly reason: string;
}

/**
 * A hop must be certain, and beat the second by more than it may be wrong. Those of unknown error (clocks that were not compared) are left out,
 * because a clock that is off would always be the slowest.
 */
export function slowestOf(hops: readonly Hop[]): SlowestHop {
  const comparable = hops.filter(({ delay }) => delay.errorMs !== null);
  const leftOut = hops.length - comparable.length;
  const told = (hop: Hop | null, reason: string): SlowestHop => ({
    hop,
    reason:
      leftOut === 0
        ? reason
        : `${reason}; ${leftOut} of ${hops.length} hops are left out, because nobody knows how wrong their times are`,
  });
  const sorted = comparable.toSorted((a, b) => b.delay.ms - a.delay.ms);
  const [slowest] = sorted;
  const second = sorted.find((hop) => slowest !== undefined && !areSameLink(hop, slowest));
  if (slowest === undefined)
    return told(null, hops.length === 0 ? "fewer than two places have seen it" : "none can be compared");
  if (slowest.isUncertain) return told(null, "the longest delay is less than what clocks and polling may be wrong by");
  if (second === undefined) return told(slowest, comparable.length === 1 ? "it is the only one" : "it is the only way");
  const isClear = slowest.delay.ms - second.delay.ms > (slowest.delay.errorMs ?? Infinity);
  if (isClear) return told(slowest, `it is slower than the next one by more than it may be wrong${assumption(slowest)}`);
  return told(null, "the two slowest differ by less than what clocks and polling may be wrong by");
}

function assumption({ source, otherSources }: Hop): string {
  if (otherSources.length === 0) return "";
  const nodes = otherSources.map(({ node }) => node).join(", ");
  return `; that it came from ${source.node} is an assumption, for ${nodes} had it at a time that cannot be told apart`;
}
