import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { flowAttributes as a, flowSpans, transactionStatuses } from "../../../core/flow-names.ts";
import { isStorableSpan } from "../../../core/observed-span.ts";
import { after, hashOf, openLab, startMs } from "./flow-lab.test-support.ts";
import { flowMetrics } from "./metrics.ts";
import { openSampler } from "./sampler.ts";

test("a transaction's life is one trace: waiting, its block, so many blocks more", () => {
  // "Where is my transaction, and how long did each stage take" would have no answer, or a wrong one.
  const { flow, see, mine, life, root, client } = openLab();
  const hash = hashOf(1);
  assert.ok(see(hash, 0));
  assert.deepEqual(life(hash), [
    [flowSpans.mempool, 0, 0, ""],
    [flowSpans.transaction, 0, 0, ""],
  ]);
  assert.equal(root(hash).attributes[a.status], "pending");
  const block = mine(5, [hash], 1000);
  mine(6, [], 2000);
  assert.equal(root(hash).attributes[a.status], "included");
  mine(7, [], 3000);
  assert.deepEqual(life(hash), [
    [flowSpans.mempool, 0, 1000, ""],
    [flowSpans.transaction, 0, 3010, ""],
    [flowSpans.include, 1000, 1010, ""],
    [flowSpans.confirm, 1010, 3010, ""],
  ]);
  const { attributes, events, parentSpanId } = root(hash);
  assert.equal(parentSpanId, "");
  assert.deepEqual(
    events.map(({ name }) => name),
    ["pending", "included", "confirmed"],
  );
  assert.deepEqual(attributes, {
    [a.node]: "n1",
    [a.chainId]: "litecoin regtest",
    [a.hash]: hash,
    [a.blockHash]: block,
    [a.blockNumber]: 5,
    [a.index]: 1,
    [a.status]: "confirmed",
    [a.method]: "subscription",
    [a.resolutionMs]: 0,
    [a.ratio]: 1,
  });
  const include = client.spans(flowSpans.include)[0];
  assert.equal(include?.attributes[a.resolutionMs], 5);
  const blockRoot = client.spans(flowSpans.block).find(({ traceId }) => traceId === block.slice(0, 32));
  assert.deepEqual([include?.links[0]?.traceId, include?.links[0]?.spanId], [blockRoot?.traceId, blockRoot?.spanId]);
  assert.equal(flow.traceparent(hash), `00-${hash.slice(0, 32)}-${root(hash).spanId}-01`);
});

test("a reorganisation, a replacement and a loss are told as such", () => {
  // Who waits for a payment would take one that was taken back for one that is done.
  const { flow, see, mine, life, root } = openLab();
  const [taken, replaced, dropped, by] = [hashOf(1), hashOf(2), hashOf(3), hashOf(4)];
  for (const hash of [taken, replaced, dropped]) see(hash, 0);
  const old = mine(5, [taken], 1000);
  flow.blockOrphaned(old, startMs + 2000);
  assert.equal(root(taken).attributes[a.status], "reorged");
  assert.equal(root(taken).attributes[a.blockHash], undefined);
  mine(5, [taken], 3000, 0xc0);
  assert.equal(root(taken).attributes[a.status], "included");
  assert.deepEqual(
    life(taken).filter(([name]) => name !== flowSpans.transaction),
    [
      [flowSpans.mempool, 0, 1000, ""],
      [flowSpans.include, 1000, 1010, "reorged out"],
      [flowSpans.mempool, 2000, 3000, ""],
      [flowSpans.include, 3000, 3010, ""],
    ],
  );
  flow.left(replaced, "replaced", startMs + 400, { by });
  assert.deepEqual([root(replaced).attributes[a.status], root(replaced).attributes[a.replacedBy]], ["replaced", by]);
  flow.left(dropped, "dropped", startMs + 500);
  assert.equal(root(dropped).attributes[a.status], "dropped");
  see(dropped, 900);
  assert.equal(root(dropped).attributes[a.status], "pending");
  mine(6, [replaced], 4000, 0xc0);
  assert.deepEqual([root(replaced).attributes[a.status], root(replaced).attributes[a.replacedBy]], ["included", undefined]);
});

test("of a block that was there before its transaction was seen, it is known by how much", () => {
  // A poll that is late would look like a block that was, and its hop like the slowest one.
  const { client, flow, see } = openLab();
  const hash = hashOf(1);
  const block = { hash: hashOf(90), number: 9, timeMs: startMs, method: "subscription", resolutionMs: 20 } as const;
  flow.blockSeen(block);
  see(hash, 300);
  flow.blockCanonical({ ...block, timeMs: startMs + 310 }, [{ hash }]);
  const [include] = client.spans(flowSpans.include);
  assert.deepEqual([include && after(include.startNs), include?.attributes[a.resolutionMs]], [300, 320]);
});

test("what came with its block begins with it, and says whether it may have waited before", () => {
  // A node that never had the transaction would look like the first that did, or the pool of a restart like a wave of new ones.
  const { flow, root, life } = openLab();
  const [fresh, old] = [hashOf(1), hashOf(2)];
  const block = { hash: hashOf(90), number: 9, timeMs: startMs, method: "subscription", resolutionMs: 20 } as const;
  flow.blockSeen(block);
  flow.blockCanonical({ ...block, timeMs: startMs + 7 }, [
    { hash: fresh },
    { hash: old, isFirstSeenUnknown: true, failure: "out of gas" },
  ]);
  assert.deepEqual(life(fresh), [
    [flowSpans.include, 0, 7, ""],
    [flowSpans.transaction, 0, 7, ""],
  ]);
  assert.deepEqual([root(fresh).attributes[a.method], root(fresh).attributes[a.firstSeen]], ["block", undefined]);
  assert.deepEqual([root(old).attributes[a.firstSeen], root(old).status], ["unknown", "error"]);
});

test("where a chain has finality, a transaction's life goes on until then", () => {
  // It would be forgotten when it is confirmed, and never be final.
  const { flow, see, mine, root, life } = openLab({ confirmations: 1 });
  const hash = hashOf(1);
  see(hash, 0);
  flow.queued(hash, startMs + 10);
  flow.executable(hash, startMs + 300);
  mine(5, [hash], 1000);
  assert.equal(root(hash).attributes[a.status], "confirmed");
  flow.executed(hash, { startMs: startMs + 1001, endMs: startMs + 1003 });
  flow.finalised(4, startMs + 5000);
  assert.equal(root(hash).attributes[a.status], "confirmed");
  flow.finalised(5, startMs + 6000);
  assert.equal(root(hash).attributes[a.status], "finalized");
  assert.deepEqual(
    life(hash).find(([name]) => name === flowSpans.queued),
    [flowSpans.queued, 10, 300, ""],
  );
  assert.deepEqual(
    life(hash).find(([name]) => name === flowSpans.finalize),
    [flowSpans.finalize, 1010, 6000, ""],
  );
});

test("what is final makes room for what is not yet, however often finality is told", () => {
  // On a busy chain what is final would push out what waits to be, which would then never be final.
  const { flow, see, mine, root } = openLab({ confirmations: 1 }, { settledMax: 4 });
  const [first, second, third] = [hashOf(1), hashOf(2), hashOf(3)];
  for (const [index, hash] of [first, second, third].entries()) {
    see(hash, index);
    mine(5 + index, [hash], 1000 + index);
    if (hash === second) flow.finalised(6, startMs + 2000);
  }
  flow.finalised(6, startMs + 3000);
  const rest = [hashOf(4), hashOf(5)];
  for (const hash of rest) see(hash, 4000);
  mine(8, rest, 5000);
  flow.finalised(8, startMs + 6000);
  assert.deepEqual(
    [third, ...rest].map((hash) => root(hash).attributes[a.status]),
    ["finalized", "finalized", "finalized"],
  );
});

test("what is confirmed takes no room from what comes, though it is never final", () => {
  // On a chain without finality fewer and fewer transactions would be traced.
  const { client, see, mine } = openLab({ confirmations: 1, max_transactions_per_second: 10_000 }, { openMax: 50 });
  for (let number = 0; number < 20; number++) {
    const hashes = Array.from({ length: 10 }, (_, index) => hashOf(number * 10 + index));
    for (const hash of hashes) assert.ok(see(hash, number * 100));
    mine(number, hashes, number * 100);
  }
  assert.equal(client.value(flowMetrics.ratio), 1);
  assert.equal(client.value(flowMetrics.open), 0);
});

test("more transactions than may be are traced in part, the same part everywhere, and it is said", () => {
  // A busy chain would fill the disk, or look as idle as what is traced of it.
  const { client, see } = openLab({ max_transactions_per_second: 1 });
  // The low 56 bits are what is looked at: hashes that are spread evenly over them.
  const spread = (index: number): string => `${"1".repeat(18)}${index.toString(16).padStart(2, "0")}${"7".repeat(44)}`;
  const traced = Array.from({ length: 256 }, (_, index) => (index * 37) % 256).filter((index) => see(spread(index), 0));
  assert.ok(traced.length <= 10 * Math.log2(256));
  client.advance(1000);
  see(spread(0), 1000);
  const ratio = client.value(flowMetrics.ratio) ?? 1;
  assert.ok(ratio < 1);
  assert.ok(client.absences.get("tracing of all transactions")?.detail.startsWith(`1 of ${1 / ratio} `));
  const ratios = client.spans(flowSpans.transaction).map(({ attributes }) => Number(attributes[a.ratio]));
  assert.deepEqual(
    ratios,
    ratios.toSorted((one, other) => other - one),
    "the ratio falls",
  );
  client.advance(600_000);
  see(spread(1), 0);
  assert.equal(client.value(flowMetrics.ratio), 1);
  assert.ok(!client.absences.has("tracing of all transactions"));
});

test("the sampler keeps no more than it may, and a greater ratio keeps all that a smaller one does", () => {
  // Under load the intake thread would drown in spans; or two agents would have no transaction in common.
  const bursts = fc.array(
    fc.record({ pauseMs: fc.integer({ min: 0, max: 30_000 }), count: fc.integer({ min: 1, max: 300 }) }),
    {
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(bursts, fc.integer({ min: 1, max: 20 }), (all, perSecond) => {
      const sampler = openSampler(perSecond);
      let nowMs = 0;
      let seed = 1;
      for (const { pauseMs, count } of all) {
        nowMs += pauseMs;
        let kept = 0;
        for (let index = 0; index < count; index++) {
          seed = (seed * 48_271) % 2_147_483_647;
          const traceId = `${"0".repeat(17)}1${seed.toString(16).padStart(8, "0").slice(-8)}${seed.toString(16).padStart(6, "0").slice(-6)}`;
          const before = sampler.ratioAt(nowMs);
          if (sampler.take(traceId, nowMs)) kept++;
          assert.ok(sampler.ratioAt(nowMs) <= before);
        }
        assert.ok(kept <= perSecond * 10 * (2 + Math.log2(1 + count)));
      }
    }),
    { numRuns: 50 },
  );
});

test("nothing is told where tracing is switched off", () => {
  // Who has switched it off would pay for it all the same.
  const { client, see, mine, flow } = openLab({ enabled: false });
  assert.ok(!see(hashOf(1), 0));
  mine(5, [hashOf(1)], 1000);
  assert.deepEqual(client.spans(), []);
  assert.equal(flow.blockTraceparent(hashOf(90)), undefined);
});

test("whatever is said, and however often, spans are whole and each transaction has one status", () => {
  // A client that lies, or a clock that is set back, would make views lie: spans that end before they begin, two roots, no status.
  const seed = fc.integer({ min: 0, max: 5 });
  const timeMs = fc.integer({ min: 0, max: 20_000 }).map((ms) => startMs + ms / 4);
  const step = fc.oneof(
    fc.record({ what: fc.constant("seen" as const), seed, timeMs }),
    fc.record({ what: fc.constant("queued" as const), seed, timeMs }),
    fc.record({ what: fc.constant("executable" as const), seed, timeMs }),
    fc.record({ what: fc.constantFrom("replaced" as const, "dropped" as const), seed, timeMs }),
    fc.record({ what: fc.constant("blockSeen" as const), seed, timeMs }),
    fc.record({ what: fc.constant("canonical" as const), seed, timeMs, has: fc.array(seed, { maxLength: 4 }) }),
    fc.record({ what: fc.constant("orphaned" as const), seed, timeMs }),
    fc.record({ what: fc.constant("finalised" as const), seed, timeMs }),
    fc.record({ what: fc.constant("executed" as const), seed, timeMs }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { client, flow } = openLab();
      const traced = new Set<string>();
      for (const one of steps) {
        const hash = hashOf(one.seed);
        const block = {
          hash: hashOf(100 + one.seed),
          number: one.seed,
          timeMs: one.timeMs,
          method: "poll",
          resolutionMs: 1,
        } as const;
        if (one.what === "seen") {
          if (flow.seen({ ...block, hash })) traced.add(hash);
        } else if (one.what === "replaced" || one.what === "dropped") flow.left(hash, one.what, one.timeMs);
        else if (one.what === "blockSeen") flow.blockSeen(block);
        else if (one.what === "canonical") {
          const hashes = one.has.map(hashOf);
          for (const other of hashes) traced.add(other);
          flow.blockCanonical(
            block,
            hashes.map((other) => ({ hash: other })),
          );
        } else if (one.what === "orphaned") flow.blockOrphaned(block.hash, one.timeMs);
        else if (one.what === "finalised") flow.finalised(one.seed, one.timeMs);
        else if (one.what === "executed") flow.executed(hash, { startMs: one.timeMs, endMs: one.timeMs + 1 });
        else flow[one.what](hash, one.timeMs);
      }
      const startOf = new Map<string, bigint>();
      for (const one of client.toldSpans) {
        assert.ok(isStorableSpan({ ...one, service: "client" }));
        assert.equal(startOf.get(one.spanId) ?? one.startNs, one.startNs, "a span that is told again begins where it began");
        startOf.set(one.spanId, one.startNs);
      }
      for (const hash of traced) {
        const spans = client.spans().filter(({ traceId }) => traceId === hash.slice(0, 32));
        const roots = spans.filter(({ parentSpanId }) => parentSpanId === "");
        const [root] = roots;
        assert.ok(root !== undefined && roots.length === 1);
        assert.ok(transactionStatuses.some((status) => status === root.attributes[a.status]));
        for (const { startNs, parentSpanId } of spans) {
          assert.ok(startNs >= root.startNs);
          assert.ok(parentSpanId === "" || parentSpanId === root.spanId);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("what is under way is bounded, even where ids are made up so that each is kept", () => {
  // A pool of a million that is never mined, or a client that invents it, would take all the memory and the disk that there is.
  const evenly = (index: number): string => ((index * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, "0");
  for (const low of [evenly, () => "00000000"]) {
    const { client, flow } = openLab({ max_transactions_per_second: 10_000 }, { openMax: 200 });
    const see = (index: number): boolean =>
      flow.seen({
        hash: `${"1".repeat(18)}${low(index)}${"0".repeat(6)}${index.toString(16).padStart(32, "0")}`,
        timeMs: startMs,
        method: "poll",
        resolutionMs: 1,
      });
    for (let index = 0; index < 300; index++) see(index);
    client.advance(1000);
    see(0);
    assert.ok((client.value(flowMetrics.open) ?? Infinity) <= 200);
    assert.ok((client.value(flowMetrics.ratio) ?? 1) < 1);
  }
  const sampler = openSampler(1);
  const kept = Array.from({ length: 1000 }, () => sampler.take("f".repeat(18) + "0".repeat(14), 0)).filter(Boolean);
  assert.equal(kept.length, 100);
});
