import assert from "node:assert/strict";
import { test } from "node:test";
import { flowAttributes as a, flowSpans } from "../../../core/flow-names.ts";
import { libzmqGreeting, openFakePublisher, publisherReady, zmqMessage } from "../../../io/zmq-publisher.test-support.ts";
import { mempoolMetrics } from "../mempool/metrics.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { extend, fakeId, type FakeLab, openFakeNode, refusal } from "./fake-node.test-support.ts";
import { followChain } from "./follow-chain.ts";
import { noticeOf, publishersOf, watchPublished } from "./published-notices.ts";
import { watchMempool } from "./watch-mempool.ts";

/** A node that is followed: its first block and an empty pool have been looked at. */
async function openTraced(): Promise<
  FakeLab & Readonly<{ chain: ReturnType<typeof followChain>; mempool: ReturnType<typeof watchMempool> }>
> {
  const lab = openFakeNode();
  const chain = followChain(lab.watched);
  const mempool = watchMempool(lab.watched, chain);
  lab.node.methods["getrawtransaction"] = (id) => ({ vin: [{ txid: id, vout: 0 }] });
  await chain.look();
  await mempool.look();
  return { ...lab, chain, mempool };
}

/** Of one transaction: each span's name with its length in ms, and the root's attributes. */
function lifeOf({ client }: FakeLab, id: string) {
  const spans = client.spans().filter(({ traceId }) => traceId === id.slice(0, 32));
  const root = spans.find(({ name }) => name === flowSpans.transaction) ?? assert.fail("it is not traced");
  const parts = spans.map(({ name, startNs, endNs }) => [name, Number(endNs - startNs) / 1e6] as const);
  return { parts: Object.fromEntries(parts), attributes: root.attributes, root };
}

test("a transaction is traced from the pool through its block to its sixth confirmation", async () => {
  // Who asks where a payment is would be told nothing, or something that the node does not say.
  const lab = await openTraced();
  const { node, client, chain, mempool } = lab;
  const id = fakeId("t1");
  node.pool = [id];
  node.methods["getmempoolentry"] = () => ({ vsize: 200, fees: { base: 0.000004 }, unbroadcast: true });
  client.advance(100);
  await mempool.lookQuickly();
  const pending = lifeOf(lab, id);
  assert.deepEqual(pending.attributes, {
    [a.node]: "n1",
    [a.chainId]: "litecoin regtest",
    [a.hash]: id,
    [a.submittedHere]: true,
    [a.feeRate]: 2,
    [a.status]: "pending",
    [a.method]: "poll",
    [a.resolutionMs]: 100,
    [a.ratio]: 1,
  });
  client.advance(5000);
  node.pool = [];
  extend(node, "a", 1, [id]);
  const block = node.blocks.at(-1)?.hash ?? "";
  chain.announced({ hash: block, number: 1, wasThere: false });
  client.advance(20);
  await chain.look();
  await mempool.look();
  const { attributes, parts } = lifeOf(lab, id);
  assert.deepEqual(
    [attributes[a.status], attributes[a.blockHash], attributes[a.blockNumber], attributes[a.index]],
    ["included", block, 1, 1],
  );
  assert.deepEqual([parts[flowSpans.mempool], parts[flowSpans.include]], [5000, 20]);
  client.advance(1000);
  extend(node, "a", 5);
  await chain.look();
  assert.deepEqual([lifeOf(lab, id).attributes[a.status], lifeOf(lab, id).parts[flowSpans.confirm]], ["confirmed", 1000]);
  const blocks = client.spans(flowSpans.block);
  assert.equal(blocks.length, 6);
  assert.deepEqual([blocks[0]?.attributes[a.method], blocks[0]?.attributes[a.blockStatus]], ["subscription", "canonical"]);
});

test("a pool and a chain that were there before are no news", async () => {
  // Each start would look like a wave of transactions that all came at once.
  const lab = openFakeNode();
  const { node, client, watched } = lab;
  const [old, fresh] = [fakeId("old"), fakeId("fresh")];
  extend(node, "a", 3, [fakeId("mined")]);
  node.pool = [old];
  const chain = followChain(watched);
  const mempool = watchMempool(watched, chain);
  await chain.look();
  await mempool.look();
  assert.deepEqual(client.spans(), []);
  client.advance(1000);
  extend(node, "a", 1, [old, fresh]);
  await chain.look();
  assert.deepEqual(
    [lifeOf(lab, old).attributes[a.firstSeen], lifeOf(lab, fresh).attributes[a.firstSeen]],
    ["unknown", undefined],
  );
  assert.deepEqual([lifeOf(lab, fresh).attributes[a.method], lifeOf(lab, fresh).attributes[a.resolutionMs]], ["block", 1000]);
});

test("what waits at a start, and was seen to come before it, goes on", async () => {
  // Each restart would cut the lives of all that waits in two.
  const before = await openTraced();
  const [id, gone] = [fakeId("t1"), fakeId("t2")];
  before.client.advance(1000);
  before.node.pool = [id, gone];
  await before.mempool.look();
  const lab = openFakeNode();
  lab.client.earlier.push(...before.client.spans());
  lab.client.advance(60_000);
  await lab.watched.flow.resume();
  const chain = followChain(lab.watched);
  const mempool = watchMempool(lab.watched, chain);
  lab.node.pool = [id, fakeId("another")];
  await chain.look();
  await mempool.look();
  assert.deepEqual(
    [id, gone].map((one) => lifeOf(lab, one).attributes[a.status]),
    ["pending", "unknown"],
  );
  assert.equal(lab.client.spans(flowSpans.transaction).length, 2);
  extend(lab.node, "a", 1, [id]);
  lab.client.advance(1000);
  await chain.look();
  const { attributes, parts } = lifeOf(lab, id);
  assert.deepEqual([attributes[a.status], attributes[a.firstSeen], parts[flowSpans.mempool]], ["included", undefined, 60_000]);
});

test("a replacement is known at once, and a transaction that a reorganisation takes out is traced on", async () => {
  // A double spend would look like a payment that still waits, or one that is done.
  const lab = await openTraced();
  const { node, client, chain, mempool } = lab;
  const [first, second, third] = [fakeId("t1"), fakeId("t2"), fakeId("t3")];
  node.methods["getrawtransaction"] = (id) => ({ vin: [{ txid: fakeId(id === third ? "other" : "same"), vout: 0 }] });
  client.advance(1000);
  node.pool = [first];
  await mempool.look();
  client.advance(1000);
  node.pool = [second, third];
  await mempool.look();
  const replaced = lifeOf(lab, first).attributes;
  assert.deepEqual([replaced[a.status], replaced[a.replacedBy]], ["replaced", second]);
  client.advance(1000);
  extend(node, "a", 1, [second]);
  node.pool = [];
  await chain.look();
  await mempool.look();
  client.advance(11_000);
  await mempool.look();
  assert.equal(lifeOf(lab, third).attributes[a.status], "dropped");
  assert.equal(lifeOf(lab, third).parts[flowSpans.mempool], 1000);
  node.blocks = node.blocks.slice(0, 1);
  extend(node, "b", 1);
  extend(node, "b", 1, [second]);
  client.advance(1000);
  await chain.look();
  const { attributes, root } = lifeOf(lab, second);
  assert.deepEqual([attributes[a.status], attributes[a.blockNumber]], ["included", 2]);
  assert.deepEqual(
    root.events.map(({ name }) => name),
    ["pending", "included", "reorged", "included"],
  );
  const includes = client.spans(flowSpans.include).filter(({ traceId }) => traceId === second.slice(0, 32));
  assert.deepEqual(
    includes.map(({ statusMessage }) => statusMessage),
    ["reorged out", ""],
  );
});

test("a transaction whose block is taken back for good is dropped, by the rules of one that leaves the pool", async () => {
  // A payment that a double spend has undone would be shown as on its way for ever.
  const lab = await openTraced();
  const { node, client, chain, mempool } = lab;
  const [lost, back] = [fakeId("t1"), fakeId("t2")];
  client.advance(1000);
  node.pool = [lost, back];
  await mempool.look();
  extend(node, "a", 1, [lost, back]);
  node.pool = [];
  client.advance(1000);
  await chain.look();
  await mempool.look();
  const removed = client.values(mempoolMetrics.removed);
  node.blocks = node.blocks.slice(0, 1);
  extend(node, "b", 2);
  client.advance(1000);
  await chain.look();
  const statuses = () => [lost, back].map((id) => lifeOf(lab, id).attributes[a.status]);
  assert.deepEqual(statuses(), ["reorged", "reorged"]);
  node.pool = [back];
  client.advance(2000);
  await mempool.look();
  client.advance(9999);
  await mempool.look();
  assert.deepEqual(statuses(), ["reorged", "reorged"], "another block may have it");
  client.advance(1);
  await mempool.look();
  assert.deepEqual(statuses(), ["dropped", "reorged"]);
  const [, wait] = client.spans(flowSpans.mempool).filter(({ traceId }) => traceId === lost.slice(0, 32));
  assert.deepEqual([Number((wait?.endNs ?? 0n) - (wait?.startNs ?? 0n)) / 1e6, wait?.attributes[a.resolutionMs]], [2000, 2000]);
  assert.deepEqual(client.values(mempoolMetrics.removed), removed, "it left the pool once, with its block");
  node.pool = [];
  client.advance(1000);
  await mempool.look();
  client.advance(10_000);
  await mempool.look();
  assert.deepEqual(statuses(), ["dropped", "dropped"]);
});

test("a block that is taken back and comes again has its transactions again", async () => {
  // After a node has gone over to another branch and back, payments in canonical blocks would be told as dropped.
  const lab = await openTraced();
  const { node, client, chain, mempool } = lab;
  const ids = ["t1", "t2", "t3"].map(fakeId);
  client.advance(1000);
  node.pool = [...ids];
  await mempool.look();
  node.pool = [];
  for (const id of ids) {
    client.advance(1000);
    extend(node, "a", 1, [id]);
    await chain.look();
    await mempool.look();
  }
  const branch = [...node.blocks];
  const statuses = () => ids.map((id) => lifeOf(lab, id).attributes[a.status]);
  const reorganise = async (length: number): Promise<void> => {
    node.blocks = branch.slice(0, 1);
    extend(node, "b", length);
    node.pool = [...ids];
    client.advance(1000);
    await chain.look();
    await mempool.look();
    assert.deepEqual(statuses(), ["reorged", "reorged", "reorged"]);
    node.pool = [];
  };
  const settle = async (): Promise<void> => {
    client.advance(1000);
    await mempool.look();
    client.advance(11_000);
    await mempool.look();
    assert.deepEqual(statuses(), ["included", "included", "included"]);
  };
  // Further by two blocks, of which only the newest is asked for first.
  await reorganise(4);
  node.blocks = [...branch];
  extend(node, "a", 2);
  client.advance(1000);
  await chain.look();
  await settle();
  // Or with the very head that it had: the other one was declared invalid.
  await reorganise(5);
  node.blocks = [...branch];
  client.advance(1000);
  const { getblock } = node.methods;
  node.methods["getblock"] = (hash) => {
    if (hash === branch[1]?.hash) throw refusal(-28, "busy");
    return getblock?.(hash);
  };
  await assert.rejects(chain.look());
  assert.deepEqual(statuses(), ["reorged", "reorged", "reorged"], "half a branch is not told");
  Object.assign(node.methods, { getblock });
  await chain.look();
  await settle();
  assert.equal(client.values(mempoolMetrics.removed)["removal.reason=dropped"], 0);
});

test("what is asked of a traced transaction or block carries its trace, and a large pool is not looked at more often", async () => {
  // A client's own spans would not be found beside ours; or watching would keep a busy client from its work.
  const lab = await openTraced();
  const { node, client, chain, mempool, headers } = { ...lab, headers: lab.traceparents };
  const id = fakeId("t1");
  node.pool = [id];
  client.advance(1000);
  await mempool.look();
  assert.equal(headers.get("getrawtransaction"), `00-${id.slice(0, 32)}-${lifeOf(lab, id).root.spanId}-01`);
  extend(node, "a", 1, [id]);
  await chain.look();
  const block = client.spans(flowSpans.block)[0];
  assert.equal(headers.get("getblock"), `00-${block?.traceId}-${block?.spanId}-01`);
  node.pool = Array.from({ length: 1001 }, (_, index) => fakeId(`p${index}`));
  client.advance(1000);
  await mempool.look();
  const asked = node.asked.filter((method) => method === "getrawmempool").length;
  client.advance(900);
  await mempool.lookQuickly();
  assert.equal(node.asked.filter((method) => method === "getrawmempool").length, asked);
});

test("a node that catches up is not traced", async () => {
  // A week of blocks would be stored as if they had come within minutes.
  const { node, client, chain } = await openTraced();
  node.isCatchingUp = true;
  client.advance(1000);
  extend(node, "a", 20, [fakeId("t1")]);
  await chain.look();
  assert.deepEqual(client.spans(), []);
});

test("what a node publishes is listened to at its own host, and nowhere else", () => {
  // A node could send us to anybody, or its notices would not be found.
  const all = (address: string) => ["pubhashtx", "pubhashblock", "pubrawtx"].map((type) => ({ type, address }));
  const sequence = { type: "pubsequence", address: "tcp://127.0.0.1:28332" };
  assert.deepEqual(publishersOf([...all("tcp://127.0.0.1:28333"), sequence], "127.0.0.1"), [
    { host: "127.0.0.1", port: 28_332, topics: ["sequence"] },
  ]);
  assert.deepEqual(publishersOf(all("tcp://*:1"), "node.example"), [
    { host: "node.example", port: 1, topics: ["hashtx", "hashblock"] },
  ]);
  assert.deepEqual(publishersOf(all("tcp://[::]:1"), "[::1]"), [{ host: "::1", port: 1, topics: ["hashtx", "hashblock"] }]);
  assert.equal(publishersOf(all("tcp://127.0.0.1:1"), "localhost").length, 1);
  const elsewhere = [
    "tcp://192.0.2.1:1",
    "tcp://evil.example:1",
    "ipc:///var/run/docker.sock",
    "tcp://127.0.0.1:0",
    "tcp://127.0.0.1:99999",
    "x",
  ];
  for (const address of elsewhere) assert.deepEqual(publishersOf(all(address), "127.0.0.1"), [], address);
  assert.deepEqual(publishersOf(all("tcp://127.0.0.1:1"), "node.example"), [], "that would be another machine than the node's");
});

test("a published message tells what has happened, and one that is none tells nothing", () => {
  // A transaction that has left would be taken for one that has come.
  const hash = fakeId("t1");
  const sequence = (label: string, ...more: readonly number[]) => [
    Buffer.from("sequence"),
    Buffer.concat([Buffer.from(hash, "hex"), Buffer.from(label), Buffer.from(more)]),
  ];
  const counter = [1, 0, 0, 0, 0, 0, 0, 0];
  assert.deepEqual(noticeOf(sequence("A", ...counter)), { what: "added", hash });
  assert.deepEqual(noticeOf(sequence("R", ...counter)), { what: "removed", hash });
  assert.deepEqual(noticeOf(sequence("C")), { what: "block", hash });
  assert.equal(noticeOf(sequence("D")), null);
  assert.deepEqual(noticeOf([Buffer.from("hashblock"), Buffer.from(hash, "hex")]), { what: "block", hash });
  for (const parts of [
    [],
    [Buffer.from("hashtx")],
    [Buffer.from("hashtx"), Buffer.alloc(31)],
    [Buffer.from("rawtx"), Buffer.alloc(40)],
  ])
    assert.equal(noticeOf(parts), null);
});

test("a transaction that a node publishes is traced from that moment to its leaving", async () => {
  // With ZeroMQ first seen would be no better than without.
  const [id, gone] = [fakeId("t1"), fakeId("t2")];
  const publish = (hash: string, label: string) =>
    zmqMessage(Buffer.from("sequence"), Buffer.concat([Buffer.from(hash, "hex"), Buffer.from(label), Buffer.alloc(8)]));
  const publisher = await openFakePublisher((socket) =>
    socket.write(
      Buffer.concat([
        libzmqGreeting,
        publisherReady,
        publish(id, "A"),
        publish(gone, "A"),
        publish(gone, "R"),
        publish(fakeId("block"), "C"),
      ]),
    ),
  );
  const rpc = { url: new URL("http://127.0.0.1:1"), timeoutMs: 5000 };
  const lab = openFakeNode(recordClient({ rpc }));
  const { client, node, watched } = lab;
  const chain = followChain(watched);
  const mempool = watchMempool(watched, chain);
  await chain.look();
  await mempool.look();
  client.advance(500);
  node.methods["getzmqnotifications"] = () => [{ type: "pubsequence", address: `tcp://127.0.0.1:${publisher.port}` }];
  try {
    await watchPublished(watched, {
      onTransactions: (areTold) => mempool.told(areTold),
      onAdded: (hash) => mempool.came(hash),
      onRemoved: (hash) => mempool.left(hash),
      onBlock: () => client.close(),
    });
  } finally {
    publisher.close();
  }
  const { attributes } = lifeOf(lab, id);
  assert.deepEqual([attributes[a.status], attributes[a.method], attributes[a.resolutionMs]], ["pending", "subscription", 0]);
  node.pool = [id];
  client.advance(11_000);
  await mempool.look();
  assert.deepEqual([lifeOf(lab, gone).attributes[a.status], lifeOf(lab, gone).parts[flowSpans.mempool]], ["dropped", 0]);
});
