/**
 * What the Beacon API answers, as far as it is read. Numbers are decimal text there; what does not fit is garbage, and no part of it is believed.
 * Source: ethereum/beacon-APIs (apis/, types/).
 */
import { z } from "zod";

/** Numbers that a number holds exactly. */
const uint = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .pipe(z.int());
/** As `uint`, and FAR_FUTURE_EPOCH (2⁶⁴ − 1) for never. */
const epoch = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(Number);
const gwei = z.string().regex(/^\d{1,20}$/);
const root = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i)
  .toLowerCase();
const bits = (bytesMax: number): z.ZodString =>
  z
    .string()
    .max(2 + 2 * bytesMax)
    .regex(/^0x([0-9a-f]{2})*$/i);
/** An index as text: looked up as it is, because there are tens of thousands in one answer. */
const indexText = z.string().max(20);

const dataOf = <S extends z.ZodType>(shape: S) => z.object({ data: shape });

export const versionShape = dataOf(z.object({ version: z.string().max(256) }));

export const genesisShape = dataOf(z.object({ genesis_time: uint, genesis_validators_root: root }));

export const specShape = dataOf(
  z.object({
    CONFIG_NAME: z.string().max(64).optional(),
    SLOTS_PER_EPOCH: uint.pipe(z.int().min(1).max(1024)),
    SECONDS_PER_SLOT: uint.pipe(z.int().min(1).max(3600)).optional(),
    /** What took its place in 2025. */
    SLOT_DURATION_MS: uint.pipe(z.int().min(100).max(3_600_000)).optional(),
    EPOCHS_PER_SYNC_COMMITTEE_PERIOD: uint.pipe(z.int().min(1).max(65_536)).optional(),
    ALTAIR_FORK_EPOCH: epoch.optional(),
    DEPOSIT_CHAIN_ID: z
      .string()
      .regex(/^\d{1,78}$/)
      .optional(),
  }),
);

const header = z.object({
  root,
  canonical: z.boolean(),
  header: z.object({ message: z.object({ slot: uint, proposer_index: uint, parent_root: root }) }),
});
export const headerShape = dataOf(header);
export const headersShape = dataOf(z.array(header).max(1024));

const checkpoint = z.object({ epoch: uint, root });

/** At most 64 committees of 2,048 validators. Source: MAX_COMMITTEES_PER_SLOT, MAX_VALIDATORS_PER_COMMITTEE. */
const committeesMax = 64;
const committeeMembersMax = 2048;
const attestation = z.object({
  aggregation_bits: bits((committeesMax * committeeMembersMax) / 8 + 1),
  /** Since Electra. */
  committee_bits: bits(committeesMax / 8).optional(),
  data: z.object({
    slot: uint,
    index: uint,
    beacon_block_root: root,
    target: checkpoint,
  }),
});

/** Blocks before Bellatrix, and since Gloas, have no payload. */
const payload = z.object({
  /** Zeros before the merge. */
  block_hash: root,
  block_number: uint,
  gas_limit: uint,
  gas_used: uint,
  base_fee_per_gas: z.string().regex(/^\d{1,78}$/),
  transactions: z
    .array(z.unknown())
    .max(1_048_576)
    .transform(({ length }) => length),
});

export const blockShape = dataOf(
  z.object({
    message: z.object({
      slot: uint,
      proposer_index: uint,
      parent_root: root,
      body: z.object({
        /** MAX_ATTESTATIONS: 128, since Electra 8. */
        attestations: z.array(attestation).max(128),
        /** Since Altair. SYNC_COMMITTEE_SIZE: 512. */
        sync_aggregate: z.object({ sync_committee_bits: bits(512 / 8) }).optional(),
        execution_payload: payload.optional(),
      }),
    }),
  }),
);
export type BlockAnswer = z.infer<typeof blockShape>;

export const finalityShape = dataOf(z.object({ current_justified: checkpoint, finalized: checkpoint }));

export const syncingShape = dataOf(
  z.object({
    head_slot: uint,
    sync_distance: uint,
    is_syncing: z.boolean(),
    is_optimistic: z.boolean().optional(),
    el_offline: z.boolean().optional(),
  }),
);

export const peersShape = dataOf(
  z
    .array(
      z.object({
        peer_id: z.string().max(256),
        last_seen_p2p_address: z.string().max(1024).nullish(),
        state: z.string().max(32),
        direction: z.string().max(32).nullish(),
        /** Lodestar's own list only. */
        agent_version: z.string().max(1024).nullish(),
      }),
    )
    .max(16_384),
);

export const identityShape = dataOf(z.object({ p2p_addresses: z.array(z.string().max(1024)).max(256) }));

export const committeesShape = dataOf(
  z.array(z.object({ index: uint, slot: uint, validators: z.array(indexText).max(committeeMembersMax) })).max(committeesMax),
);

export const syncCommitteeShape = dataOf(z.object({ validators: z.array(indexText).max(512) }));

export const proposersShape = dataOf(z.array(z.object({ validator_index: uint, slot: uint })).max(1024));

export const validatorsShape = dataOf(
  z
    .array(
      z.object({
        index: uint,
        balance: gwei,
        status: z.string().max(32),
        validator: z.object({ pubkey: z.string().max(98).toLowerCase(), slashed: z.boolean() }),
      }),
    )
    .max(16_384),
);
export type ValidatorAnswer = z.infer<typeof validatorsShape>["data"][number];

/** What events tell, as far as it is needed: which block it is about. */
export const blockNotice = z.object({ slot: uint, block: root });

/** The event `finalized_checkpoint`. */
export const checkpointNotice = z.object({ epoch: uint });
