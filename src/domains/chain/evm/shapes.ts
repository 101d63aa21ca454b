/**
 * What an EVM client's JSON-RPC answers, as far as it is read. Numbers are hex text there and numbers or bigints here; what does not fit is
 * garbage, and no part of it is believed. Source: ethereum/execution-apis (src/schemas, src/eth), go-ethereum for `txpool_` and `admin_`.
 */
import { z } from "zod";

/** A quantity of at most 256 bits, wei for one. Leading zeros are not allowed by the specification, and are sent. */
export const bigQuantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,64}$/i)
  .transform(BigInt);

/** A quantity that a number holds exactly: block numbers, gas, seconds. */
export const quantity = z
  .string()
  .regex(/^0x[0-9a-f]{1,64}$/i)
  .transform(Number)
  .pipe(z.int().nonnegative());

const hash = z.string().regex(/^0x[0-9a-f]{64}$/i);

const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/i)
  .toLowerCase();

const transactionShape = z.object({
  hash,
  from: address,
  /** `null` creates a contract. */
  to: address.nullish(),
  nonce: quantity,
  /** Most gas that it may use. */
  gas: quantity.nullish(),
  input: z
    .string()
    .regex(/^0x([0-9a-f]{2})*$/i)
    .default("0x"),
});

export type EvmTransaction = z.infer<typeof transactionShape>;

const headerFields = {
  hash,
  parentHash: hash,
  number: quantity,
  /** Seconds since the epoch. */
  timestamp: quantity,
  gasUsed: quantity,
  gasLimit: quantity,
  /** Since EIP-1559. */
  baseFeePerGas: bigQuantity.nullish(),
  size: quantity.nullish(),
  miner: address.nullish(),
} as const;

/** `eth_getBlockByNumber(…, false)`: transactions are hashes, and not looked at. `null`: there is no such block. */
export const headerShape = z.object(headerFields).nullable();

/** `eth_getBlockByHash(…, true)`. */
export const blockShape = z.object({ ...headerFields, transactions: z.array(transactionShape) }).nullable();

export type EvmHeader = NonNullable<z.infer<typeof headerShape>>;
export type EvmBlock = NonNullable<z.infer<typeof blockShape>>;

const receiptShape = z.object({
  transactionHash: hash,
  blockHash: hash,
  from: address,
  to: address.nullish(),
  contractAddress: address.nullish(),
  gasUsed: quantity,
  effectiveGasPrice: bigQuantity.nullish(),
  /** 1: done, 0: reverted. Not there before Byzantium (EIP-658). */
  status: quantity.nullish(),
});

export type EvmReceipt = z.infer<typeof receiptShape>;

/** `eth_getBlockReceipts`. */
export const receiptsShape = z.array(receiptShape).nullable();

/** `eth_syncing`: `false`, or how far it is. Erigon and Reth add stages, which are not looked at. */
export const syncingShape = z.union([
  z.literal(false).transform(() => null),
  z.object({ startingBlock: quantity.optional(), currentBlock: quantity, highestBlock: quantity }),
]);

/** `txpool_status`. Nethermind answers with numbers. */
const count = z.union([quantity, z.int().nonnegative()]);
export const poolStatusShape = z.object({ pending: count, queued: count });

/** `eth_feeHistory`: per block, the oldest first, the priority fees asked for, wei, and how full it was. */
export const feeHistoryShape = z.object({
  reward: z.array(z.array(bigQuantity).max(16)).max(1024).nullish(),
  gasUsedRatio: z.array(z.number()).max(1024),
});

const waitingShape = z.object({
  hash,
  from: address,
  to: address.nullish(),
  nonce: quantity,
  gas: quantity.nullish(),
  /** wei per gas; since EIP-1559 clients fill it with `maxFeePerGas`. */
  gasPrice: bigQuantity.nullish(),
  maxFeePerGas: bigQuantity.nullish(),
});

/** A transaction that waits. */
export type WaitingTransaction = z.infer<typeof waitingShape>;

/** Of the transactions with the same one, a chain takes only one. */
export function placeOf({ from, nonce }: Pick<WaitingTransaction, "from" | "nonce">): string {
  return `${from}:${nonce}`;
}

/** What `newPendingTransactions` tells: the hash, or the transaction where the client was asked for it and does so. */
export const pendingShape = z.union([
  hash.transform((text) => ({ hash: text, sender: null, transaction: null })),
  waitingShape.transform((transaction) => ({ hash: transaction.hash, sender: placeOf(transaction), transaction })),
]);

/** `eth_getTransactionByHash`: `null` is a transaction that the client does not have; without a block it waits. */
export const whereShape = z.object({ blockHash: hash.nullish(), blockNumber: quantity.nullish() }).nullable();

/** By sender and nonce. */
const poolHalf = z
  .record(z.string(), z.record(z.string(), waitingShape))
  .transform((senders) => Object.values(senders).flatMap((nonces) => Object.values(nonces)));

/** `txpool_content`: what could be included, and what waits for a transaction with a lower nonce. */
export const poolContentShape = z.object({ pending: poolHalf, queued: poolHalf });

/** What `newHeads` tells, as far as it is needed to know that there is a new head. */
export const newHeadShape = z.object({ hash, number: quantity });

/** `admin_peers` of go-ethereum: p2p/peer.go `PeerInfo`, eth/peer.go `ethPeerInfo`. */
const adminPeerShape = z.object({
  id: z.string().min(1).max(256),
  name: z.string().max(1024).nullish(),
  network: z.object({
    localAddress: z.string().max(256).nullish(),
    remoteAddress: z.string().max(256).nullish(),
    inbound: z.boolean().nullish(),
  }),
  protocols: z
    .object({
      /** Before the handshake it is a word. The newest block is told since eth/69 (EIP-7642). */
      eth: z.union([z.object({ latestBlock: z.int().nonnegative().optional() }), z.string()]).optional(),
    })
    .optional(),
});

export type AdminPeer = z.infer<typeof adminPeerShape>;

export const adminPeersShape = z.array(adminPeerShape).max(10_000);

/** `admin_nodeInfo`: p2p/server.go `NodeInfo`. The port is 0 where the client takes no connections. */
export const nodeInfoShape = z.object({ ports: z.object({ listener: z.int().min(0).max(65_535) }) });
