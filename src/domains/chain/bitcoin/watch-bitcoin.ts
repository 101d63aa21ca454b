/**
 * Watches one client of the Bitcoin Core family, by its JSON-RPC alone: none of them has metrics of its own. Four loops at their own pace, so that a
 * slow answer to one question holds up no other; that the client is away is said by the one that looks at the head.
 */
import { openAsk } from "../client/ask.ts";
import type { ClientKind } from "../client/client-kind.ts";
import { openGate } from "../client/gate.ts";
import { clientMetrics as c } from "../client/metrics.ts";
import { openOptional, refusedForNow } from "../client/optional.ts";
import { ownSeries } from "../client/own-series.ts";
import { type Part, watchPart } from "../client/part.ts";
import { openWake } from "../client/wake.ts";
import { watchHead } from "../client/watch-head.ts";
import { databaseMetrics as d } from "../database/metrics.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { openPartitionWatch } from "../peers/partition.ts";
import { openPeerTable } from "../peers/peer-table.ts";
import { awaitBlocks } from "./await-block.ts";
import { type FollowedChain, followChain, type Watched } from "./follow-chain.ts";
import { openTransactionPool } from "./transaction-pool.ts";
import { watchMempool } from "./watch-mempool.ts";
import { watchNode } from "./watch-node.ts";
import { lookAtPeers } from "./watch-peers.ts";

const peersIntervalMs = 5000;
/** What changes within minutes. */
const nodeIntervalMs = 10_000;

/** `coin`: name of the coin in the label `chain.network`; `null`: what the client calls itself. */
export function watchBitcoin(coin: string | null): ClientKind["watch"] {
  return async (context) => {
    const ask = openAsk(context);
    const gate = openGate(context.signal);
    const watched: Watched = { context, ask, optional: openOptional(context, refusedForNow), pool: openTransactionPool() };
    const chain = followChain(watched);
    const wake = openWake();
    const looked = openWake();
    await Promise.all([
      watchHead(context, {
        ask,
        gate,
        wake,
        async look(answered) {
          await chain.look();
          answered();
          looked.call();
        },
      }),
      awaitBlocks(watched, { chain, wake, looked }),
      ...[mempoolPart(watched, chain), ...networkParts(watched, chain, coin)].map((part) => watchPart(context, gate, part)),
    ]);
    ask.close();
  };
}

function mempoolPart(watched: Watched, chain: FollowedChain): Part {
  const { own, clear } = ownSeries(watched.context);
  const mempool = watchMempool({ ...watched, context: own }, chain);
  return {
    name: "mempool",
    intervalMs: own.chain.poll_interval_ms,
    metrics: [m.transactions, m.size, m.sizeLimit, m.minimumFeeRate, m.unbroadcast, m.oldest, m.added, m.removed],
    read: () => mempool.look(),
    clear,
  };
}

/** Peers, and the node itself, which says whether it has peers at all. */
function networkParts(watched: Watched, chain: FollowedChain, coin: string | null): readonly Part[] {
  const ofPeers = ownSeries(watched.context);
  const ofNode = ownSeries(watched.context);
  const table = openPeerTable(ofPeers.own);
  const lookForPartition = openPartitionWatch(ofPeers.own);
  const node = watchNode({ ...watched, context: ofNode.own }, chain, coin);
  let isSwitchedOff = false;
  return [
    {
      name: "peers",
      intervalMs: peersIntervalMs,
      metrics: [p.count, p.byClient, p.changes, p.info, p.latency, p.score, p.diversity, p.sent, p.received],
      async read() {
        const facts = await lookAtPeers({ ...watched, context: ofPeers.own }, table);
        const head = chain.info?.blocks ?? null;
        const highestOther = chain.propagation?.highestOther() ?? null;
        lookForPartition({ peers: facts.length, head, highestOther, isSwitchedOff });
      },
      clear: ofPeers.clear,
    },
    {
      name: "node",
      intervalMs: nodeIntervalMs,
      metrics: [m.feeEstimate, c.activeRequests, d.indexLag],
      read: async () => void (isSwitchedOff = await node.look()),
      clear: ofNode.clear,
    },
  ];
}
