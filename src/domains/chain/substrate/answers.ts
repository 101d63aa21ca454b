/**
 * What a Substrate node's JSON-RPC answers, as far as it is read. Source: polkadot-sdk substrate/client/rpc-api/src/{system,chain,author},
 * sp-runtime generic/header.rs (the number of a header is hex text, those of `system_` are numbers). Written from these, and not verified on
 * a running node.
 */
import { z } from "zod";

const hash = z.string().regex(/^0x[0-9a-f]{64}$/i);
const bytes = z.string().regex(/^0x(?:[0-9a-f]{2})*$/i);

/** Hex text, or a number as some gateways make of it. */
const blockNumber = z
  .union([z.int(), z.string().regex(/^0x[0-9a-f]{1,14}$/i)])
  .transform(Number)
  .pipe(z.int().nonnegative());

export const text = z.string().min(1).max(512);

export const hashAnswer = hash;

export const headerAnswer = z.object({ parentHash: hash, number: blockNumber });

export const blockAnswer = z.object({ block: z.object({ header: headerAnswer, extrinsics: z.array(bytes).max(100_000) }) });

export type BlockAnswer = z.infer<typeof blockAnswer>;

export const healthAnswer = z.object({ peers: z.int().nonnegative(), isSyncing: z.boolean() });

/** `highestBlock` is left out where no peer has told one. */
export const syncStateAnswer = z.object({ currentBlock: blockNumber, highestBlock: blockNumber.nullish() });

export const peersAnswer = z.array(z.object({ peerId: z.string().min(1).max(256), bestNumber: blockNumber })).max(10_000);

export const pendingAnswer = z.array(bytes).max(100_000);

/** `/ip4/127.0.0.1/tcp/30333/p2p/12D3…`. Source: libp2p multiaddr specification. */
export const addressesAnswer = z.array(z.string().max(512)).max(256);
