/** Who is told what the pool of waiting transactions holds, and what becomes of each. */
import type { z } from "zod";
import type { ObserverMethod } from "../../../core/flow-names.ts";
import type { OnLeft } from "./mempool-tracker.ts";
import type { pendingShape, poolContentShape } from "./shapes.ts";

export type Pending = z.infer<typeof pendingShape>;
export type PoolContent = z.infer<typeof poolContentShape>;

export interface PoolListener {
  /** The client tells of it as news; it may have come by `resolutionMs` earlier. */
  seen(pending: Pending, method: ObserverMethod, resolutionMs: number): void;
  readonly left: OnLeft;
  /** It is in that block. `false`: the block is still to be read, and will tell. */
  found(hash: string, block: { readonly hash: string; readonly number: number }): boolean;
  /** It was asked for, and waits. */
  waits(hash: string): void;
  /** All that waits now. */
  content(content: PoolContent): void;
  /** Those of which it is not known whether they wait, at most so many, the same one not again for a while. They may be others than the tracker's. */
  unsure(countMax: number): readonly string[];
}
