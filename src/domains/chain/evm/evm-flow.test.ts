import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { flowAttributes as a, flowSpans } from "../../../core/flow-names.ts";
import type { Ask } from "../client/ask.ts";
import { recordClient } from "../peers/recorded-client.test-support.ts";
import { openEvmFlow } from "./evm-flow.ts";
import { hashOf, openLab, pending, poolOf, sender } from "./evm-flow-lab.test-support.ts";
import { openPoolChurn } from "./pool-churn.ts";
import { poolContentPart } from "./pool-content.ts";
import { openQueuedTransactions } from "./queued-transactions.ts";
import { traceQuestions } from "./traced-ask.ts";
import { pendingShape } from "./shapes.ts";
import { fakeChain } from "./fake-chain.test-support.ts";

// When this fails, an operator is told of a transaction's life what its node never said, or is told nothing.
describe("an EVM client's flow", () => {
  test("says what is known of a transaction, and what its block and receipt say of it", () => {
    const { flow, client, tell, adopt, blockOf, startMs, root, spans } = openLab();
    adopt("first", blockOf(7, "b", null), new Map());
    tell(pending(1));
    client.advance(400);
    const block = blockOf(8, "b", startMs + 300);
    flow.blockTold(block.hash, 8);
    client.advance(100);
    adopt(
      "extended",
      block,
      new Map([
        [2, 0],
        [1, 1],
      ]),
    );
    assert.deepEqual(
      client.spans(flowSpans.block).map(({ traceId }) => traceId),
      [block.hash.slice(2, 34)],
      "nobody saw block 7 come",
    );
    const { attributes, status } = root(1) ?? assert.fail();
    assert.equal(status, "unset");
    assert.deepEqual(
      [
        a.chainId,
        a.nonce,
        a.from,
        a.gasLimit,
        a.index,
        a.gasUsed,
        a.effectiveGasPrice,
        a.statusCode,
        a.status,
        a.waitingFor,
      ].map((name) => attributes[name]),
      ["1", 1, sender, 21_000, 1, 21_001, "21000000000", 1, "included", undefined],
    );
    const [include] = spans(1, flowSpans.include);
    assert.deepEqual(
      [include?.startNs, include?.endNs].map((ns) => Number((ns ?? 0n) / 1_000_000n) - startMs),
      [400, 500],
      "from when the block was told of until it was served",
    );
    const failed = root(2) ?? assert.fail();
    assert.deepEqual([failed.status, failed.attributes[a.statusCode]], ["error", 0]);
    assert.equal(failed.attributes[a.firstSeen], "unknown", "nobody said whether it waited before");
    flow.replayed(hashOf("c", 1), startMs + 700, startMs + 702);
    const [execute] = spans(1, flowSpans.execute);
    assert.equal(execute?.attributes[a.executeMeasured], "replay");
    flow.finalised(8);
    assert.equal(root(1)?.attributes[a.status], "finalized");
  });

  test("says that a transaction pays too little as soon as it does", () => {
    const { tell, adopt, blockOf, startMs, root } = openLab();
    adopt("first", blockOf(1, "b", startMs), new Map());
    for (const [index, fee] of [10, 25, 50].entries()) tell(pending(index, { fee }));
    const reasons = (): unknown[] => [0, 1, 2].map((index) => root(index)?.attributes[a.waitingFor]);
    assert.deepEqual(reasons(), ["fee", undefined, undefined]);
    adopt("extended", { ...blockOf(2, "b", startMs), baseFeeWei: String(30e9) }, new Map([[2, 1]]));
    assert.deepEqual(reasons(), ["fee", "fee", undefined]);
  });

  test("follows transactions out of a block that is taken back, into another one, and back again", () => {
    const { flow, client, adopt, tell, blockOf, startMs, root, spans } = openLab();
    adopt("first", blockOf(1, "b", startMs), new Map());
    for (const index of [1, 2, 3]) tell(pending(index));
    const old = blockOf(2, "b", startMs);
    adopt(
      "extended",
      old,
      new Map([
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
    );
    const other = blockOf(2, "d", startMs);
    adopt("reorganised", other, new Map([[2, 1]]), [old]);
    assert.deepEqual(
      [1, 2].map((index) => root(index)?.attributes[a.status]),
      ["reorged", "included"],
    );
    assert.equal(root(2)?.attributes[a.blockHash], other.hash);
    assert.deepEqual(flow.unsure(9), [], "the client has some seconds to put them into its pool");
    client.advance(3000);
    assert.deepEqual(flow.unsure(1), [hashOf("c", 1)]);
    assert.deepEqual(flow.unsure(9), [hashOf("c", 3)]);
    assert.deepEqual(flow.unsure(9), [], "each was asked for");
    flow.waits(hashOf("c", 1));
    client.advance(500);
    for (const index of [1, 3]) flow.left(hashOf("c", index), "dropped", null);
    assert.deepEqual(
      [1, 3].map((index) => [
        root(index)?.attributes[a.status],
        spans(index, flowSpans.mempool).at(-1)?.attributes[a.resolutionMs],
      ]),
      [
        ["dropped", 500],
        ["dropped", 3500],
      ],
    );
    // What is canonical again is not read again.
    adopt("reorganised", old, null, [other]);
    assert.deepEqual(
      [1, 2, 3].map((index) => root(index)?.attributes[a.status]),
      ["included", "included", "included"],
    );
    assert.equal(spans(1, flowSpans.include).length, 2);
    assert.equal(root(1)?.attributes[a.gasUsed], 21_001);
  });

  test("asks for what a reorganisation took back also where the client tells of nothing that waits", async () => {
    // Such a transaction would stay on its way for ever.
    const { flow, client, adopt, blockOf, startMs, root } = openLab();
    const { ask, instead } = fakeChain(0);
    instead.set("eth_getTransactionByHash", () => null);
    const { unsurePart } = openPoolChurn(client.context, ask, flow);
    const old = blockOf(2, "b", startMs);
    adopt("first", blockOf(1, "b", startMs), new Map());
    adopt("extended", old, new Map([[1, 1]]));
    adopt("reorganised", blockOf(2, "d", startMs), new Map(), [old]);
    await unsurePart.read();
    assert.equal(root(1)?.attributes[a.status], "reorged");
    client.advance(3000);
    await unsurePart.read();
    assert.equal(root(1)?.attributes[a.status], "dropped");
  });

  test("asks after a restart what became of what was on its way", async () => {
    // It would be on its way for ever, or be unknown although the client knows.
    const before = openLab();
    for (const index of [1, 2, 3]) before.tell(pending(index));
    const { flow, client, adopt, blockOf, startMs, root } = openLab();
    client.earlier.push(...before.client.spans());
    client.advance(60_000);
    await flow.resume();
    adopt("first", blockOf(90, "b", null), new Map());
    assert.deepEqual(
      flow.unsure(9),
      [1, 2, 3].map((index) => hashOf("c", index)),
    );
    flow.waits(hashOf("c", 1));
    flow.left(hashOf("c", 2), "dropped", null);
    assert.ok(flow.found(hashOf("c", 3), { hash: hashOf("b", 50), number: 50 }));
    assert.deepEqual(
      [1, 2, 3].map((index) => root(index)?.attributes[a.status]),
      ["pending", "dropped", "included"],
    );
    const [include] = client.spans(flowSpans.include);
    assert.equal(include?.attributes[a.resolutionMs], 60_000, "nobody looked meanwhile");
    assert.equal(Number((root(3)?.startNs ?? 0n) / 1_000_000n), startMs);
  });

  test("takes a transaction to be in a block that was not read only where there can be one", () => {
    const { flow, client, adopt, tell, blockOf, startMs, root } = openLab();
    const inBlock = (number: number) => flow.found(hashOf("c", 1), { hash: hashOf("b", number), number });
    tell(pending(1));
    assert.equal(inBlock(1), false, "no block was read yet");
    adopt("first", blockOf(1, "b", startMs), new Map());
    assert.equal(inBlock(2), false, "it is about to be read");
    client.advance(1000);
    const next = blockOf(2, "b", startMs);
    const change = { kind: "extended", head: next, before: null, adopted: [next], orphaned: [], common: null } as const;
    const told = flow.adopted({ change, transactions: new Map() }, false);
    assert.equal(inBlock(2), false, "its receipts are asked for");
    told(next, null);
    client.advance(5000);
    adopt("gap", blockOf(90, "b", startMs), new Map());
    assert.equal(inBlock(50), true);
    assert.deepEqual([root(1)?.attributes[a.status], root(1)?.attributes[a.blockNumber]], ["included", 50]);
    const [span] = client.spans(flowSpans.block).filter(({ traceId }) => traceId === hashOf("b", 50).slice(2, 34));
    assert.equal(span?.attributes[a.resolutionMs], 5000);
  });

  test("has questions about what is traced carry the trace, and no others", async () => {
    const { flow, tell } = openLab();
    const sent: [string, string | undefined][] = [];
    const { ask } = fakeChain(0);
    const noted: Ask = {
      ...ask,
      async rpc(method, _params, schema, options) {
        sent.push([method, options?.traceparent]);
        return schema.parse(null);
      },
    };
    const traced = traceQuestions(noted, flow);
    tell(pending(1));
    const hash = hashOf("c", 1);
    await traced.rpc("eth_getTransactionByHash", [hash], z.null());
    await traced.rpc("eth_getTransactionByHash", [hashOf("c", 2)], z.null());
    await traced.rpc("eth_getBlockReceipts", [hashOf("b", 1)], z.null());
    await traced.rpc("eth_getBlockByNumber", ["latest", false], z.null());
    assert.deepEqual(sent, [
      ["eth_getTransactionByHash", flow.traceparent(hash)],
      ["eth_getTransactionByHash", undefined],
      ["eth_getBlockReceipts", flow.blockTraceparent(hashOf("b", 1))],
      ["eth_getBlockByNumber", undefined],
    ]);
    assert.match(flow.traceparent(hash) ?? "", new RegExp(`^00-${hash.slice(2, 34)}-[0-9a-f]{16}-01$`));
    assert.match(flow.blockTraceparent(hashOf("b", 1)) ?? "", new RegExp(`^00-${hashOf("b", 1).slice(2, 34)}-`));
  });

  test("is silent where tracing is switched off", () => {
    const client = recordClient({}, undefined, { tracing: { enabled: false } });
    const flow = openEvmFlow(client.context, () => "1");
    flow.seen(pendingShape.parse(pending(1)), "subscription", 0);
    flow.blockTold(hashOf("b", 1), 1);
    assert.deepEqual(
      [client.spans().length, flow.blockTraceparent(hashOf("b", 1)), flow.traceparent(hashOf("c", 1))],
      [0, undefined, undefined],
    );
  });
});

// When this fails, "it waits for nonce 7" is not said, or is said of a transaction that has long been gone.
describe("queued transactions", () => {
  test("are told when they are found, and end in what became of them, whatever the pool does", () => {
    const step = fc.array(fc.constantFrom("absent", "pending", "queued", "told"), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        const client = recordClient();
        const isQueued = new Set<string>();
        const end = (hash: string) => assert.ok(isQueued.delete(hash), "it was queued");
        const queued = openQueuedTransactions(
          {
            queued(hash) {
              assert.ok(!isQueued.has(hash), "it is told once");
              isQueued.add(hash);
            },
            executable: end,
            learn: (hash, facts) => assert.deepEqual([isQueued.has(hash), facts], [true, { [a.waitingFor]: "nonce" }]),
            left: () => assert.fail("nobody took its place"),
          },
          client.context.clock,
        );
        for (const states of steps) {
          const having = (state: string) =>
            states.flatMap((one, index) => (one === state ? [pending(index, { nonce: index })] : []));
          for (const [index, state] of states.entries()) if (state === "told") queued.executable(hashOf("c", index));
          for (const hash of queued.look(poolOf(having("pending"), having("queued")), () => undefined)) end(hash);
          const expected = states.flatMap((state, index) => (state === "queued" ? [hashOf("c", index)] : []));
          assert.deepEqual([...isQueued].sort(), expected);
        }
      }),
    );
  });

  test("that another one takes the place of are replaced, and what was there at first is remembered as such", () => {
    const { flow, client, root, spans } = openLab();
    flow.content(poolOf([pending(1)], [pending(8)]));
    client.advance(2000);
    flow.content(poolOf([pending(1), pending(2)], [pending(8), pending(9)]));
    assert.deepEqual([1, 8].map(root), [undefined, undefined], "when they came, nobody saw");
    assert.deepEqual(
      [2, 9].map((index) => root(index)?.attributes[a.resolutionMs]),
      [2000, 2000],
    );
    assert.equal(root(9)?.attributes[a.waitingFor], "nonce");
    client.advance(1000);
    flow.content(poolOf([{ ...pending(3), nonce: "0x2" }], [{ ...pending(10), nonce: "0x9" }]));
    assert.deepEqual(
      [2, 9].map((index) => [root(index)?.attributes[a.status], root(index)?.attributes[a.replacedBy]]),
      [
        ["replaced", hashOf("c", 3)],
        ["replaced", hashOf("c", 10)],
      ],
    );
    assert.equal(spans(9, flowSpans.queued).length, 1);
    assert.deepEqual(flow.unsure(9), [hashOf("c", 8)], "it waited for another one, and is gone");
  });

  test("are looked for where the pool is small, has changed, and the client has time", async () => {
    const client = recordClient();
    const fake = fakeChain(0);
    let status = { pending: "0x1", queued: "0x0" };
    let asked = 0;
    fake.instead.set("txpool_status", () => status);
    fake.instead.set("txpool_content", () => {
      asked++;
      client.advance(200);
      return { pending: { [sender]: { "1": pending(1) } }, queued: {} };
    });
    const seen: number[] = [];
    const part = poolContentPart(
      client.context,
      fake.ask,
      async ({ pending: own, queued }) => void seen.push(own.length + queued.length),
    );
    const look = async (afterMs: number): Promise<void> => {
      client.advance(afterMs);
      await part.read();
    };
    await look(1000);
    await look(1000);
    assert.deepEqual([asked, seen], [1, [1]], "nothing has changed");
    status = { pending: "0x2", queued: "0x0" };
    await look(100);
    assert.equal(asked, 1, "it took more than its share of the time");
    await look(3000);
    assert.equal(asked, 2);
    await look(11_000);
    assert.equal(asked, 3, "one may have come for each that went");
    status = { pending: "0x3e8", queued: "0x1" };
    await look(60_000);
    assert.equal(asked, 3, "it is too large");
    status = { pending: "0x0", queued: "0x0" };
    await look(1000);
    await look(60_000);
    assert.deepEqual([asked, seen], [3, [1, 1, 1, 0]], "what is empty is not asked for");
  });
});
