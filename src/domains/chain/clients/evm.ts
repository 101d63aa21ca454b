/** Any EVM client, by the JSON-RPC that all of them have. What only a client's own metrics tell is a matter of its own kind. */
import type { ClientKind, ItemSource } from "../client/client-kind.ts";
import { watchEvm } from "../evm/watch-evm.ts";

const rpc = (...methods: string[]): readonly [ItemSource] => [{ from: "rpc", methods }];
const none = (why: string): readonly [ItemSource] => [{ from: "none", why }];

const atConsensus = none("The consensus client has it.");
const notInRpc = none("JSON-RPC does not tell it.");

/** What JSON-RPC gives of each item, for all kinds of the family. */
export const evmCoverage = {
  version: rpc("web3_clientVersion", "eth_chainId"),
  head: rpc("eth_getBlockByNumber", "eth_getBlockByHash", "eth_subscribe newHeads"),
  syncLag: rpc("eth_syncing"),
  finality: rpc("eth_getBlockByNumber safe, finalized"),
  reorgs: rpc("eth_getBlockByHash"),
  transactions: rpc("eth_getBlockByHash"),
  blockProcessing: notInRpc,
  blockArrival: rpc("eth_subscribe newHeads"),
  gas: rpc("eth_getBlockByHash", "eth_getBlockReceipts"),
  mempool: rpc("txpool_status"),
  mempoolFees: rpc("eth_feeHistory"),
  mempoolChurn: rpc(
    "eth_subscribe newPendingTransactions",
    "eth_newPendingTransactionFilter",
    "eth_getTransactionByHash",
    "txpool_content",
  ),
  peers: rpc("admin_peers", "net_peerCount"),
  peerLatency: rpc("admin_peers"),
  peerChurn: rpc("admin_peers"),
  duties: atConsensus,
  participation: atConsensus,
  engine: atConsensus,
  contracts: rpc("eth_getBlockReceipts", "debug_traceBlockByHash", "debug_traceTransaction"),
  database: notInRpc,
  cache: notInRpc,
  rpc: notInRpc,
  runtime: notInRpc,
} as const satisfies ClientKind["coverage"];

export const evmKind: ClientKind = {
  id: "evm",
  title: "EVM JSON-RPC (any execution client)",
  standsFor: ["erigon", "nethermind", "besu"],
  layer: "execution",
  ports: { rpc: [8545], metrics: [], ws: "rpc" },
  recognises: () => true,
  evidence: { kind: "live", of: "anvil 1.7.1, in the tests" },
  coverage: evmCoverage,
  watch: (context) => watchEvm(context),
};
