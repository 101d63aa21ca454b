/** Who is to propose in which slot, when an own validator is next, and whether it did. */
import { AskFailure } from "../../../io/json-rpc.ts";
import type { BeaconApi, Header } from "./beacon-api.ts";
import type { DutyOutcome } from "../consensus/metrics.ts";
import { type ChainTime, epochOf, slotStartMs } from "./chain-time.ts";
import type { OwnValidators } from "./own-validators.ts";
import type { BeaconBlock } from "./read-block.ts";

export interface ProposerSchedule {
  /** Asks for the epoch of this slot and, where the client tells it, for the next one. Rejects with `AskFailure`. */
  refresh(slot: number): Promise<void>;
  /** Index of the validator; `null`: not known. */
  proposerOf(slot: number): number | null;
  /** Start of the next slot in which one of the group proposes, ms since the epoch; `null`: in none of those that are known. */
  nextOf(group: string, own: OwnValidators, nowMs: number): number | null;
}

/** Epochs that are remembered behind the current one: duties are judged some slots later. */
const epochsBehind = 2;

export function openProposerSchedule(time: ChainTime, api: Pick<BeaconApi, "proposals">): ProposerSchedule {
  const proposers = new Map<number, number>();
  let asked: number | null = null;
  /** Whether the next epoch was told, or will not be told ahead. */
  let isNextAnswered = false;
  const read = async (epoch: number): Promise<void> => {
    for (const { slot, validator } of await api.proposals(epoch))
      if (epochOf(time, slot) === epoch) proposers.set(slot, validator);
  };
  return {
    async refresh(slot) {
      const epoch = epochOf(time, slot);
      if (asked !== epoch) {
        // Asked anew even where it was told ahead: before Fulu the last block of an epoch can change who proposes in the next.
        await read(epoch);
        asked = epoch;
        isNextAnswered = false;
        for (const old of proposers.keys()) if (epochOf(time, old) < epoch - epochsBehind) proposers.delete(old);
      }
      if (isNextAnswered) return;
      try {
        await read(epoch + 1);
        isNextAnswered = true;
      } catch (error) {
        if (!(error instanceof AskFailure) || error.kind !== "refused") throw error;
        // Not all tell it ahead. A refusal of another kind passes: the next look asks again, and what is known of this epoch is told meanwhile.
        isNextAnswered = isForGood(error.code);
      }
    },
    proposerOf: (slot) => proposers.get(slot) ?? null,
    nextOf(group, { byIndex }, nowMs) {
      let next: number | null = null;
      for (const [slot, validator] of proposers) {
        const startMs = slotStartMs(time, slot);
        if (startMs < nowMs || byIndex.get(String(validator))?.group !== group) continue;
        next = Math.min(next ?? startMs, startMs);
      }
      return next;
    },
  };
}

/** A status that says: the same question has the same answer next time. Source: RFC 9110 §15.5. */
function isForGood(status: number | null): boolean {
  return status !== null && status >= 400 && status < 500;
}

/** What became of a proposal. `headersAt` is asked only where the canonical chain does not have it. */
export async function judgeProposal(
  validator: number,
  block: BeaconBlock | null,
  headersAt: () => Promise<readonly Header[]>,
): Promise<DutyOutcome> {
  if (block?.proposer === validator) return "done";
  const others = await headersAt();
  return others.some(({ proposer, root }) => proposer === validator && root !== block?.hash) ? "orphaned" : "missed";
}
