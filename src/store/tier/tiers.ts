/** The tiers: summaries of raw samples that outlive them. */
import type { TierStepMs } from "../../core/storage.ts";

export interface Tier {
  /** As messages call it: "computed from the 1m tier". */
  readonly name: string;
  readonly stepMs: TierStepMs;
  /** Time span of one file, ms: retention is an unlink, so it is also how coarse retention is. */
  readonly fileMs: number;
}

const day = 86_400_000;

/** Finest first. */
export const tiers: readonly Tier[] = [
  { name: "1m", stepMs: 60_000, fileMs: 8 * day },
  { name: "1h", stepMs: 3_600_000, fileMs: 32 * day },
];

/**
 * Time that is summarised at once, ms: a row of a tier's file holds this much of one series. Longer ones would leave more of the
 * newest time to raw samples, shorter ones cost a month's query more reads. Files and partitions begin at whole multiples of it.
 */
export const chunkMs = day / 4;
