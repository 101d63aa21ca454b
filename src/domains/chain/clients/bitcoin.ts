/**
 * Bitcoin Core and what is made of it: one program under many names, told apart by what it calls itself, its ports and where it writes its cookie.
 * Sources of ports and folders: chainparamsbase.cpp and util/system.cpp of bitcoin/bitcoin, litecoin-project/litecoin, dogecoin/dogecoin.
 */
import { watchBitcoin } from "../bitcoin/watch-bitcoin.ts";
import type { ClientKind, Coverage, Evidence, ItemSource } from "../client/client-kind.ts";

const rpc = (...methods: string[]): readonly [ItemSource] => [{ from: "rpc", methods }];
const none = (why: string): readonly [ItemSource] => [{ from: "none", why }];

const noConsensus = "Proof of work: there are no validators.";
const notTold =
  "The client tells it neither by RPC nor by metrics; CPU, memory and files of its process are on the host's pages.";

const whenSeen =
  "When a transaction comes is told at once where the client publishes it (`-zmqpubsequence=tcp://127.0.0.1:28332`, at the host of its RPC); else its pool is asked, every 100 ms while at most 1,000 wait, and at every poll beyond that.";

const coverage: Coverage = {
  version: rpc("getnetworkinfo", "getblockchaininfo", "uptime"),
  head: rpc("getblockchaininfo", "getblock"),
  syncLag: rpc("getblockchaininfo"),
  finality: none("Proof of work: a block becomes less likely to be taken back, and is never final."),
  reorgs: rpc("getblockchaininfo", "getblock", "getchaintips"),
  transactions: rpc("getblock"),
  blockProcessing: none("Only its log tells it (-debug=bench)."),
  blockArrival: rpc("waitforblockheight", "getblockchaininfo"),
  gas: none("There is no gas; weight and size of the head block are told."),
  mempool: rpc("getmempoolinfo"),
  mempoolFees: rpc("getblockstats", "estimatesmartfee", "getmempoolinfo"),
  mempoolChurn: rpc("getrawmempool", "getrawtransaction", "getmempoolentry", "getblock"),
  peers: rpc("getpeerinfo"),
  peerLatency: rpc("getpeerinfo"),
  peerChurn: rpc("getpeerinfo"),
  duties: none(noConsensus),
  participation: none(noConsensus),
  engine: none("It is one program: there is no engine to be linked with."),
  contracts: none("Its scripts are no contracts that are called."),
  database: rpc("getblockchaininfo", "getindexinfo"),
  cache: none(notTold),
  rpc: rpc("getrpcinfo"),
  runtime: none(notTold),
};

interface Coin {
  readonly id: string;
  readonly title: string;
  /** Name of the coin in the label `chain.network`; `null`: what the client calls itself. */
  readonly coin: string | null;
  /** How it says its version, e.g. `/Satoshi:29.0.0/`. */
  readonly subversion: RegExp;
  /** Below a home directory; `null`: not known. */
  readonly folder: string | null;
  /** RPC port of each network → its folder in that one. */
  readonly networks: Readonly<Record<number, string>>;
  readonly evidence: Evidence;
}

function kindOf({ id, title, coin, subversion, folder, networks, evidence }: Coin): ClientKind {
  return {
    id,
    title,
    standsFor: coin === null ? [] : [`${coin}-core`],
    layer: "utxo",
    ports: { rpc: Object.keys(networks).map(Number), metrics: [] },
    recognises: (version) => subversion.test(version),
    cookiePaths(rpcPort) {
      const network = networks[rpcPort];
      return folder === null || network === undefined ? [] : [`${folder}/${network}.cookie`];
    },
    evidence,
    notes: [whenSeen],
    coverage,
    watch: watchBitcoin(coin),
  };
}

export const bitcoindKind = kindOf({
  id: "bitcoind",
  title: "Bitcoin Core",
  coin: "bitcoin",
  subversion: /^\/Satoshi:/,
  folder: ".bitcoin",
  networks: { 8332: "", 18_332: "testnet3/", 48_332: "testnet4/", 38_332: "signet/", 18_443: "regtest/" },
  evidence: {
    kind: "captured",
    of: "getpeerinfo of a Bitcoin Core on mainnet (July 2023), getblockstats of blocks 840000–840004",
  },
});

export const litecoindKind = kindOf({
  id: "litecoind",
  title: "Litecoin Core",
  coin: "litecoin",
  subversion: /^\/LitecoinCore:/,
  folder: ".litecoin",
  networks: { 9332: "", 19_332: "testnet4/", 19_443: "regtest/" },
  evidence: { kind: "live", of: "litecoind 0.21.2.1 of Debian, two peered nodes on regtest" },
});

export const dogecoindKind = kindOf({
  id: "dogecoind",
  title: "Dogecoin Core",
  coin: "dogecoin",
  subversion: /^\/Shibetoshi:/,
  folder: ".dogecoin",
  networks: { 22_555: "", 44_555: "testnet3/", 18_332: "regtest/" },
  evidence: { kind: "documentation", of: "the RPC help of Dogecoin Core 1.14 and what it has in common with litecoind" },
});

/** Any other of the family, where it is configured. */
export const bitcoinKind = kindOf({
  id: "bitcoin",
  title: "Bitcoin Core family",
  coin: null,
  subversion: /^\/[^/:]+:/,
  folder: null,
  networks: {},
  evidence: { kind: "documentation", of: "what its members have in common" },
});
