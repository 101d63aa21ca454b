/** A block as the Beacon API answers it → what ChainPulse keeps of it: what the event tells, and the attestations, as bytes. */
import { type SeenBlock, unknownOfBlock } from "../blocks/block-report.ts";
import { Contradiction } from "../client/contradiction.ts";
import type { BlockAnswer } from "./answers.ts";
import { bytesOf, setBits } from "./bits.ts";
import { type ChainTime, slotStartMs } from "./chain-time.ts";
import type { Attestation } from "./settle-slot.ts";

/** `number` is the slot. */
export interface BeaconBlock extends SeenBlock {
  readonly proposer: number;
  readonly attestations: readonly Attestation[];
  /** Who of the sync committee has signed the block before; `null` before Altair. */
  readonly syncBits: Uint8Array | null;
  /** The execution client's block in it; `null`: there is none, or it is not known. */
  readonly execution: { readonly hash: string; readonly number: number } | null;
}

/** Throws `Contradiction` where the block is not older than what it attests. */
export function readBlock(time: ChainTime, root: string, { data: { message } }: BlockAnswer): BeaconBlock {
  const { slot, proposer_index: proposer, parent_root: parent, body } = message;
  return {
    ...unknownOfBlock,
    hash: root,
    parent,
    number: slot,
    timestampMs: slotStartMs(time, slot),
    proposer,
    ...payloadOf(body.execution_payload),
    attestations: body.attestations.map((answer) => {
      if (answer.data.slot >= slot) throw new Contradiction(`block ${root} of slot ${slot} attests slot ${answer.data.slot}`);
      return attestationOf(answer);
    }),
    syncBits: body.sync_aggregate === undefined ? null : bytesOf(body.sync_aggregate.sync_committee_bits),
  };
}

type Body = BlockAnswer["data"]["message"]["body"];

function attestationOf({ aggregation_bits, committee_bits, data }: Body["attestations"][number]): Attestation {
  return {
    slot: data.slot,
    committees: committee_bits === undefined ? [data.index] : setBits(bytesOf(committee_bits)),
    bits: bytesOf(aggregation_bits),
    head: data.beacon_block_root,
    target: data.target.root,
  };
}

function payloadOf(
  payload: Body["execution_payload"],
): Pick<BeaconBlock, "execution"> & Partial<Pick<SeenBlock, "transactions" | "gasUsed" | "gasLimit" | "baseFeeWei">> {
  if (payload === undefined || /^0x0+$/.test(payload.block_hash)) return { execution: null };
  return {
    execution: { hash: payload.block_hash, number: payload.block_number },
    transactions: payload.transactions,
    gasUsed: payload.gas_used,
    gasLimit: payload.gas_limit,
    baseFeeWei: payload.base_fee_per_gas,
  };
}
