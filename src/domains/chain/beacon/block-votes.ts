/**
 * When a block has the votes of two thirds of those who had to attest in its slot, as the blocks after it tell. That share is what makes a checkpoint
 * justified (consensus-specs phase0/beacon-chain.md, weigh_justification_and_finalization); of a single block it says that the network saw it in time.
 */
import { Contradiction } from "../client/contradiction.ts";
import type { CanonicalBlocks } from "./canonical-blocks.ts";
import type { BeaconBlock } from "./read-block.ts";
import { type Attestation, countFlag, markMembers, type SlotCommittees, startsOf } from "./settle-slot.ts";

export interface Supported {
  /** It has them. */
  readonly block: BeaconBlock;
  /** The block that told of the last votes that were needed. */
  readonly by: BeaconBlock;
  /** Of the slot's members that have voted for it until then, 2/3 to 1. */
  readonly share: number;
}

export interface BlockVotes {
  /** Counts what blocks that have become canonical tell. What does not fit the committees is left out. */
  look(): void;
}

export interface BlockVotesOptions {
  readonly blocks: CanonicalBlocks;
  readonly committeesOf: (slot: number) => SlotCommittees | undefined;
  /** Once for each block that has got there. */
  readonly onSupported: (supported: Supported) => void;
}

/** Votes for one block: a byte for each member of its slot's committees; `null`: it has enough. */
interface Tally {
  readonly slot: number;
  members: Uint8Array | null;
}

export function countBlockVotes({ blocks, committeesOf, onSupported }: BlockVotesOptions): BlockVotes {
  const tallies = new Map<string, Tally>();
  const counted = new Map<string, number>();

  const count = (attestation: Attestation, by: BeaconBlock): void => {
    const { slot, head } = attestation;
    const block = blocks.at(slot);
    const committees = committeesOf(slot);
    // A vote for an older block says that its slot's own was late, or that there is none.
    if (block?.hash !== head || committees === undefined) return;
    const seats = committees.sizes.reduce((sum, size) => sum + size, 0);
    const tally = tallies.get(head) ?? { slot, members: new Uint8Array(seats) };
    tallies.set(head, tally);
    if (tally.members === null) return;
    markMembers(tally.members, committees.sizes, startsOf(committees.sizes), attestation, voted);
    const votes = countFlag(tally.members, voted);
    if (3 * votes < 2 * seats) return;
    tally.members = null;
    onSupported({ block, by, share: votes / seats });
  };
  const countAll = (by: BeaconBlock): void => {
    for (const attestation of by.attestations) {
      try {
        count(attestation, by);
      } catch (error) {
        // It is told where the slot is judged.
        if (!(error instanceof Contradiction)) throw error;
      }
    }
  };
  const forget = (firstSlot: number): void => {
    for (const [hash, { slot }] of tallies) if (slot < firstSlot) tallies.delete(hash);
    for (const [hash, slot] of counted) if (slot < firstSlot) counted.delete(hash);
  };

  return {
    look() {
      const { head, firstSlot } = blocks;
      if (head === null || firstSlot === null) return;
      forget(firstSlot);
      for (const block of blocks.between(firstSlot, head.number)) {
        if (counted.has(block.hash)) continue;
        // Most of its votes are for the slot before it: they wait for that one's committees.
        if (committeesOf(block.number - 1) === undefined) continue;
        counted.set(block.hash, block.number);
        countAll(block);
      }
    },
  };
}

const voted = 1;
