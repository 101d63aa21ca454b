/**
 * Judges attestations, of own validators and of the whole network, from the chain: an attestation of epoch e may be included until the end of epoch
 * e + 1 (EIP-7045; until 32 slots later before Deneb, which is no longer), so e is judged as soon as the head is in e + 2. Only what lies behind the head
 * is judged: a client that lags is late, and never wrong. Committees are asked for slot by slot, and slots are judged one at a time, so that
 * nothing of it takes long.
 */
import { setImmediate as turn } from "node:timers/promises";
import { Contradiction } from "../client/contradiction.ts";
import type { Vote } from "../consensus/metrics.ts";
import type { BeaconApi } from "./beacon-api.ts";
import type { CanonicalBlocks } from "./canonical-blocks.ts";
import { type ChainTime, epochOf, epochStart } from "./chain-time.ts";
import { type OwnValidators, seatsOf } from "./own-validators.ts";
import { type SettledSlot, settleSlot, type SlotCommittees } from "./settle-slot.ts";

/** What share of the members of an epoch's committees attested. */
export interface EpochParticipation {
  readonly epoch: number;
  readonly shares: Readonly<Record<Vote | "any", number>>;
}

export interface AttestationDutyOptions {
  readonly time: ChainTime;
  readonly api: Pick<BeaconApi, "committees">;
  readonly blocks: CanonicalBlocks;
  readonly own: () => OwnValidators;
  readonly onSlot: (settled: SettledSlot) => void;
  readonly onEpoch: (participation: EpochParticipation) => void;
  /** Attestations do not fit committees: the slot cannot be judged. */
  readonly onContradiction: (contradiction: Contradiction) => void;
  /** Epochs that are not judged, because too much happened while the client did not answer; both included. */
  readonly onSkipped: (firstEpoch: number, lastEpoch: number) => void;
}

export interface AttestationDuty {
  /** Asks for some committees, and judges what is due. Rejects with `AskFailure`; what is done stays done. */
  look(): Promise<void>;
  /** Of a slot that is not judged yet; `undefined` where they are not known. */
  readonly committeesOf: (slot: number) => SlotCommittees | undefined;
}

/** So many slots' committees are asked for in one look: 330 kB each on mainnet. */
const committeesPerLook = 4;

export function openAttestationDuty(options: AttestationDutyOptions): AttestationDuty {
  const { time, api, blocks, own, onSkipped } = options;
  const committees = new Map<number, SlotCommittees>();
  let dueEpoch: number | null = null;
  let nextSlot = 0;

  /** Where judging has to begin; further on than before only where something is missing. */
  const begin = (firstSlot: number, headEpoch: number): number => {
    // Heads and targets of an epoch are known from its first slot on; committees of the head's epoch and of the one before.
    const firstKnown = Math.ceil(firstSlot / time.slotsPerEpoch);
    const collected = epochOf(time, nextSlot) >= headEpoch - 1 ? (dueEpoch ?? headEpoch - 1) : headEpoch - 1;
    const epoch = Math.max(firstKnown, collected);
    if (epoch !== dueEpoch) {
      if (dueEpoch !== null) onSkipped(dueEpoch, epoch - 1);
      for (const slot of committees.keys()) if (slot < epochStart(time, epoch)) committees.delete(slot);
      nextSlot = Math.max(nextSlot, epochStart(time, epoch));
    }
    return epoch;
  };
  const collect = async (headEpoch: number): Promise<void> => {
    const endSlot = epochStart(time, headEpoch + 1);
    for (let asked = 0; asked < committeesPerLook && nextSlot < endSlot; asked++) {
      const answer = await api.committees(time, nextSlot);
      committees.set(nextSlot, seatsOf(nextSlot, answer, own()));
      nextSlot++;
    }
  };

  return {
    async look() {
      const { head, firstSlot } = blocks;
      if (head === null || firstSlot === null) return;
      const headEpoch = epochOf(time, head.number);
      let epoch = begin(firstSlot, headEpoch);
      dueEpoch = epoch;
      await collect(headEpoch);
      for (; epoch + 2 <= headEpoch && nextSlot >= epochStart(time, epoch + 1); epoch++) {
        dueEpoch = epoch + 1;
        await judgeEpoch(options, epoch, committees);
      }
    },
    committeesOf: (slot) => committees.get(slot),
  };
}

async function judgeEpoch(
  { time, blocks, onSlot, onEpoch, onContradiction }: AttestationDutyOptions,
  epoch: number,
  committees: Map<number, SlotCommittees>,
): Promise<void> {
  const start = epochStart(time, epoch);
  const target = blocks.rootAt(start);
  const sums = { members: 0, any: 0, source: 0, target: 0, head: 0 };
  for (let slot = start; slot < epochStart(time, epoch + 1); slot++) {
    const members = committees.get(slot);
    const head = blocks.rootAt(slot);
    committees.delete(slot);
    if (members === undefined || head === null || target === null) continue;
    try {
      const inclusions = inclusionsOf(blocks, slot, epochStart(time, epoch + 2) - 1);
      const settled = settleSlot({ committees: members, inclusions, head, target, slotsPerEpoch: time.slotsPerEpoch });
      addUp(sums, settled);
      onSlot(settled);
    } catch (error) {
      if (!(error instanceof Contradiction)) throw error;
      onContradiction(error);
    }
    await turn();
  }
  if (sums.members === 0) return;
  const shareOf = (count: number): number => count / sums.members;
  onEpoch({
    epoch,
    shares: {
      any: shareOf(sums.any),
      source: shareOf(sums.source),
      target: shareOf(sums.target),
      head: shareOf(sums.head),
    },
  });
}

function addUp(sums: Record<Vote | "any" | "members", number>, { members, included, right }: SettledSlot): void {
  sums.members += members;
  sums.any += included;
  sums.source += right.source;
  sums.target += right.target;
  sums.head += right.head;
}

function inclusionsOf(blocks: CanonicalBlocks, slot: number, lastSlot: number) {
  return blocks
    .between(slot + 1, lastSlot)
    .flatMap(({ number, attestations }) =>
      attestations
        .filter((attestation) => attestation.slot === slot)
        .map((attestation) => ({ attestation, distance: number - slot })),
    );
}
