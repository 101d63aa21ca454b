/**
 * What Bitcoin Core and its relatives answer, as far as it is read here. Versions differ by a decade of releases, so all that came later, or
 * has gone, is optional; numbers that are no amounts of coins are integers. Source: Bitcoin Core src/rpc/{blockchain,mempool,net,node,fees}.cpp, as of
 * 0.14 (Dogecoin), 0.21 (Litecoin) and 29.
 */
import { z } from "zod";

/** Block and transaction ids, as they are written for people. */
const id = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

export const blockHash = id;

/** `getblock HASH true`; `true` is verbosity 1 for those that know only the older switch. */
export const blockAnswer = z.object({
  hash: id,
  previousblockhash: id.optional(),
  height: count,
  /** Seconds since the epoch. */
  time: count,
  size: count,
  weight: count.optional(),
  tx: z.array(id).min(1).max(1_000_000),
});

/** `getblockstats HASH [feerate_percentiles, totalfee]`, since 0.17. */
export const blockStatsAnswer = z.object({
  /** sat/vB that 10, 25, 50, 75 and 90 % of the weight paid at most. */
  feerate_percentiles: z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]),
  /** sat. */
  totalfee: z.number().min(0),
});

/** `getblockchaininfo`. */
export const chainInfoAnswer = z.object({
  chain: z.string().max(64),
  blocks: count,
  bestblockhash: id,
  headers: z.int(),
  verificationprogress: z.number(),
  /** Since 0.16. */
  initialblockdownload: z.boolean().optional(),
  /** Bytes, since 0.16. */
  size_on_disk: count.optional(),
});

export type ChainInfo = z.infer<typeof chainInfoAnswer>;

/** `getnetworkinfo`. */
export const networkInfoAnswer = z.object({
  subversion: z.string().max(256),
  networkactive: z.boolean().optional(),
  /** Empty where the client does not know by which address others reach it. */
  localaddresses: z
    .array(z.object({ port: z.int().min(1).max(65_535) }))
    .max(1024)
    .optional(),
});

/** `getnettotals`: bytes since the client was started. */
export const netTotalsAnswer = z.object({ totalbytesrecv: count, totalbytessent: count });

/** `getpeerinfo`. */
export const peersAnswer = z
  .array(
    z.object({
      addr: z.string().max(256),
      addrbind: z.string().max(256).optional(),
      /** Since 0.21: ipv4, ipv6, onion, i2p, cjdns, not_publicly_routable. */
      network: z.string().max(64).optional(),
      subver: z.string().max(256).optional(),
      inbound: z.boolean(),
      /** Seconds; missing until the first pong. */
      pingtime: z.number().min(0).optional(),
      /** Seconds since the epoch. */
      conntime: count,
      bytessent: count,
      bytesrecv: count,
      /** Height of the newest header that both have; -1: not known yet. */
      synced_headers: z.int().optional(),
    }),
  )
  .max(10_000);

export type PeerAnswer = z.infer<typeof peersAnswer>[number];

/** `getmempoolinfo`; rates in coins per 1000 vB. */
export const mempoolInfoAnswer = z.object({
  size: count,
  /** Bytes of memory that count against `maxmempool`. */
  usage: count,
  maxmempool: count.optional(),
  mempoolminfee: z.number().min(0).optional(),
  /** Since 0.19; false while it reads back what waited before it was started: its RPC is served already, and the pool fills up. */
  loaded: z.boolean().optional(),
  /** Since 0.21. */
  unbroadcastcount: count.optional(),
});

export type MempoolInfo = z.infer<typeof mempoolInfoAnswer>;

/** `getrawmempool`. */
export const mempoolIdsAnswer = z.array(id).max(2_000_000);

/** `getrawmempool true`, as far as it is read: seconds since the epoch when the client took it. */
export const mempoolEntriesAnswer = z.record(id, z.object({ time: count }));

/** `getrawtransaction ID true`: what it spends. A coinbase has no outputs that it spends, nor have MWEB transactions. */
export const transactionAnswer = z.object({
  vin: z.array(z.object({ txid: id.optional(), vout: count.optional() })).max(100_000),
});

/** `getmempoolentry ID`. `fees` since 0.17, `vsize` since 0.19, `unbroadcast` since 0.21: no peer has asked for it yet, so it came from here. */
export const mempoolEntryAnswer = z.object({
  vsize: z.int().min(1).optional(),
  /** Coins. */
  fees: z.object({ base: z.number().min(0) }).optional(),
  unbroadcast: z.boolean().optional(),
});

/** `getzmqnotifications`, since 0.17.1: what the client publishes, and where it listens for that. */
export const zmqAnswer = z.array(z.object({ type: z.string().max(64), address: z.string().max(256) })).max(64);

/** `estimatesmartfee`, coins per 1000 vB; none while the client has not seen enough. */
export const feeEstimateAnswer = z.object({ feerate: z.number().min(0).optional() });

/** `getchaintips`. */
export const chainTipsAnswer = z.array(z.object({ hash: id, height: count, status: z.string().max(64) })).max(100_000);

/** `getindexinfo`, since 0.21. */
export const indexInfoAnswer = z.record(z.string().max(64), z.object({ synced: z.boolean(), best_block_height: z.int() }));

/** `getrpcinfo`, since 0.18; durations in µs. */
export const rpcInfoAnswer = z.object({
  active_commands: z.array(z.object({ method: z.string().max(256), duration: z.number().min(0) })).max(10_000),
});

/** `uptime`, seconds, since 0.15. */
export const uptimeAnswer = count;

/** `waitforblockheight`, since 0.14; hidden from the help until 29. */
export const waitAnswer = z.object({ hash: id, height: z.int() });

/** A rate in coins per 1000 vB, as sat/vB. The client counts in whole sat per 1000 vB, so that is what it is rounded to. */
export function satPerVbyte(coinsPerKilobyte: number): number {
  return Math.round(coinsPerKilobyte * 1e8) / 1000;
}
