/**
 * The questions that ChainPulse asks of a consensus client, one function each. `null` is the client's 404: a slot without a block, a state
 * that it does not keep. All reject with `AskFailure`. Source: ethereum/beacon-APIs (apis/).
 */
import { AskFailure } from "../../../io/json-rpc.ts";
import type { Ask } from "../client/ask.ts";
import * as answers from "./answers.ts";
import type { ChainTime } from "./chain-time.ts";
import { type AskCommittees, openCommittees } from "./committees.ts";
import { type BeaconBlock, readBlock } from "./read-block.ts";

/** What does not change as long as the chain is the same. */
export interface ChainFacts extends ChainTime {
  /** The same for all clients of one chain, and no other. */
  readonly genesisRoot: string;
  /** `mainnet`; the first bytes of `genesisRoot` where the client does not say. */
  readonly network: string;
  readonly epochsPerSyncPeriod: number;
  /** Infinity: not planned. There are no sync committees before. */
  readonly altairEpoch: number;
  /** Id of the execution clients' chain, decimal; `null`: the client does not say. */
  readonly executionChain: string | null;
}

export interface Header {
  readonly root: string;
  readonly parent: string;
  readonly slot: number;
  readonly proposer: number;
  readonly isCanonical: boolean;
}

export interface Proposal {
  readonly slot: number;
  readonly validator: number;
}

export interface BeaconApi {
  facts(): Promise<ChainFacts>;
  version(): Promise<string>;
  head(): Promise<Header>;
  /** All blocks of the slot that the client knows, orphaned ones too, as long as it has not finalised. */
  headersAt(slot: number): Promise<readonly Header[]>;
  block(time: ChainTime, root: string): Promise<BeaconBlock | null>;
  finality(): Promise<{ readonly justified: number; readonly finalized: number }>;
  syncing(): Promise<SyncStatus>;
  peers(): Promise<readonly PeerAnswer[]>;
  /** Multiaddresses at which it listens for peers. */
  addresses(): Promise<readonly string[]>;
  readonly committees: AskCommittees;
  /** Members in order of their places, decimal. `null`: not to be had of this state. */
  syncCommittee(epoch: number): Promise<readonly string[] | null>;
  /** Of the current epoch and the next one. */
  proposals(epoch: number): Promise<readonly Proposal[]>;
  /** Indices or public keys; those that are not known are left out. */
  validators(ids: readonly string[]): Promise<readonly answers.ValidatorAnswer[]>;
}

export interface SyncStatus {
  readonly headSlot: number;
  readonly distance: number;
  readonly isSyncing: boolean;
  /** `null`: the client does not say. */
  readonly isOptimistic: boolean | null;
  readonly isEngineOffline: boolean | null;
}

export type PeerAnswer = ReturnType<typeof answers.peersShape.parse>["data"][number];

/** A full block with its transactions in hex: gossip passes on 10 MiB at most (GOSSIP_MAX_SIZE), twice that as text, and room for the rest. */
const blockBytesMax = 33_554_432;

/** `peersPath`: Lodestar tells more of its peers at an address of its own, where it is set up to. */
export function openBeaconApi(ask: Ask, peersPath = commonPeersPath): BeaconApi {
  const validators = openValidators(ask);
  return {
    async facts() {
      const { data: genesis } = there(await ask.get("beacon/genesis", "eth/v1/beacon/genesis", answers.genesisShape));
      const { data: spec } = there(await ask.get("config/spec", "eth/v1/config/spec", answers.specShape));
      const slotMs = spec.SLOT_DURATION_MS ?? (spec.SECONDS_PER_SLOT ?? Number.NaN) * 1000;
      if (Number.isNaN(slotMs)) throw new AskFailure("garbage", "config/spec: it does not say how long a slot is");
      return {
        genesisMs: genesis.genesis_time * 1000,
        slotMs,
        slotsPerEpoch: spec.SLOTS_PER_EPOCH,
        genesisRoot: genesis.genesis_validators_root,
        network: spec.CONFIG_NAME ?? genesis.genesis_validators_root.slice(0, 10),
        epochsPerSyncPeriod: spec.EPOCHS_PER_SYNC_COMMITTEE_PERIOD ?? mainnetEpochsPerSyncPeriod,
        altairEpoch: spec.ALTAIR_FORK_EPOCH ?? 0,
        // Deposits are made on it. Source: consensus-specs configs/mainnet.yaml, "Deposit contract".
        executionChain: spec.DEPOSIT_CHAIN_ID ?? null,
      };
    },
    async version() {
      return there(await ask.get("node/version", "eth/v1/node/version", answers.versionShape)).data.version;
    },
    async head() {
      return headerOf(there(await ask.get("beacon/headers", "eth/v1/beacon/headers/head", answers.headerShape)).data);
    },
    async headersAt(slot) {
      const answer = await ask.get("beacon/headers", `eth/v1/beacon/headers?slot=${slot}`, answers.headersShape);
      return answer?.data.map(headerOf) ?? [];
    },
    async block(time, root) {
      const options = { bytesMax: blockBytesMax };
      const answer = await ask.get("beacon/blocks", `eth/v2/beacon/blocks/${root}`, answers.blockShape, options);
      return answer === null ? null : readBlock(time, root, answer);
    },
    async finality() {
      const path = "eth/v1/beacon/states/head/finality_checkpoints";
      const { data } = there(await ask.get("beacon/states/finality_checkpoints", path, answers.finalityShape));
      return { justified: data.current_justified.epoch, finalized: data.finalized.epoch };
    },
    async syncing() {
      const { data } = there(await ask.get("node/syncing", "eth/v1/node/syncing", answers.syncingShape));
      return {
        headSlot: data.head_slot,
        distance: data.sync_distance,
        isSyncing: data.is_syncing,
        isOptimistic: data.is_optimistic ?? null,
        isEngineOffline: data.el_offline ?? null,
      };
    },
    async peers() {
      const get = (path: string) => ask.get("node/peers", `${path}?state=connected`, answers.peersShape);
      const { data } = (await get(peersPath)) ?? there(await get(commonPeersPath));
      return data.filter(({ state }) => state === "connected");
    },
    async addresses() {
      return there(await ask.get("node/identity", "eth/v1/node/identity", answers.identityShape)).data.p2p_addresses;
    },
    committees: openCommittees(ask),
    async syncCommittee(epoch) {
      const path = `eth/v1/beacon/states/head/sync_committees?epoch=${epoch}`;
      const answer = await ask.get("beacon/states/sync_committees", path, answers.syncCommitteeShape);
      return answer?.data.validators ?? null;
    },
    async proposals(epoch) {
      const path = `eth/v1/validator/duties/proposer/${epoch}`;
      const { data } = there(await ask.get("validator/duties/proposer", path, answers.proposersShape));
      return data.map(({ slot, validator_index: validator }) => ({ slot, validator }));
    },
    validators,
  };
}

const commonPeersPath = "eth/v1/node/peers";

/** EPOCHS_PER_SYNC_COMMITTEE_PERIOD of the mainnet preset. */
const mainnetEpochsPerSyncPeriod = 256;

function there<T>(answer: T | null): T {
  if (answer === null) throw new AskFailure("refused", "status 404: it is no Beacon API, or has no head yet", { code: 404 });
  return answer;
}

function headerOf({ root, canonical, header }: ReturnType<typeof answers.headerShape.parse>["data"]): Header {
  const { slot, parent_root: parent, proposer_index: proposer } = header.message;
  return { root, parent, slot, proposer, isCanonical: canonical };
}

/** In one request; 64 are allowed in an address, and clients of 2023 allow 30. Source: apis/beacon/states/validators.yaml, its history. */
const idsInAddressMax = 30;
const idsInBodyMax = 1000;

/** Posting came with version 2.5 of the Beacon API (2023): clients that do not have it are asked in many addresses. */
function openValidators(ask: Ask): BeaconApi["validators"] {
  const name = "beacon/states/validators";
  const path = "eth/v1/beacon/states/head/validators";
  let canPost = true;
  const post = async (ids: readonly string[]): Promise<readonly answers.ValidatorAnswer[] | null> => {
    try {
      return (await ask.post(name, path, { ids }, answers.validatorsShape))?.data ?? null;
    } catch (error) {
      if (error instanceof AskFailure && error.kind === "refused") return null;
      throw error;
    }
  };
  const get = async (ids: readonly string[]): Promise<readonly answers.ValidatorAnswer[]> => {
    const found: answers.ValidatorAnswer[] = [];
    for (const part of inParts(ids, idsInAddressMax)) {
      const query = part.map((id) => `id=${id}`).join("&");
      found.push(...there(await ask.get(name, `${path}?${query}`, answers.validatorsShape)).data);
    }
    return found;
  };
  return async (ids) => {
    if (ids.length <= idsInAddressMax) return get(ids);
    const found: answers.ValidatorAnswer[] = [];
    for (const part of inParts(ids, idsInBodyMax)) {
      const posted: readonly answers.ValidatorAnswer[] | null = canPost ? await post(part) : null;
      if (posted === null) canPost = false;
      for (const validator of posted ?? (await get(part))) found.push(validator);
    }
    return found;
  };
}

function inParts<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, part) => list.slice(part * size, (part + 1) * size));
}
