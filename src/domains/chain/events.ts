/** Events of the chain: what one looks up by name afterwards. Amounts in wei are decimal strings: a number has not enough digits. */
import type { EventDeclaration } from "../../core/node-event.ts";

export const blockEvent = {
  kind: "chain.block",
  title: "Block",
  help: "A block as a client saw it; its key is its hash, or the slot where there is no block.",
  fields: {
    number: "Number, or slot on a beacon chain.",
    hash: "Hash, 0x and hex, or hex as Bitcoin writes it; null for a missed slot.",
    parent: "Hash of the parent; null where it is not known.",
    status: "canonical, orphaned, or missed (a slot without a block).",
    timestampMs: "Its own timestamp, or the start of its slot, ms since the epoch.",
    firstSeenMs: "When it was seen here, ms since the epoch; null for one from before ChainPulse watched.",
    proposer: "Miner's address or proposer's index; null where it is not known.",
    transactions: "How many it has.",
    failed: "How many of them failed; null where it is not known.",
    gasUsed: "Gas that it used; null where there is no gas.",
    gasLimit: "Gas that it could have used; null where there is no gas.",
    baseFeeWei: "Base fee per gas, wei, decimal; null where there is none.",
    size: "Bytes; null where it is not known.",
    weight: "Weight, BIP 141; null elsewhere.",
    fees: "Fees that its transactions paid, wei or satoshi, decimal; null where it is not known.",
    phases: "Phase → seconds that the client spent on it; empty where it does not tell of single blocks.",
  },
} as const satisfies EventDeclaration;

export const reorgEvent = {
  kind: "chain.reorg",
  title: "Reorganisation",
  help: "The head moved to another branch; its key is the hash of the new head.",
  fields: {
    depth: "Blocks that were taken back.",
    commonNumber: "Number of the newest block that both branches have.",
    oldHead: "Hash of the head before.",
    newHead: "Hash of the head after.",
    orphaned: "Hashes of the blocks that were taken back, newest first; at most 64.",
  },
} as const satisfies EventDeclaration;

export const dutyEvent = {
  kind: "chain.duty",
  title: "Missed duty",
  help: "A duty of an own validator that was missed, or whose block did not stay.",
  fields: {
    validator: "Its index; null where the event stands for several: beyond 100 misses in one epoch.",
    count: "How many misses the event stands for.",
    group: "Its group.",
    duty: "attestation, proposal or sync_committee.",
    slot: "The slot of the duty; the first one where the event stands for several.",
    epoch: "Its epoch.",
    outcome: "missed or orphaned.",
    others:
      "What share of all who had this duty in that slot did it: when others missed it too, it was not this node; null where there were no others.",
  },
} as const satisfies EventDeclaration;

export const clientEvent = {
  kind: "chain.client",
  title: "Client",
  help: "Something happened to a client: it went away, came back, was started anew, has another version.",
  fields: {
    what: "down, up, restarted, stalled, moving, version, partitioned (all peers are lost), or healed.",
    detail: "What was seen.",
  },
} as const satisfies EventDeclaration;

export const chainEvents = [blockEvent, reorgEvent, dutyEvent, clientEvent] as const;
