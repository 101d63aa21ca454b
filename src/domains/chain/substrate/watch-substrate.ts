/**
 * Watches one node that is built with Substrate by its JSON-RPC: its chain, synchronisation, waiting transactions and peers, each at its own pace. Its
 * own metrics, where their address is known, are read beside this (`mapping/`).
 */
import { blockMetrics } from "../blocks/metrics.ts";
import { type Ask, openAsk } from "../client/ask.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { openGate } from "../client/gate.ts";
import { clientMetrics } from "../client/metrics.ts";
import { tcpPortOf } from "../client/multiaddress.ts";
import { openOptional, refusedForNow } from "../client/optional.ts";
import { ownSeries } from "../client/own-series.ts";
import { openToldPortCheck } from "../client/p2p-port.ts";
import { type Part, watchPart } from "../client/part.ts";
import { watchHead } from "../client/watch-head.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { openPeerTable } from "../peers/peer-table.ts";
import { addressesAnswer, healthAnswer, peersAnswer, pendingAnswer, syncStateAnswer, text } from "./answers.ts";
import { openSubstrateChain, type SubstrateChain } from "./substrate-chain.ts";

/** What changes within minutes. */
const statusIntervalMs = 5000;
/** The node sends all waiting transactions to be counted. */
const poolIntervalMs = 10_000;
const nodeIntervalMs = 30_000;

/** Needs `rpc`. Resolves with the context's signal. Throws where a PEM file cannot be read. */
export async function watchSubstrate(context: ClientContext): Promise<void> {
  const ask = openAsk(context);
  const gate = openGate(context.signal);
  const chain = openSubstrateChain(context, ask);
  const parts = [finalityPart(context, chain), statusPart(context, ask, chain), poolPart(context, ask), nodePart(context, ask)];
  await Promise.all([
    watchHead(context, {
      ask,
      gate,
      async look(answered) {
        await chain.look();
        answered();
      },
    }),
    ...parts.map((part) => watchPart(context, gate, part)),
  ]);
  ask.close();
}

function finalityPart(context: ClientContext, chain: SubstrateChain): Part {
  const { own, clear } = ownSeries(context);
  return {
    name: "finality",
    intervalMs: statusIntervalMs,
    metrics: [blockMetrics.finalityDistance],
    read: () => chain.lookAtFinality(own),
    clear,
  };
}

function statusPart(context: ClientContext, ask: Ask, chain: SubstrateChain): Part {
  const { own, clear } = ownSeries(context);
  const optional = openOptional(context, refusedForNow);
  const table = openPeerTable(own);
  return {
    name: "status",
    intervalMs: statusIntervalMs,
    metrics: [blockMetrics.syncing, blockMetrics.network, blockMetrics.lag, peerMetrics.count],
    async read() {
      const { isSyncing, peers: count } = await ask.rpc("system_health", [], healthAnswer);
      own.series(blockMetrics.syncing, {}).set(isSyncing ? 1 : 0);
      const { currentBlock, highestBlock = null } = await ask.rpc("system_syncState", [], syncStateAnswer);
      // Without peers it knows of no higher block than its own.
      const highest = Math.max(highestBlock ?? 0, chain.number ?? 0, currentBlock);
      own.series(blockMetrics.network, {}).set(highest);
      own.series(blockMetrics.lag, {}).set(highest - (chain.number ?? currentBlock));
      const peers = await optional({ name: "system_peers", metrics: [peerMetrics.info, peerMetrics.changes] }, () =>
        ask.rpc("system_peers", [], peersAnswer),
      );
      if (peers === null) own.series(peerMetrics.count, { "peer.direction": "unknown" }).set(count);
      else table.update(peers.map(({ peerId, bestNumber }) => ({ ...unknownOfPeer, id: peerId, head: bestNumber })));
    },
    clear,
  };
}

/** Substrate tells of no peer's address, program or direction. */
const unknownOfPeer = {
  address: null,
  client: null,
  direction: "unknown",
  pingSeconds: null,
  bytesSent: null,
  bytesReceived: null,
  connectedSeconds: null,
} as const;

function poolPart(context: ClientContext, ask: Ask): Part {
  const { own, clear } = ownSeries(context);
  return {
    name: "author_pendingExtrinsics",
    intervalMs: poolIntervalMs,
    metrics: [mempoolMetrics.transactions],
    async read() {
      const pending = await ask.rpc("author_pendingExtrinsics", [], pendingAnswer);
      own.series(mempoolMetrics.transactions, { "mempool.state": "pending" }).set(pending.length);
    },
    clear,
  };
}

function nodePart(context: ClientContext, ask: Ask): Part {
  const optional = openOptional(context, refusedForNow);
  const checkPort = openToldPortCheck(context);
  return {
    name: "node",
    intervalMs: nodeIntervalMs,
    metrics: [clientMetrics.info],
    async read() {
      const name = await ask.rpc("system_name", [], text);
      const version = await ask.rpc("system_version", [], text);
      context.identified({ version: `${name}/${version}`, network: await ask.rpc("system_chain", [], text) });
      if (context.target.p2pPort !== null) return;
      const addresses = await optional({ name: "system_localListenAddresses", metrics: [clientMetrics.reachable] }, () =>
        ask.rpc("system_localListenAddresses", [], addressesAnswer),
      );
      if (addresses !== null) await checkPort(tcpPortOf(addresses));
    },
    clear: () => undefined,
  };
}
