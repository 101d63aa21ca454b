/**
 * Events that come by themselves, at random: a Poisson process, whose pauses are exponential, as users' transactions and found blocks are.
 * The number that is under way is bounded: what a node does not take in time is left out, not piled up.
 */
import { setTimeout as wait } from "node:timers/promises";

/** A number from 0 to below 1. */
export type Random = () => number;

export interface ArrivalOptions {
  /** Mean number per second, asked before each. */
  readonly perSecond: () => number;
  /** One of them. What it rejects with goes to `trouble`. */
  readonly arrive: () => Promise<void>;
  readonly trouble: (error: unknown) => void;
  /** So many are under way at most. */
  readonly atOnceMax: number;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** The pause to the next event, ms: exponential, by inversion of its distribution. */
export function pauseMs(perSecond: number, random: Random): number {
  return (-Math.log(1 - random()) / perSecond) * 1000;
}

/** Resolves once `signal` is aborted and all that was under way is over. */
export async function runArrivals(options: ArrivalOptions): Promise<void> {
  const { perSecond, arrive, trouble, atOnceMax, random, signal } = options;
  const underWay = new Set<Promise<void>>();
  while (await passes(pauseMs(perSecond(), random), signal)) {
    if (underWay.size >= atOnceMax) continue;
    const one: Promise<void> = arrive()
      .catch(trouble)
      .finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
}

/** Whether the time passed: `false` where `signal` was aborted before. */
export async function passes(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
