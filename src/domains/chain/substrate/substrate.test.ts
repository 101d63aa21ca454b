import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flowAttributes as a, flowSpans } from "../../../core/flow-names.ts";
import { blockMetrics as b } from "../blocks/metrics.ts";
import { openAsk } from "../client/ask.ts";
import { mempoolMetrics as m } from "../mempool/metrics.ts";
import { peerMetrics as p } from "../peers/metrics.ts";
import { type RecordedClient, recordClient } from "../peers/recorded-client.test-support.ts";
import { blake2b256 } from "./blake2b.ts";
import { type FakeNode, openFakeNode, setTime } from "./fake-node.test-support.ts";
import { openExtrinsicFlow } from "./extrinsic-flow.ts";
import { blockTimeMs, isTransaction } from "./read-extrinsics.ts";
import { type SubstrateChain, openSubstrateChain } from "./substrate-chain.ts";
import { watchSubstrate } from "./watch-substrate.ts";

/** A node and a client of it, both closed after `use`. */
async function withNode(use: (node: FakeNode, client: RecordedClient) => Promise<void>): Promise<void> {
  const node = await openFakeNode();
  const client = recordClient({ rpc: { url: node.url, timeoutMs: 2000 } });
  try {
    await use(node, client);
  } finally {
    client.close();
    node.close();
  }
}

async function withChain(use: (node: FakeNode, client: RecordedClient, chain: SubstrateChain) => Promise<void>): Promise<void> {
  await withNode(async (node, client) => {
    const ask = openAsk(client.context);
    await use(
      node,
      client,
      openSubstrateChain(
        client.context,
        ask,
        openExtrinsicFlow(client.context, () => null),
      ),
    );
    ask.close();
  });
}

test("the chain: head, what its blocks hold, finality, a reorganisation", async () => {
  // Otherwise a Substrate node's head stands still on the page, or its forks are not seen.
  await withChain(async (node, client, chain) => {
    const first = node.author(null, { transactions: 2 });
    await chain.look();
    const second = node.author(first, { transactions: 3 });
    const third = node.author(second, { transactions: 1 });
    await chain.look();
    assert.deepEqual([client.value(b.blocks), client.value(b.transactions)], [2, 4]);
    assert.deepEqual(client.values(b.number), { "block.tag=head": 3 });
    assert.equal(client.value(b.interval), 6);
    await chain.lookAtFinality(client.context);
    assert.equal(client.value(b.finalityDistance), 2);
    const other = node.author(second);
    await chain.look();
    assert.deepEqual([client.value(b.reorgs), client.value(b.reorgDepth), client.value(b.orphaned)], [1, 1, 1]);
    const statuses = Object.fromEntries(client.events("chain.block").map(({ key, fields }) => [key, fields["status"]]));
    assert.deepEqual(statuses, { [first]: "canonical", [second]: "canonical", [third]: "orphaned", [other]: "canonical" });
  });
});

test("a chain whose blocks do not tell their time has a head, and a reason for the rest", async () => {
  // Otherwise such a node is shown as if it did not answer.
  await withChain(async (node, client, chain) => {
    node.author(node.author(null, { timeMs: null }), { timeMs: null });
    await chain.look();
    assert.deepEqual(client.values(b.number), { "block.tag=head": 2 });
    assert.match(client.absences.get("block time")?.detail ?? "", /no inherent/);
  });
});

test("the whole watch: what it reads, what it is refused, and that it ends", async () => {
  // Otherwise an operator who has not opened the unsafe methods sees nothing at all.
  await withNode(async (node, client) => {
    node.author(node.author(null), { transactions: 5 });
    node.answers.set("system_syncState", { startingBlock: 0, currentBlock: 2, highestBlock: 9 });
    node.answers.set("system_peers", new Error("RPC call is unsafe to be called externally"));
    const watching = watchSubstrate(client.context);
    const isRead = () => client.value(b.lag) !== undefined && client.identities.length > 0 && client.absences.size > 0;
    const isCounted = () => client.value(m.transactions) === undefined && Object.keys(client.values(m.transactions)).length > 0;
    while (!isRead() || !isCounted() || client.value(b.headTransactions) === undefined) await new Promise(setImmediate);
    assert.deepEqual([client.value(b.network), client.value(b.lag), client.value(b.syncing)], [9, 7, 0]);
    assert.deepEqual(client.values(p.count), { "peer.direction=unknown": 2 });
    assert.match(client.absences.get("system_peers")?.detail ?? "", /unsafe/);
    assert.deepEqual(client.values(m.transactions), { "mempool.state=pending": 3 });
    assert.deepEqual(client.identities[0], { version: "Parity Polkadot/1.20.2-46c7a5e", network: "Development" });
    client.close();
    await watching;
  });
});

test("where the node tells of its peers they are counted one by one", async () => {
  // Otherwise peers that come and go are not seen.
  await withNode(async (node, client) => {
    node.author(null);
    node.answers.set("system_health", { peers: 5, isSyncing: false, shouldHavePeers: true });
    const watching = watchSubstrate(client.context);
    while (Object.keys(client.values(p.changes)).length < 2) await new Promise(setImmediate);
    // That none is inbound has not been said.
    assert.deepEqual(client.values(p.count), { "peer.direction=unknown": 2 });
    client.close();
    await watching;
  });
});

test("the time of real blocks, whatever their pallet's number", () => {
  // Otherwise no Substrate block has an age. Extrinsics of Kusama blocks as public sources show them, with the times that they give.
  assert.equal(blockTimeMs(["0x280402000b919bbc3b8001"]), 1_650_269_658_001);
  assert.equal(blockTimeMs(["0x280401000bc0ca26af7001"]), 1_583_486_520_000);
  assert.equal(blockTimeMs(["0x1c040a00feb97e00", "0x280403000bb0037bf09301"]), 1_734_906_414_000);
});

test("each time that can be is read as it was written, and nothing else is taken for one", () => {
  // Otherwise blocks are told to be from another time.
  const hex = fc.uint8Array({ maxLength: 30 }).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
  fc.assert(
    fc.property(
      fc.integer({ min: Date.UTC(2018, 0, 1), max: Date.UTC(2100, 0, 1) - 1 }),
      fc.array(hex, { maxLength: 7 }),
      (timeMs, before) => {
        const others = before.filter((one) => blockTimeMs([one]) === null);
        assert.equal(blockTimeMs([...others, setTime(timeMs)]), timeMs);
      },
    ),
  );
  for (const no of ["0x", "0x28", setTime(0), setTime(2 ** 48 - 1), "0x3d0284004d", "0x280403010b919bbc3b8001"]) {
    assert.equal(blockTimeMs([no]), null);
  }
});

test("signed and general extrinsics are counted, whatever they hold", () => {
  // Otherwise a block's inherents count as its users' transactions.
  const compact = fc.oneof(
    fc.integer({ min: 0, max: 63 }).map((n) => [n << 2]),
    fc.integer({ min: 64, max: 16_383 }).map((n) => [((n << 2) | 1) & 255, n >> 6]),
    fc
      .integer({ min: 16_384, max: 2 ** 22 })
      .map((n) => [((n << 2) | 2) & 255, (n >> 6) & 255, (n >> 14) & 255, (n >> 22) & 255]),
  );
  const preamble = fc.constantFrom([0x04, 0], [0x05, 0], [0x84, 1], [0x45, 1]);
  const body = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(fc.array(fc.tuple(compact, preamble, body)), (parts) => {
      const extrinsics = parts.map(
        ([length, [first = 0], rest]) => `0x${Buffer.from([...length, first, ...rest]).toString("hex")}`,
      );
      assert.deepEqual(
        extrinsics.map(isTransaction),
        parts.map(([, [, isSent]]) => isSent === 1),
      );
    }),
  );
  assert.deepEqual(["0x", "0x3d"].map(isTransaction), [false, false]);
});

test("extrinsics are named by the hash that the node itself gives them", () => {
  // Otherwise a transaction has another trace at each node, and none under the hash that its sender knows. Made with Python's hashlib.
  const hashes = [
    [0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"],
    [1, "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"],
    [127, "f2fe67ff342e21b8f45e8f2e0bcd1d9243245d50ee6c78042e9c491388791c72"],
    [128, "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1"],
    [129, "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9"],
    [300, "940563f11807c8ba3192299e05cf544b82463742c8a5e80c2a5d81751cd8b0ca"],
  ] as const;
  for (const [length, hash] of hashes) assert.equal(blake2b256(Uint8Array.from({ length }, (_, index) => index % 251)), hash);
});

test("an extrinsic's life: first seen in the pool, in a block, taken back, in another one, final; or gone", async () => {
  // Otherwise nobody is told what became of a transaction on such a chain.
  const extrinsic = (index: number): string => `0x3d028400${index.toString(16).padStart(60, "0")}`;
  const hashOf = (index: number): string => `0x${blake2b256(Buffer.from(extrinsic(index).slice(2), "hex"))}`;
  await withNode(async (node, client) => {
    const ask = openAsk(client.context);
    const flow = openExtrinsicFlow(client.context, () => "Development");
    const chain = openSubstrateChain(client.context, ask, flow);
    const look = async (afterMs: number): Promise<void> => {
      client.advance(afterMs);
      await chain.look();
    };
    const rootOf = (index: number) =>
      client.spans(flowSpans.transaction).find(({ traceId }) => traceId === hashOf(index).slice(2, 34));
    const statuses = (): unknown[] => [1, 2, 3].map((index) => rootOf(index)?.attributes[a.status]);
    const first = node.author(null);
    await chain.look();
    await flow.pool([extrinsic(3)]);
    client.advance(1000);
    await flow.pool([extrinsic(1), extrinsic(2), extrinsic(3), setTime(0)]);
    assert.deepEqual(statuses(), ["pending", "pending", undefined], "the third was there before");
    assert.equal(rootOf(1)?.attributes[a.resolutionMs], 1000);
    const second = node.author(first, { extrinsics: [extrinsic(1), extrinsic(3)] });
    await look(2000);
    assert.deepEqual(statuses(), ["included", "pending", "included"]);
    assert.deepEqual([rootOf(1)?.attributes[a.index], rootOf(3)?.attributes[a.firstSeen]], [2, "unknown"]);
    const other = node.author(first, { extrinsics: [extrinsic(1)] });
    await look(2000);
    assert.deepEqual(statuses(), ["included", "pending", "reorged"]);
    assert.deepEqual([rootOf(1)?.attributes[a.blockHash], second === other], [other, false]);
    node.finalise(other);
    await chain.lookAtFinality(client.context);
    await flow.pool([]);
    client.advance(30_000);
    await flow.pool([]);
    assert.deepEqual(statuses(), ["finalized", "dropped", "dropped"], "what was taken back came to no pool again");
    const waits = client.spans(flowSpans.mempool).filter(({ traceId }) => traceId === hashOf(3).slice(2, 34));
    assert.deepEqual(
      waits.map(({ attributes }) => attributes[a.resolutionMs]),
      [30_000],
    );
    ask.close();
  });
});

test("an extrinsic that waits at a start, and was seen to come before it, goes on", async () => {
  // Each restart would cut the lives of all that waits in two.
  const extrinsic = (index: number): string => `0x3d028400${index.toString(16).padStart(60, "0")}`;
  const before = recordClient();
  const first = openExtrinsicFlow(before.context, () => "Development");
  await first.pool([]);
  await first.pool([extrinsic(1), extrinsic(2)]);
  const client = recordClient();
  client.earlier.push(...before.spans());
  const flow = openExtrinsicFlow(client.context, () => "Development");
  await flow.resume();
  await flow.pool([extrinsic(1), extrinsic(3)]);
  assert.deepEqual(
    client.spans(flowSpans.transaction).map(({ attributes }) => attributes[a.status]),
    ["pending", "unknown"],
  );
});
