/** How a client came to know of a transaction: what its trace begins with. */
import type { ObserverMethod } from "../../../core/flow-names.ts";

/** How it was first seen. Times are ms since the epoch. */
export interface FirstSight {
  /** As `flowHash` gives it. */
  readonly hash: string;
  /** As the client writes it. */
  readonly displayed: string;
  readonly timeMs: number;
  readonly method: ObserverMethod;
  readonly resolutionMs: number;
  /** That of its block, which alone is known: it waited before ChainPulse watched. */
  readonly isUnknown: boolean;
  readonly ratio: number;
}
