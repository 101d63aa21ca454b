/**
 * Sync committees: 512 validators for 256 epochs (27 h on mainnet), each signs the newest block in every slot, and the next block says who did.
 * A slot that is followed by no block asks nothing of them. Source: consensus-specs altair/beacon-chain.md process_sync_aggregate.
 */
import type { BeaconApi, ChainFacts } from "./beacon-api.ts";
import { countBits, hasBit } from "./bits.ts";
import { epochOf } from "./chain-time.ts";
import type { OwnValidators } from "./own-validators.ts";

export interface SyncCommittees {
  /** Asks for the committee of this slot's period, and for the next one. Rejects with `AskFailure`. */
  refresh(slot: number): Promise<void>;
  /** Validators by their places, decimal; `null`: not known. */
  committeeOf(slot: number): readonly string[] | null;
  /** The one after it. */
  committeeAfter(slot: number): readonly string[] | null;
}

export function openSyncCommittees(chain: ChainFacts, api: Pick<BeaconApi, "syncCommittee">): SyncCommittees {
  const committees = new Map<number, readonly string[]>();
  const periodOf = (slot: number): number => Math.floor(epochOf(chain, slot) / chain.epochsPerSyncPeriod);
  return {
    async refresh(slot) {
      const period = periodOf(slot);
      for (const wanted of [period, period + 1]) {
        if (committees.has(wanted)) continue;
        const epoch = Math.max(wanted * chain.epochsPerSyncPeriod, wanted === period ? epochOf(chain, slot) : 0);
        if (epoch < chain.altairEpoch) continue;
        const members = await api.syncCommittee(epoch);
        if (members !== null) committees.set(wanted, members);
      }
      for (const old of committees.keys()) if (old < period - 1) committees.delete(old);
    },
    committeeOf: (slot) => committees.get(periodOf(slot)) ?? null,
    committeeAfter: (slot) => committees.get(periodOf(slot) + 1) ?? null,
  };
}

export interface SyncDuty {
  readonly validator: number;
  readonly isDone: boolean;
}

/** What own members signed, as the block says. One that has several places, which is possible in small networks, signs for all of them. */
export function judgeSync(
  bits: Uint8Array,
  committee: readonly string[],
  { byIndex }: OwnValidators,
): { readonly share: number; readonly own: readonly SyncDuty[] } {
  const signed = new Map<number, boolean>();
  for (const [place, index] of committee.entries()) {
    const validator = byIndex.get(index);
    if (validator?.isActive !== true) continue;
    signed.set(validator.index, signed.get(validator.index) === true || hasBit(bits, place));
  }
  return {
    share: countBits(bits) / committee.length,
    own: [...signed].map(([validator, isDone]) => ({ validator, isDone })),
  };
}

/** How many own validators are members. */
export function ownMembers(committee: readonly string[], { byIndex }: OwnValidators): ReadonlyMap<string, number> {
  const members = new Map<string, number>();
  for (const index of new Set(committee)) {
    const group = byIndex.get(index)?.group;
    if (group !== undefined) members.set(group, (members.get(group) ?? 0) + 1);
  }
  return members;
}
