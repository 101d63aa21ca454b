/**
 * The newest epochs of the canonical chain with all that duties are judged by, without a gap: each block is the parent of the next. Which slots
 * have no block follows from that; no slot has to be asked for. It differs from the tracker of heads in that it reads back to where it has to begin.
 */
import { type ChainTracker, trackChain } from "../blocks/chain-tracker.ts";
import { readBranch } from "../blocks/read-branch.ts";
import { type ChainTime, epochOf, epochStart } from "./chain-time.ts";
import type { BeaconBlock } from "./read-block.ts";

export interface CanonicalBlocks {
  readonly head: BeaconBlock | null;
  /** Slot of the oldest block; of what was before nothing is known. `null` without blocks. */
  readonly firstSlot: number | null;
  /** This is the head now. Rejects as `read` does, and with `Contradiction`; nothing has changed then. */
  follow(head: BeaconBlock): Promise<void>;
  /** `null`: the slot has no block, or is not among these. */
  at(slot: number): BeaconBlock | null;
  /** Root of the block of the slot, or of the newest before it; `null`: before the first. */
  rootAt(slot: number): string | null;
  /** Blocks of the slots `from` to `to`, both included, in order. */
  between(from: number, to: number): readonly BeaconBlock[];
}

/**
 * An epoch's attestations are judged once the next epoch is over, so two epochs and a part of a third are needed; one more for a head that comes
 * late.
 */
export const epochsKept = 4;
/** Where the head is further ahead than this, what lies between is not read: a client that catches up has better things to do. */
const epochsReadMax = 2;

/** `read`: the block with that root, `null` where the client does not have it. */
export function keepCanonicalBlocks(time: ChainTime, read: (root: string) => Promise<BeaconBlock | null>): CanonicalBlocks {
  const tracker: ChainTracker<BeaconBlock> = trackChain(epochsKept * time.slotsPerEpoch);
  const slotsReadMax = epochsReadMax * time.slotsPerEpoch;

  return {
    get head() {
      return tracker.head;
    },
    get firstSlot() {
      return tracker.canonical[0]?.number ?? null;
    },
    async follow(head) {
      const known = tracker.head;
      const isNear = known !== null && head.number - known.number <= slotsReadMax;
      const branch = isNear
        ? await readBranch(tracker, head, slotsReadMax, read)
        : await readBack(head, epochStart(time, epochOf(time, head.number) - 1), slotsReadMax, read);
      tracker.follow(branch);
    },
    at: (slot) => tracker.canonical.findLast(({ number }) => number === slot) ?? null,
    rootAt: (slot) => tracker.canonical.findLast(({ number }) => number <= slot)?.hash ?? null,
    between: (from, to) => tracker.canonical.filter(({ number }) => number >= from && number <= to),
  };
}

/** The head's ancestors down to the first that is not after `slot`, in order, the head last: at most `blocksMax`, and as far as there are any. */
async function readBack(
  head: BeaconBlock,
  slot: number,
  blocksMax: number,
  read: (root: string) => Promise<BeaconBlock | null>,
): Promise<readonly BeaconBlock[]> {
  const branch = [head];
  for (let first = head; first.number > slot && first.parent !== null && branch.length <= blocksMax;) {
    const parent = await read(first.parent);
    if (parent === null) break;
    branch.unshift(parent);
    first = parent;
  }
  return branch;
}
