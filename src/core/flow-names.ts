/**
 * What the spans of transactions and blocks are called, which trace they belong to, and which transactions are traced at all. In the
 * vocabulary, because those who write the spans (the chain domain), who work with them (analysis) and who show them must agree, and agents
 * that know nothing of each other must come to the same ids.
 */

/** Names of all spans that ChainPulse makes of transactions and blocks; one root per node and client, and the parts of its life. */
export const flowSpans = {
  /** Root: first seen by the node's client → the last thing that is known of it. */
  transaction: "transaction",
  /** Not executable yet: an earlier one of its sender is missing. */
  queued: "transaction.queued",
  /** First seen → left the pool. */
  mempool: "transaction.mempool",
  /** Its block first seen → canonical at the client. Linked to the block's root. */
  include: "transaction.include",
  execute: "transaction.execute",
  /** Included → so many blocks deep. */
  confirm: "transaction.confirm",
  /** Included → final. */
  finalize: "transaction.finalize",
  /** Root: first seen by the node's client → canonical there. */
  block: "block",
  blockImport: "block.import",
  blockPropose: "block.propose",
  blockAttest: "block.attest",
  blockJustify: "block.justify",
  blockFinalize: "block.finalize",
} as const;

export type FlowSpanName = (typeof flowSpans)[keyof typeof flowSpans];

/** Attributes of these spans. A root has all that is known; its children have what is only theirs. What is not known is left out. */
export const flowAttributes = {
  /** What only clients of the same chain have in common: the chain's number, or its name. */
  chainId: "chain.id",
  /** The client's name on its node. */
  client: "chain.client",
  node: "node.id",
  /** `true` for a chain that is made for show. */
  simulated: "simulated",
  hash: "tx.hash",
  /** One of `transactionStatuses`. */
  status: "tx.status",
  nonce: "tx.nonce",
  from: "tx.from",
  to: "tx.to",
  gasLimit: "tx.gas_limit",
  gasUsed: "tx.gas_used",
  /** wei per gas, decimal. */
  effectiveGasPrice: "tx.effective_gas_price",
  /** 1: it did what it was to do; 0: it failed, and paid for it. */
  statusCode: "tx.status_code",
  /** Place in its block. */
  index: "tx.index",
  /** How its execution was measured; `replay`: the client ran it once more, which was timed from outside. */
  executeMeasured: "tx.execute.measured",
  /** Hash of the one that took its place. */
  replacedBy: "tx.replaced_by",
  /** `nonce` or `fee`: why it cannot be included yet. */
  waitingFor: "tx.waiting_for",
  /** What it pays for its size, sat per vB. */
  feeRate: "tx.fee_rate",
  /** `true`: it came to this node from its own RPC, and from no peer. */
  submittedHere: "tx.submitted_here",
  /** `unknown`: it was there before ChainPulse watched, so its root begins with its block. */
  firstSeen: "tx.first_seen",
  /** Blocks from its own to the head, both counted, after which it is called confirmed. */
  confirmations: "tx.confirmations",
  blockHash: "block.hash",
  blockNumber: "block.number",
  blockParent: "block.parent",
  /** How many transactions it has. */
  blockTransactions: "block.transactions",
  /** One of `blockStatuses`. */
  blockStatus: "block.status",
  blockGasUsed: "block.gas_used",
  /** Who made it: a validator's number, an address. */
  blockProposer: "block.proposer",
  /** Of the block of the execution client inside a beacon block. */
  executionHash: "block.execution.hash",
  executionNumber: "block.execution.number",
  /** Of the beacon block that holds this block of an execution client. */
  beaconRoot: "block.beacon.root",
  /** How long after the start of its slot a block is in time, ms. */
  deadlineMs: "block.deadline_ms",
  /** Of those who had to attest in the block's slot: the share that attested it, and the hash of the block that told of the last of them. */
  attestedShare: "block.attested_share",
  toldBy: "block.told_by",
  /** Epoch of the checkpoint that made it justified, or final. */
  checkpointEpoch: "block.checkpoint_epoch",
  /** How it was first seen: one of `observerMethods`. */
  method: "observer.method",
  /**
   * By how much later than it came that may be, ms: the time since it was looked for before. Of `transaction.mempool`: by how much earlier than its end
   * it may have left the pool without a block.
   */
  resolutionMs: "observer.resolution_ms",
  /** Share of transactions that was traced when this one was first seen. */
  ratio: "sampling.ratio",
  /** How far the hub's clock is ahead of the node's, ms, and by how much that may be wrong either way. The hub adds both to roots. */
  clockOffsetMs: "clock.offset_ms",
  clockErrorMs: "clock.err_ms",
} as const;

/**
 * `reorged`: its block was taken back, and it is in no other one yet. `unknown`: it was on its way when watching its client ended, and was not seen
 * since.
 */
export const transactionStatuses = [
  "pending",
  "included",
  "confirmed",
  "finalized",
  "replaced",
  "dropped",
  "reorged",
  "unknown",
] as const;
export type TransactionStatus = (typeof transactionStatuses)[number];

/** `seen`: it is not canonical at the client, or not yet. */
export const blockStatuses = ["seen", "canonical", "orphaned"] as const;
export type BlockStatus = (typeof blockStatuses)[number];

/** `subscription`: told by the client at once (ZeroMQ, WebSocket, a call that waits); `poll`: found by asking; `block`: came with its block. */
export const observerMethods = ["subscription", "poll", "block"] as const;
export type ObserverMethod = (typeof observerMethods)[number];

/** Status message of `transaction.include` and of a block's root where the block was taken back. */
export const reorgedOut = "reorged out";

/** A hash as it is displayed, without 0x, in lower case; `null` where it is none, or too short to give a trace its id. */
export function flowHash(hash: string): string | null {
  const digits = hash.toLowerCase().replace(/^0x/, "");
  // W3C Trace Context, "trace-id": all zeroes is no id.
  return /^[0-9a-f]{32,}$/.test(digits) && !/^0{32}/.test(digits) ? digits : null;
}

/** The trace of a transaction or block: the first 16 bytes of its hash as it is displayed. `null` for what is no hash. */
export function traceIdOf(hash: string): string | null {
  return flowHash(hash)?.slice(0, 32) ?? null;
}

/**
 * Whether a trace is kept where the share `ratio` (0 to 1) of all is: the same answer everywhere, and whatever is kept at a ratio is kept at
 * any greater one. Randomness is in the low 56 bits of a trace id. Source: OpenTelemetry specification, trace/tracestate-probability-sampling.md;
 * unlike there, low values are the ones that are kept.
 */
export function isSampled(traceId: string, ratio: number): boolean {
  if (ratio >= 1) return true;
  return BigInt(`0x${traceId.slice(-14)}`) < BigInt(Math.floor(Math.max(0, ratio) * 2 ** 56));
}
