/**
 * Slots that lie some way behind the head, each looked at once: missed slots, proposals and sync committee duties are judged there. A few slots
 * are waited for, because the newest blocks are those that reorganisations take back.
 */
import type { CanonicalBlocks } from "./canonical-blocks.ts";
import type { BeaconBlock } from "./read-block.ts";

/**
 * So many slots behind the head. Since proposer boost (2022), Ethereum's mainnet has had reorganisations of one or two blocks; a deeper one is
 * told as such, and what was judged stays.
 */
export const settledDepth = 4;

export interface PassedSlots {
  /** Calls `visit` for each slot that has passed since the last time, in order. `null`: it has no block. Where `visit` rejects, the slot comes again. */
  each(visit: (slot: number, block: BeaconBlock | null) => Promise<void>): Promise<void>;
}

/** Begins with the slots that pass from now on: what was before may have been counted before. */
export function followPassedSlots(blocks: CanonicalBlocks): PassedSlots {
  let next: number | null = null;
  return {
    async each(visit) {
      const { head, firstSlot } = blocks;
      if (head === null || firstSlot === null) return;
      const last = head.number - settledDepth;
      next ??= last + 1;
      // What lies before the first block was not read.
      next = Math.max(next, firstSlot);
      for (; next <= last; next++) await visit(next, blocks.at(next));
    },
  };
}
