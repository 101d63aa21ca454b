import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { sharedFolder } from "../../../../test/support/shared-files.ts";
import { AskFailure } from "../../../io/json-rpc.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import { openSightings } from "../blocks/sightings.ts";
import type { ClientContext } from "../client/client-kind.ts";
import { Contradiction } from "../client/contradiction.ts";
import { clientMetrics } from "../client/metrics.ts";
import { databaseMetrics } from "../database/metrics.ts";
import { blockEvent, reorgEvent } from "../events.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { peerMetrics } from "../peers/metrics.ts";
import { openPeerTable } from "../peers/peer-table.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { openSocketView } from "../peers/tcp-quality.ts";
import { blockStatsAnswer, peersAnswer, satPerVbyte } from "./answers.ts";
import { extend, fakeId, type FakeNode, openFakeNode, refusal } from "./fake-node.test-support.ts";
import { followChain } from "./follow-chain.ts";
import { openTransactionPool } from "./transaction-pool.ts";
import { watchBitcoin } from "./watch-bitcoin.ts";
import { watchMempool } from "./watch-mempool.ts";
import { factsOf } from "./watch-peers.ts";

test("head, lag, transactions and fees are what the node says of that block", async () => {
  // Every figure of the chain would be another than the node's own if this fails.
  const { node, client, watched } = openFakeNode();
  const chain = followChain(watched);
  await chain.look();
  assert.deepEqual(client.values(b.number), { "block.tag=head": 0 });
  extend(node, "a", 3, [fakeId("t1")]);
  node.headers = 5;
  client.advance(1_000);
  await chain.look();
  assert.deepEqual(client.values(b.number), { "block.tag=head": 3 });
  assert.equal(client.value(b.network), 5);
  assert.equal(client.value(b.lag), 2);
  assert.equal(client.value(b.syncing), 0);
  assert.equal(client.value(b.blocks), 3);
  assert.equal(client.value(b.transactions), 6);
  assert.equal(client.value(b.headTransactions), 2);
  assert.equal(client.value(b.headWeight), 800);
  assert.deepEqual(client.values(m.feeRate), { "quantile=0.1": 1, "quantile=0.5": 3, "quantile=0.9": 5 });
  const event = client.events(blockEvent.kind).at(-1)?.fields;
  assert.equal(event?.["fees"], "1234");
  assert.equal(event?.["firstSeenMs"], client.context.clock.nowMs());
});

test("a block that nobody has paid in has no fee rates", async () => {
  // A quiet chain would look like one where a place costs nothing if this fails.
  const { node, client, watched } = openFakeNode();
  const chain = followChain(watched);
  extend(node, "a", 1, [fakeId("t1")]);
  await chain.look();
  assert.equal(Object.keys(client.values(m.feeRate)).length, 3);
  extend(node, "a");
  await chain.look();
  assert.deepEqual(client.values(m.feeRate), {});
});

test("a reorganisation is told with its depth, and no counter falls", async () => {
  // A double spend would go unseen, or a rate would be negative, if this fails.
  const { node, client, watched } = openFakeNode();
  const chain = followChain(watched);
  extend(node, "a", 5);
  await chain.look();
  extend(node, "a", 2);
  await chain.look();
  const before = client.value(b.transactions) ?? 0;
  const old = node.blocks.at(-1)?.hash;
  node.blocks = node.blocks.slice(0, 6);
  extend(node, "b", 3);
  await chain.look();
  assert.equal(client.value(b.reorgDepth), 2);
  assert.equal(client.value(b.orphaned), 2);
  assert.ok((client.value(b.transactions) ?? 0) > before);
  const [reorg] = client.events(reorgEvent.kind);
  assert.deepEqual([reorg?.fields["oldHead"], reorg?.fields["commonNumber"]], [old, 5]);
});

test("a node that catches up is not asked for fees, and its old blocks are not seen come", async () => {
  // A new node would be slowed down, and show delays of years, if this fails.
  const { node, client, watched } = openFakeNode();
  const chain = followChain(watched);
  node.isCatchingUp = true;
  await chain.look();
  extend(node, "a", 500);
  node.headers = 800_000;
  await chain.look();
  assert.equal(client.value(b.syncing), 1);
  assert.equal(client.value(b.lag), 799_500);
  assert.equal(client.value(b.arrival), undefined);
  assert.ok(!node.asked.includes("getblockstats"));
  assert.ok(node.asked.filter((method) => method === "getblock").length <= 2);
  // Before 0.16 it does not say so itself.
  node.isCatchingUp = undefined;
  await chain.look();
  assert.equal(client.value(b.syncing), 1);
  node.headers = 500;
  await chain.look();
  assert.equal(client.value(b.syncing), 0);
});

test("what waited and is in the block is counted with how long it waited", async () => {
  // How long a fee buys would be a guess if this fails.
  const { node, client, watched } = openFakeNode();
  const chain = followChain(watched);
  await chain.look();
  watched.pool.look([], client.context.clock.monotonicMs());
  watched.pool.look([fakeId("t1"), fakeId("t2")], client.context.clock.monotonicMs());
  client.advance(30_000);
  extend(node, "a", 1, [fakeId("t1"), fakeId("t9")]);
  await chain.look();
  assert.equal(client.values(m.removed)["removal.reason=included"], 1);
  assert.equal(client.value(m.waitTime), 30);
});

test("an announced block was seen when it was announced", async () => {
  // Propagation would be measured in polls instead of milliseconds if this fails.
  const { node, client, watched } = openFakeNode();
  const chain = followChain(watched);
  await chain.look();
  extend(node, "a");
  const announcedMs = client.context.clock.nowMs();
  const hash = node.blocks.at(-1)?.hash ?? "";
  chain.announced({ hash, number: 1, wasThere: false });
  client.advance(400);
  await chain.look();
  assert.equal(client.events(blockEvent.kind).at(-1)?.fields["firstSeenMs"], announcedMs);
});

test("a node without block statistics, and one that has pruned an ancestor, are followed all the same", async () => {
  // Old and small nodes could not be watched if this fails.
  const { node, client, watched } = openFakeNode();
  delete node.methods["getblockstats"];
  const chain = followChain(watched);
  await chain.look();
  extend(node, "a", 2, [fakeId("t1")]);
  await chain.look();
  assert.equal(client.absences.get("getblockstats")?.reason, "unsupported");
  assert.equal(client.events(blockEvent.kind).at(-1)?.fields["fees"], null);
  assert.deepEqual(client.values(m.feeRate), {});
  const { getblock } = node.methods;
  const newest = fakeId("a6");
  node.methods["getblock"] = (hash) => {
    if (hash !== newest) throw refusal(-1, "Block not available (pruned data)");
    return getblock?.(hash);
  };
  extend(node, "a", 4);
  await chain.look();
  assert.deepEqual(client.values(b.number), { "block.tag=head": 6 });
  assert.equal(node.asked.filter((method) => method === "getblockstats").length, 1);
});

test("a node that does not have its own best block is not believed", async () => {
  // A broken node's figures would be shown as true if this fails.
  const { node, client, watched } = openFakeNode();
  const chain = followChain(watched);
  node.methods["getblock"] = () => {
    throw refusal(-5);
  };
  await assert.rejects(chain.look(), Contradiction);
  assert.equal(client.answers(), 0);
  assert.deepEqual(client.values(b.number), {});
});

test("size, limit and price of the pool are what the node says", async () => {
  // An operator would see a full pool as an empty one if this fails.
  const { node, client, watched } = openFakeNode();
  const mempool = watchMempool(watched, followChain(watched));
  node.pool = [fakeId("t1"), fakeId("t2")];
  await mempool.look();
  assert.deepEqual(client.values(m.transactions), { "mempool.state=pending": 2 });
  assert.equal(client.value(m.sizeLimit), 300_000_000);
  assert.equal(client.value(m.minimumFeeRate), 1);
  assert.equal(client.value(m.unbroadcast), 1);
  assert.equal(satPerVbyte(0.00012345), 12.345);
});

test("coming and going is counted from the second look on, with the age of the oldest", async () => {
  // Churn would begin with the whole pool if this fails.
  const { node, client, watched } = openFakeNode();
  const mempool = watchMempool(watched, followChain(watched));
  node.pool = [fakeId("t1")];
  node.methods["getrawmempool"] = (verbose) =>
    verbose === true ? { [fakeId("t1")]: { time: client.context.clock.nowMs() / 1000 - 60 } } : node.pool;
  node.methods["getrawtransaction"] = (id) =>
    id === fakeId("t3") ? { vin: [{ txid: fakeId("x"), vout: 0 }] } : { vin: [{ coinbase: "00" }] };
  await mempool.look();
  assert.equal(client.value(m.added), 0);
  assert.equal(client.value(m.oldest), 60);
  node.pool = [fakeId("t2"), fakeId("t3")];
  client.advance(1000);
  await mempool.look();
  assert.equal(client.value(m.added), 2);
  assert.equal(client.value(m.oldest), 0);
  node.pool = [fakeId("t4")];
  node.methods["getrawtransaction"] = () => ({ vin: [{ txid: fakeId("x"), vout: 0 }] });
  client.advance(1000);
  await mempool.look();
  client.advance(11_000);
  await mempool.look();
  assert.deepEqual(client.values(m.removed), {
    "removal.reason=included": 0,
    "removal.reason=replaced": 1,
    "removal.reason=dropped": 1,
    "removal.reason=unknown": 1,
  });
  node.pool = [];
  client.advance(1000);
  await mempool.look();
  assert.equal(client.value(m.oldest), undefined);
});

test("a transaction that is gone before it could be looked at is no failure", async () => {
  // A busy pool could not be watched if this fails.
  const { node, client, watched } = openFakeNode();
  const mempool = watchMempool(watched, followChain(watched));
  await mempool.look();
  node.pool = [fakeId("t1")];
  node.methods["getrawtransaction"] = () => {
    throw refusal(-5, "No such mempool transaction");
  };
  client.advance(1000);
  await mempool.look();
  assert.equal(client.value(m.added), 1);
});

test("how long a transaction takes from one node to another is measured", async () => {
  // Slow spreading of transactions would go unseen if this fails.
  const sightings = openSightings();
  const labs = ["near", "far"].map((name) => openFakeNode(recordClient({ name }, sightings)));
  const watches = await Promise.all(
    labs.map(async ({ watched }) => {
      const chain = followChain(watched);
      await chain.look();
      const mempool = watchMempool(watched, chain);
      await mempool.look();
      return { chain, mempool };
    }),
  );
  for (const [index, { node }] of labs.entries()) {
    node.methods["getrawtransaction"] = () => ({ vin: [] });
    node.pool = [fakeId("t1")];
    for (const { client } of labs) client.advance(1000);
    await watches[index]?.mempool.look();
  }
  for (const { chain } of watches) await chain.look();
  const delays = labs.map(({ client }) => client.values(b.propagationTime)["propagation.of=transaction"]);
  assert.deepEqual(delays, [0, 1]);
});

test("of a pool that is too large the ids are left out, and that is said", async () => {
  // Watching would cost more than what is watched if this fails.
  const { node, client, watched } = openFakeNode();
  const mempool = watchMempool(watched, followChain(watched));
  node.pool = [fakeId("t1")];
  node.methods["getmempoolinfo"] = () => ({ size: 1_000_000, usage: 1, mempoolminfee: 0 });
  await mempool.look();
  assert.equal(client.absences.get("getrawmempool")?.reason, "limit_reached");
  assert.ok(!node.asked.includes("getrawmempool"));
  assert.equal(client.value(m.oldest), undefined);
});

const settleMs = 10_000;

test("new ones are told once, and those of the first look not at all", () => {
  // A start would look like a flood of transactions if this fails.
  const pool = openTransactionPool();
  assert.deepEqual(pool.look(["a", "b"], 0).added, []);
  assert.deepEqual(pool.look(["a", "b", "c"], 1000).added, ["c"]);
  assert.deepEqual(pool.look(["a", "c"], 2000).added, []);
  // Back within a moment: an answer that was incomplete, not a new transaction.
  assert.deepEqual(pool.look(["a", "b", "c"], 3000).added, []);
  assert.equal(pool.oldestMs, 0);
  pool.waitsSince("c", -5000);
  assert.equal(pool.oldestMs, -5000);
});

test("a block ends the wait of what it has, whether the pool or the block was asked first", () => {
  // Waiting times and the share of included ones would depend on chance if this fails.
  for (const blockFirst of [true, false]) {
    const pool = openTransactionPool();
    pool.look([], 0);
    pool.look(["a", "b"], 1000);
    if (!blockFirst) pool.look(["b"], 4000);
    assert.deepEqual(pool.included(["coinbase", "a"], 4000), { count: 1, waitedMs: 3000, wereThere: new Set() });
    // An answer that was on its way when the block came still names it.
    assert.deepEqual(pool.look(["a", "b"], 4100).added, []);
    assert.deepEqual(pool.look(["b"], 5000).added, []);
    assert.deepEqual(pool.settled(5000 + settleMs), []);
    assert.equal(pool.size, 1);
  }
});

test("what is replaced, what is dropped, and what nobody can tell", () => {
  // An operator would take fee bumping for a full pool, or the other way round, if this fails.
  const pool = openTransactionPool();
  pool.look([], 0);
  pool.look(["a", "b", "c"], 1000);
  pool.spends("a", ["x:0", "x:1"]);
  pool.spends("b", ["y:0"]);
  pool.look(["a2"], 2000);
  pool.spends("a2", ["x:1"]);
  const fates = (nowMs: number) => pool.settled(nowMs).map(({ id, fate, replacedBy }) => [id, fate, replacedBy]);
  assert.deepEqual(fates(2000 + settleMs - 1), [["a", "replaced", "a2"]]);
  assert.deepEqual(fates(2000 + settleMs), [
    ["b", "dropped", null],
    ["c", "unknown", null],
  ]);

  pool.look([], 20_000);
  pool.overlooked(20_000);
  assert.deepEqual(fates(20_000 + settleMs), [["a2", "unknown", null]]);
});

test("how long nobody had looked is said of the time that is asked about", () => {
  // A transaction that is first seen in its block would be told as seen on time if this fails: the pool is looked at while the block is read.
  const pool = openTransactionPool();
  assert.equal(pool.sinceLookMs(0), null);
  pool.look([], 1100, 1000);
  pool.look([], 2100, 2000);
  assert.equal(pool.sinceLookMs(1900), 900);
  assert.equal(pool.sinceLookMs(2300), 300);
  assert.equal(pool.sinceLookMs(999), null);
});

test("what the client says of single ones is what a look would have found", () => {
  // A transaction would be counted twice where a node tells of it and is asked as well.
  const pool = openTransactionPool();
  assert.equal(pool.came("a", 0), false, "it may have been there for long");
  pool.look(["a"], 1000);
  assert.ok(pool.came("b", 1500));
  assert.ok(!pool.came("b", 1600));
  assert.deepEqual(pool.look(["a", "b"], 2000).added, []);
  assert.deepEqual(pool.included(["a", "b"], 3000), { count: 2, waitedMs: 3500, wereThere: new Set(["a"]) });
  assert.ok(pool.came("c", 4000));
  pool.left("c", 4500);
  pool.look([], 9000);
  assert.deepEqual(
    pool.settled(4500 + settleMs).map(({ id, goneMs }) => [id, goneMs]),
    [["c", 4500]],
  );
});

test("what blocks have is forgotten after a while, whether the pool is looked at or not", () => {
  // A pool that is too large to be looked at would cost 51 MB a day more, until ChainPulse is out of memory, if this fails.
  const pool = openTransactionPool();
  pool.look([], 0);
  pool.included(["a"], 1000);
  pool.included(["b"], 1000 + settleMs);
  assert.ok(!pool.came("a", 1000 + settleMs), "it may be a word that was late");
  pool.included(["c"], 1001 + settleMs);
  assert.ok(pool.came("a", 1001 + settleMs), "it is remembered still");
  assert.ok(!pool.came("b", 1001 + settleMs));
});

test("every transaction that has come is waiting, was included, or has left, and is counted once", () => {
  // Rates of coming and going would drift apart from the pool's size if this fails.
  const id = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const step = fc.oneof(
    fc.record({ look: fc.uniqueArray(id) }),
    fc.record({ block: fc.uniqueArray(id) }),
    fc.record({ spends: id, outputs: fc.uniqueArray(fc.constantFrom("x", "y", "z")) }),
    fc.record({ waitMs: fc.integer({ min: 0, max: 15_000 }) }),
    fc.record({ came: id }),
    fc.record({ left: id }),
  );
  fc.assert(
    fc.property(fc.uniqueArray(id), fc.array(step, { maxLength: 40 }), (first, steps) => {
      const pool = openTransactionPool();
      let nowMs = 0;
      let came = first.length;
      let ended = 0;
      pool.look(first, nowMs);
      for (const one of steps) {
        nowMs += 100;
        if ("look" in one) came += pool.look(one.look, nowMs).added.length;
        else if ("block" in one) {
          const { count, waitedMs } = pool.included(one.block, nowMs);
          assert.ok(waitedMs >= 0 && waitedMs <= nowMs * count);
          ended += count;
        } else if ("came" in one) came += Number(pool.came(one.came, nowMs));
        else if ("left" in one) pool.left(one.left, nowMs);
        else if ("spends" in one) pool.spends(one.spends, one.outputs);
        else nowMs += one.waitMs;
        ended += pool.settled(nowMs).length;
        assert.ok(pool.size <= came - ended);
      }
      pool.look([], nowMs);
      ended += pool.settled(nowMs + settleMs).length;
      assert.equal(pool.size, 0);
      assert.equal(ended, came);
    }),
  );
});

const nodes = sharedFolder("recordings/nodes");
const recording = (name: string): unknown => JSON.parse(readFileSync(join(nodes.path, name), "utf8"));

describe("answers of a real Bitcoin Core", { skip: nodes.skip }, () => {
  test("its peers, onion services and all", () => {
    // Peers of real nodes would be lost, or shown wrong, if this fails.
    const peers = peersAnswer.parse(recording("bitcoin-core-1-getpeerinfo.json"));
    const client = recordClient();
    const nowSeconds = Math.max(...peers.map(({ conntime }) => conntime)) + 60;
    const noSockets = openSocketView(() => Promise.resolve({ reason: "unsupported", detail: "none here" }));
    openPeerTable(client.context, noSockets).update(peers.map((peer) => factsOf(peer, nowSeconds)));
    assert.deepEqual(client.values(peerMetrics.count), {
      "peer.direction=inbound": peers.filter(({ inbound }) => inbound).length,
      "peer.direction=outbound": peers.filter(({ inbound }) => !inbound).length,
      "peer.direction=unknown": 0,
    });
    assert.equal(Object.keys(client.values(peerMetrics.info)).length, 17);
    const first = "satoshitop4uir46yp2csxh6c2rqquzuuckypb4bkodqb4pd74erwlid.onion:8333";
    const latency = client.values(peerMetrics.latency);
    assert.equal(latency[`chain.peer=${first},latency.source=ping`], 0.539222);
    assert.equal(client.values(peerMetrics.peerHead)[`chain.peer=${first}`], 797_679);
    assert.equal(client.values(peerMetrics.peerSent)[`chain.peer=${first}`], 346_956);
    // Each onion service is a network of its own; who comes in over Tor has no address but that of the proxy.
    assert.equal(client.values(peerMetrics.diversity)["diversity.of=network"], 1);
    assert.ok(Object.keys(client.values(peerMetrics.info)).every((labels) => !labels.includes("peer.address=127.")));
  });

  test("the fees of the block of the fourth halving", () => {
    // What a place in a block costs would be shown in another unit if this fails.
    const blocks = z.record(z.string(), blockStatsAnswer).parse(recording("bitcoin-core-2-getblockstats.json"));
    assert.deepEqual(blocks["840000"], { feerate_percentiles: [108, 134, 200, 350, 1063], totalfee: 3_762_561_499 });
  });
});

/** The node behind a real server, answering as Bitcoin Core does: errors have a status of 404 or 500 and a body. */
async function serveNode({ methods }: FakeNode) {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString());
      void (async () => {
        try {
          const handler = methods[method];
          if (handler === undefined) throw refusal(-32_601, "Method not found");
          response.end(JSON.stringify({ result: await handler(...params), error: null, id }));
        } catch (error) {
          assert.ok(error instanceof AskFailure);
          response.writeHead(error.code === -32_601 ? 404 : 500, { "content-type": "application/json" });
          response.end(JSON.stringify({ result: null, error: { code: error.code, message: error.message }, id }));
        }
      })();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("a node that serves, waits with us for a block, is started anew, and goes away", async (t) => {
  // A restart would raise the wrong alarm, or a dead node's figures would stay, if this fails.
  const lab = openFakeNode();
  const { node } = lab;
  const server = await serveNode(node);
  const client = recordClient({ rpc: { url: server.url, timeoutMs: 2000 } });
  t.after(() => {
    client.close();
    server.close();
  });
  const states: string[] = [];
  const steps = new EventTarget();
  const state = (text: string): void => {
    if (states.at(-1) !== text) states.push(text);
    steps.dispatchEvent(new Event("state"));
  };
  const context: ClientContext = {
    ...client.context,
    chain: { ...client.context.chain, poll_interval_ms: 5 },
    answered: () => state("answers"),
    clear(why) {
      client.context.clear();
      state(why?.message ?? "");
    },
  };
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await once(steps, "state");
  };

  let waits = 0;
  node.methods["getnetworkinfo"] = () => ({ subversion: "/Satoshi:29.0.0/", networkactive: true });
  node.methods["getpeerinfo"] = () => [
    { addr: "192.0.2.1:8333", subver: "", inbound: false, conntime: 0, bytessent: 5, bytesrecv: 6, synced_headers: -1 },
  ];
  node.methods["getnettotals"] = () => ({ totalbytesrecv: 60, totalbytessent: 50 });
  node.methods["getrpcinfo"] = () => ({
    active_commands: [
      { method: "getrpcinfo", duration: 1 },
      { method: "x", duration: 2 },
    ],
  });
  node.methods["getindexinfo"] = () => ({ txindex: { synced: false, best_block_height: 1 } });
  node.methods["estimatesmartfee"] = (blocks) => (blocks === 2 ? { feerate: 0.0002 } : { errors: ["Insufficient data"] });
  node.methods["getchaintips"] = () => [];
  extend(node, "a", 3);
  const release = Promise.withResolvers<void>();
  node.methods["waitforblockheight"] = async (height) => {
    // The first wait is ended by a block; the others never, until the server goes away.
    if (waits++ > 0) return new Promise(() => undefined);
    await release.promise;
    extend(node, "a");
    return { hash: node.blocks.at(-1)?.hash, height };
  };
  const done = watchBitcoin("bitcoin")(context);
  await until(() => client.value(peerMetrics.received) !== undefined && client.absences.has("uptime"));
  await until(() => client.values(m.feeEstimate)["fee.target_blocks=2"] === 20);

  assert.deepEqual(client.identities[0], { version: "/Satoshi:29.0.0/", network: "bitcoin regtest" });
  assert.equal(client.value(clientMetrics.activeRequests), 1);
  assert.deepEqual(client.values(databaseMetrics.indexLag), { "index.name=txindex": 2 });
  assert.equal(client.value(peerMetrics.sent), 50);
  // 0.15 and older have no uptime.
  assert.equal(client.absences.get("uptime")?.reason, "unsupported");
  assert.deepEqual(client.values(peerMetrics.byClient), { "peer.client=unknown": 1 });

  assert.equal(client.value(b.network), 3);
  release.resolve();
  await until(() => client.value(b.network) === 4 && waits > 1);

  node.methods["getblockchaininfo"] = () => {
    throw refusal(-28, "Loading block index…");
  };
  await until(() => states.at(-1) === "getblockchaininfo: Loading block index…");
  assert.equal(client.value(b.network), undefined);
  server.close();
  await until(() => /ECONNREFUSED/.test(states.at(-1) ?? ""));
  client.close();
  await done;
});
