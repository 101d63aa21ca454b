/**
 * What became of the attestations of one slot: every member of its committees had to attest once, and the blocks that followed say who did. Works
 * on one byte per member (30,000 in a slot of Ethereum's mainnet), because as many objects would cost more than the client itself.
 *
 * An attestation is of one committee, or since Electra (EIP-7549) of several: `committee_bits` names them, and its bits are those of all of
 * their members one after the other.
 *
 *     committees of the slot    0: a b c     1: d e     2: f g h          members of a slot: a … h, a byte each
 *     committee_bits 0b101      aggregation_bits a b c f g h
 *
 * Source: consensus-specs altair/beacon-chain.md get_attestation_participation_flag_indices, electra/beacon-chain.md get_attesting_indices.
 */
import { Contradiction } from "../client/contradiction.ts";
import type { Vote } from "../consensus/metrics.ts";
import { bitlistLength, hasBit } from "./bits.ts";

/** Who had to attest in a slot. */
export interface SlotCommittees {
  readonly slot: number;
  /** Members of each committee, by its index. */
  readonly sizes: readonly number[];
  /** Own validators among them. `member` counts through all committees of the slot. */
  readonly own: readonly { readonly validator: number; readonly member: number }[];
}

/** An attestation in a block, as far as it matters here. */
export interface Attestation {
  readonly slot: number;
  /** Indices of its committees, in order. */
  readonly committees: readonly number[];
  /** Bitlist over the members of those committees. */
  readonly bits: Uint8Array;
  /** Root of the block that it takes for the head. */
  readonly head: string;
  /** Root of the block that it takes for the beginning of its epoch. */
  readonly target: string;
}

/** An attestation of the slot, and how many slots later the block that holds it was. */
export interface Inclusion {
  readonly attestation: Attestation;
  readonly distance: number;
}

export interface SlotToSettle {
  readonly committees: SlotCommittees;
  /** In order of the blocks. */
  readonly inclusions: readonly Inclusion[];
  /** Root of the canonical block of the slot, or of the newest before it. */
  readonly head: string;
  /** The same of the first slot of its epoch. */
  readonly target: string;
  readonly slotsPerEpoch: number;
}

export interface OwnAttestation {
  readonly validator: number;
  /** Slots between it and the first block that held it; `null`: it was not included. */
  readonly distance: number | null;
  /** What it was right about, in time to be rewarded. */
  readonly right: Readonly<Record<Vote, boolean>>;
}

export interface SettledSlot {
  readonly slot: number;
  readonly members: number;
  /** Members whose attestation was included. */
  readonly included: number;
  readonly right: Readonly<Record<Vote, number>>;
  readonly own: readonly OwnAttestation[];
}

/** Bits of a member's byte. */
const flags = { included: 1, source: 2, target: 4, head: 8 } as const;

/** Throws `Contradiction` where an attestation does not fit the committees. */
export function settleSlot({ committees, inclusions, head, target, slotsPerEpoch }: SlotToSettle): SettledSlot {
  const { sizes, own, slot } = committees;
  const starts = startsOf(sizes);
  const members = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const distances = new Map<number, number>();
  for (const { attestation, distance } of inclusions) {
    markMembers(members, sizes, starts, attestation, flagsOf(attestation, { distance, head, target, slotsPerEpoch }));
    for (const { member } of own) {
      if (members[member] !== 0 && !distances.has(member)) distances.set(member, distance);
    }
  }
  const has = (member: number, flag: number): boolean => ((members[member] ?? 0) & flag) !== 0;
  return {
    slot,
    members: members.length,
    included: countFlag(members, flags.included),
    right: {
      source: countFlag(members, flags.source),
      target: countFlag(members, flags.target),
      head: countFlag(members, flags.head),
    },
    own: own.map(({ validator, member }) => ({
      validator,
      distance: distances.get(member) ?? null,
      right: { source: has(member, flags.source), target: has(member, flags.target), head: has(member, flags.head) },
    })),
  };
}

interface Truth {
  readonly distance: number;
  readonly head: string;
  readonly target: string;
  readonly slotsPerEpoch: number;
}

/**
 * Each vote counts only where the one before it does. A block cannot hold an attestation with another source than the justified one, nor, before
 * Deneb, one that is older than an epoch: of the source only the distance is left to look at, and of the target nothing. Gloas also asks
 * of the head whether its payload was there; that is not looked at.
 */
function flagsOf(attestation: Attestation, { distance, head, target, slotsPerEpoch }: Truth): number {
  const isTarget = attestation.target === target;
  const isHead = isTarget && attestation.head === head;
  return (
    flags.included |
    (distance <= Math.floor(Math.sqrt(slotsPerEpoch)) ? flags.source : 0) |
    (isTarget ? flags.target : 0) |
    (isHead && distance === minInclusionDistance ? flags.head : 0)
  );
}

/** MIN_ATTESTATION_INCLUSION_DELAY: 1 in all presets. */
const minInclusionDistance = 1;

/** Index of each committee's first member among all of the slot. */
export function startsOf(sizes: readonly number[]): readonly number[] {
  let start = 0;
  return sizes.map((size) => (start += size) - size);
}

/** Marks those that the attestation is of. Throws `Contradiction` where it does not fit the committees. */
export function markMembers(
  members: Uint8Array,
  sizes: readonly number[],
  starts: readonly number[],
  { slot, committees, bits }: Attestation,
  mask: number,
): void {
  const length = committees.reduce((sum, committee) => sum + (sizes[committee] ?? Number.NaN), 0);
  if (bitlistLength(bits) !== length) {
    throw new Contradiction(
      `an attestation of slot ${slot} has ${bitlistLength(bits)} bits, and its committees ${length} members`,
    );
  }
  let bit = 0;
  for (const committee of committees) {
    const start = starts[committee] ?? 0;
    const end = start + (sizes[committee] ?? 0);
    for (let member = start; member < end; member++, bit++) {
      if (hasBit(bits, bit)) members[member] = (members[member] ?? 0) | mask;
    }
  }
}

/** How many members have that mark. */
export function countFlag(members: Uint8Array, flag: number): number {
  let count = 0;
  for (const member of members) if ((member & flag) !== 0) count++;
  return count;
}
