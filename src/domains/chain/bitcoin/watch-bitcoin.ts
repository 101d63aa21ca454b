/**
 * Watches one client of the Bitcoin Core family, by its JSON-RPC alone: none of them has metrics of its own. Four loops at their own pace, so that a
 * slow answer to one question holds up no other; that the client is away is said by the one that looks at the head.
 */
import { cleanText } from "../../../core/clean-text.ts";
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
import { openTransactionFlow } from "../flow/transaction-flow.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { openPartitionWatch } from "../peers/partition.ts";
import { openPeerTable } from "../peers/peer-table.ts";
import type { ChainInfo } from "./answers.ts";
import { awaitBlocks } from "./await-block.ts";
import { type FollowedChain, followChain, type Watched } from "./follow-chain.ts";
import { openTransactionPool } from "./transaction-pool.ts";
import { watchPublished } from "./published-notices.ts";
import { type MempoolWatch, watchMempool } from "./watch-mempool.ts";
import { watchNode } from "./watch-node.ts";
import { lookAtPeers } from "./watch-peers.ts";

const peersIntervalMs = 5000;
const newIntervalMs = 100;
/** What wallets of the family call confirmed. Source: Bitcoin Core src/qt/transactionrecord.h, RecommendedNumConfirmations. */
const confirmations = 6;
/** What changes within minutes. */
const nodeIntervalMs = 10_000;

/** `coin`: name of the coin in the label `chain.network`; `null`: what the client calls itself. */
export function watchBitcoin(coin: string | null): ClientKind["watch"] {
  return async (context) => {
    const ask = openAsk(context);
    const gate = openGate(context.signal);
    const flow = openTransactionFlow(context, { chainId: () => chainId(chain.info, coin), confirmations });
    const optional = openOptional(context, refusedForNow);
    const watched: Watched = { context, ask, optional, pool: openTransactionPool(), flow };
    const chain: FollowedChain = followChain(watched);
    const ofMempool = ownSeries(context);
    const mempool = watchMempool({ ...watched, context: ofMempool.own }, chain);
    await flow.resume();
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
      watchPublished(watched, {
        onTransactions: (areTold) => mempool.told(areTold),
        onAdded: (id) => mempool.came(id),
        onRemoved: (id) => mempool.left(id),
        onBlock(hash) {
          chain.announced({ hash, number: null, wasThere: false });
          wake.call();
        },
      }),
      ...[...mempoolParts(ofMempool, mempool), ...networkParts(watched, chain, coin)].map((part) =>
        watchPart(context, gate, part),
      ),
    ]);
    ask.close();
  };
}

/** As others tell the chain in the label `chain.network`, as far as its name is known. */
function chainId(info: ChainInfo | null, coin: string | null): string | null {
  if (info === null) return null;
  return cleanText(coin === null ? info.chain : `${coin} ${info.chain}`);
}

/** What its pool holds, and, between two looks at all of it, who has just come. */
function mempoolParts({ own, clear }: ReturnType<typeof ownSeries>, mempool: MempoolWatch): readonly Part[] {
  return [
    {
      name: "mempool",
      intervalMs: own.chain.poll_interval_ms,
      metrics: [m.transactions, m.size, m.sizeLimit, m.minimumFeeRate, m.unbroadcast, m.oldest, m.added, m.removed],
      read: () => mempool.look(),
      clear,
    },
    {
      name: "new transactions",
      intervalMs: newIntervalMs,
      metrics: [],
      read: () => mempool.lookQuickly(),
      clear: () => undefined,
    },
  ];
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
