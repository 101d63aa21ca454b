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
import { openTraceBudget } from "../contracts/trace-budget.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { openPeerTable } from "../peers/peer-table.ts";
import { addressesAnswer, healthAnswer, peersAnswer, pendingAnswer, syncStateAnswer, text } from "./answers.ts";
import { type ExtrinsicFlow, openExtrinsicFlow } from "./extrinsic-flow.ts";
import { openSubstrateChain, type SubstrateChain } from "./substrate-chain.ts";

/** What changes within minutes. */
const statusIntervalMs = 5000;
/** The node sends all that waits: of more, at that pace; of fewer, as often as is looked, as long as it takes no more than its share of the time. */
const poolIntervalMs = 10_000;
const poolMax = 1000;
const poolShareMax = 0.05;
const nodeIntervalMs = 30_000;

/** Needs `rpc`. Resolves with the context's signal. Throws where a PEM file cannot be read. */
export async function watchSubstrate(context: ClientContext): Promise<void> {
  const ask = openAsk(context);
  const gate = openGate(context.signal);
  let network: string | null = null;
  const flow = openExtrinsicFlow(context, () => network);
  await flow.resume();
  const chain = openSubstrateChain(context, ask, flow);
  const parts = [
    finalityPart(context, chain),
    statusPart(context, ask, chain),
    poolPart(context, ask, flow),
    nodePart(context, ask, (name) => (network = name)),
  ];
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

function poolPart(context: ClientContext, ask: Ask, flow: ExtrinsicFlow): Part {
  const { clock, chain } = context;
  const { own, clear } = ownSeries(context);
  const budget = openTraceBudget(poolShareMax, clock.monotonicMs());
  let readMs = -Infinity;
  let count = 0;
  return {
    name: "author_pendingExtrinsics",
    intervalMs: chain.tracing.enabled ? chain.poll_interval_ms : poolIntervalMs,
    metrics: [mempoolMetrics.transactions],
    async read() {
      const askedMs = clock.monotonicMs();
      const isDue = askedMs - readMs >= poolIntervalMs || (count <= poolMax && budget.mayTrace(askedMs));
      if (!isDue) return;
      const pending = await ask.rpc("author_pendingExtrinsics", [], pendingAnswer);
      budget.spend(clock.monotonicMs() - askedMs);
      readMs = askedMs;
      count = pending.length;
      own.series(mempoolMetrics.transactions, { "mempool.state": "pending" }).set(count);
      await flow.pool(pending);
    },
    clear,
  };
}

/** `onNetwork`: what the node calls its chain. */
function nodePart(context: ClientContext, ask: Ask, onNetwork: (name: string) => void): Part {
  const optional = openOptional(context, refusedForNow);
  const checkPort = openToldPortCheck(context);
  return {
    name: "node",
    intervalMs: nodeIntervalMs,
    metrics: [clientMetrics.info],
    async read() {
      const name = await ask.rpc("system_name", [], text);
      const version = await ask.rpc("system_version", [], text);
      const network = await ask.rpc("system_chain", [], text);
      context.identified({ version: `${name}/${version}`, network });
      onNetwork(network);
      if (context.target.p2pPort !== null) return;
      const addresses = await optional({ name: "system_localListenAddresses", metrics: [clientMetrics.reachable] }, () =>
        ask.rpc("system_localListenAddresses", [], addressesAnswer),
      );
      if (addresses !== null) await checkPort(tcpPortOf(addresses));
    },
    clear: () => undefined,
  };
}
