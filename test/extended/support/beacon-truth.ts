/**
 * What validators did, worked out from a client's Beacon API in another way than ChainPulse's: their duties are those that validator clients ask for,
 * and slots are asked for one by one. It is slow, simple, and knows nothing of the product.
 */
import { z } from "zod";

const uint = z.string().transform(Number);
const attesterDuties = z.object({
  data: z.array(
    z.object({
      validator_index: uint,
      slot: uint,
      committee_index: uint,
      validator_committee_index: uint,
    }),
  ),
});
const proposerDuties = z.object({ data: z.array(z.object({ validator_index: uint, slot: uint })) });
const syncDuties = z.object({
  data: z.array(z.object({ validator_index: uint, validator_sync_committee_indices: z.array(uint) })),
});
const attestations = z.object({
  data: z.array(z.object({ aggregation_bits: z.string(), data: z.object({ slot: uint, index: uint }) })),
});
const block = z.object({
  data: z.object({
    message: z.object({
      proposer_index: uint,
      body: z.object({ sync_aggregate: z.object({ sync_committee_bits: z.string() }) }),
    }),
  }),
});

export interface Miss {
  readonly duty: "attestation" | "proposal" | "sync_committee";
  readonly slot: number;
  readonly validator: number;
}

export interface EpochDuties {
  readonly attesters: z.infer<typeof attesterDuties>["data"];
  readonly proposers: z.infer<typeof proposerDuties>["data"];
  readonly syncMembers: z.infer<typeof syncDuties>["data"];
}

export interface BeaconTruth {
  /** To be called while the epoch is the current one. */
  dutiesOf(epoch: number): Promise<EpochDuties>;
  /** Attestations of these duties that no block until `lastSlot` holds; and how many there were. */
  missedAttestations(duties: EpochDuties, lastSlot: number): Promise<readonly Miss[]>;
  /** Slots of these duties without a block of their proposer. */
  missedProposals(duties: EpochDuties): Promise<readonly Miss[]>;
  /** What members did not sign, as the block of `slot` says; none where there is no block. The duty is of the slot before. */
  missedSigning(duties: EpochDuties, slot: number): Promise<readonly Miss[]>;
}

export function beaconTruth(url: string, validators: number): BeaconTruth {
  const ids = Array.from({ length: validators }, (_, index) => String(index));
  const ask = async <S extends z.ZodType>(path: string, schema: S, body?: unknown): Promise<z.infer<S> | null> => {
    const post = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}${path}`, body === undefined ? {} : post);
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return schema.parse(await answer.json());
  };
  const must = async <S extends z.ZodType>(path: string, schema: S, body?: unknown): Promise<z.infer<S>> => {
    const answer = await ask(path, schema, body);
    if (answer === null) throw new Error(`${path}: 404`);
    return answer;
  };

  return {
    async dutiesOf(epoch) {
      const [attesters, proposers, sync] = await Promise.all([
        must(`/eth/v1/validator/duties/attester/${epoch}`, attesterDuties, ids),
        must(`/eth/v1/validator/duties/proposer/${epoch}`, proposerDuties),
        must(`/eth/v1/validator/duties/sync/${epoch}`, syncDuties, ids),
      ]);
      return { attesters: attesters.data, proposers: proposers.data, syncMembers: sync.data };
    },
    async missedAttestations({ attesters }, lastSlot) {
      const missing = new Set(attesters);
      const first = Math.min(...attesters.map(({ slot }) => slot));
      for (let slot = first + 1; slot <= lastSlot; slot++) {
        for (const included of (await ask(`/eth/v1/beacon/blocks/${slot}/attestations`, attestations))?.data ?? []) {
          for (const duty of missing) {
            const isItsCommittee = duty.slot === included.data.slot && duty.committee_index === included.data.index;
            if (isItsCommittee && isSet(included.aggregation_bits, duty.validator_committee_index)) missing.delete(duty);
          }
        }
      }
      return [...missing].map(({ slot, validator_index: validator }) => ({ duty: "attestation", slot, validator }));
    },
    async missedProposals({ proposers }) {
      const misses: Miss[] = [];
      for (const { slot, validator_index: validator } of proposers) {
        const answer = await ask(`/eth/v2/beacon/blocks/${slot}`, block);
        if (answer?.data.message.proposer_index !== validator) misses.push({ duty: "proposal", slot, validator });
      }
      return misses;
    },
    async missedSigning({ syncMembers }, slot) {
      const answer = await ask(`/eth/v2/beacon/blocks/${slot}`, block);
      if (answer === null) return [];
      const bits = answer.data.message.body.sync_aggregate.sync_committee_bits;
      return syncMembers
        .filter(({ validator_sync_committee_indices: places }) => !places.some((place) => isSet(bits, place)))
        .map(({ validator_index: validator }) => ({ duty: "sync_committee", slot: slot - 1, validator }));
    },
  };

  /** Bit `place` of an SSZ bit field in hex: the lowest bit of the first byte is bit 0. */
  function isSet(hex: string, place: number): boolean {
    const byte = Number.parseInt(hex.slice(2 + 2 * Math.floor(place / 8), 4 + 2 * Math.floor(place / 8)), 16);
    return Math.floor(byte / 2 ** (place % 8)) % 2 === 1;
  }
}
