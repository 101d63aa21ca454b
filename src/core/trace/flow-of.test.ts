import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { flowAttributes, flowSpans, reorgedOut } from "../flow-names.ts";
import type { Flow, TransactionFlow } from "./flow.ts";
import type { AttributeValue } from "../span.ts";
import { aggregateFlows } from "./aggregate.ts";
import { flowOf } from "./flow-of.ts";
import { blockSpans, flowSpan, type SeenTransaction, transactionSpans, zeroMs } from "./spans.test-support.ts";

const options = { nowMs: zeroMs + 60_000, ownNode: null };

function flowOfTransaction(seen: readonly SeenTransaction[]): TransactionFlow {
  const flow = flowOf(transactionSpans(seen), options);
  return flow?.kind === "transaction" ? flow : assert.fail("no flow");
}

/** `mempool@a 30-900`, hops with their source. */
function pathText({ path }: Flow): readonly string[] {
  return path.map(({ stage, fromMs, toMs, place, source }) => {
    const where = source === null ? place.node : `${source.node}→${place.node}`;
    return `${stage}@${where} ${round(fromMs)}-${round(toMs)}`;
  });
}

function hopsText({ hops }: Flow): readonly string[] {
  return hops.map(
    ({ of, source, target, delay, isUncertain }) =>
      `${of} ${source.node}→${target.node} ${round(delay.ms)}±${delay.errorMs}${isUncertain ? "?" : ""}`,
  );
}

/** What a double of ms since the epoch keeps. */
function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}

/** Three nodes in a line; the clock of b is 700 ms ahead of the hub's. */
const line: readonly SeenTransaction[] = [
  { node: "a", seenMs: 0, block: [9000, 9004], clock: [0, 1], attributes: { [flowAttributes.submittedHere]: true } },
  { node: "b", seenMs: 712, block: [9712, 9720], clock: [-700, 2] },
  { node: "c", seenMs: 25, block: [9324, 9331], clock: [0, 1] },
];

describe("flowOf a transaction", () => {
  test("puts three nodes side by side, whatever their clocks show", () => {
    // The node with the wrong clock would be called the slow one.
    const flow = flowOfTransaction(line);
    assert.deepEqual(hopsText(flow), ["transaction a→b 12±3", "transaction b→c 13±3", "block a→b 12±3", "block b→c 312±3"]);
    assert.deepEqual(flow.slowestHop.hop?.target, { node: "c", client: "litecoin" });
    assert.deepEqual(pathText(flow), [
      "mempool@a 0-9000",
      "block_propagation@a→b 9000-9012",
      "block_propagation@b→c 9012-9324",
      "import@c 9324-9331",
    ]);
    assert.deepEqual([flow.latency, flow.status], [{ ms: 9331, errorMs: 2 }, "included"]);
    assert.deepEqual(flow.stages, [
      { stage: "mempool", ms: 9000, share: 9000 / 9331 },
      { stage: "block_propagation", ms: 324, share: 324 / 9331 },
      { stage: "import", ms: 7, share: 7 / 9331 },
    ]);
    assert.deepEqual(
      [flow.propagation, flow.blockPropagation].map((one) => [one?.half.ms, one?.most.ms, one?.all.ms, one?.places]),
      [
        [12, 25, 25, 3],
        [12, 324, 324, 3],
      ],
    );
    assert.deepEqual(
      flow.places.map(({ name, firstSeenMs, isSubmittedHere, blockHash }) => [name, firstSeenMs, isSubmittedHere, blockHash]),
      [
        ["a", 0, true, null],
        ["b", 12, false, null],
        ["c", 25, false, null],
      ],
    );
  });

  test("goes through the place that had the block first, and tells what it waited for there", () => {
    // "It waited in the mempool" of one that could not be included, or was in a block that was taken back.
    const flow = flowOfTransaction([
      { node: "a", seenMs: 0, block: [960, 970], clock: [0, 0] },
      {
        node: "b",
        seenMs: 50,
        block: [900, 910],
        clock: [0, 0],
        parts: [
          { name: flowSpans.queued, fromMs: 50, toMs: 200 },
          { name: flowSpans.include, fromMs: 400, toMs: 410, error: reorgedOut },
          { name: flowSpans.mempool, fromMs: 600, toMs: 900 },
          { name: flowSpans.confirm, fromMs: 910, toMs: 3000 },
        ],
      },
    ]);
    assert.deepEqual(pathText(flow), [
      "propagation@a→b 0-50",
      "queued@b 50-200",
      "mempool@b 200-400",
      "reorged@b 400-600",
      "mempool@b 600-900",
      "block_propagation@b→a 900-960",
      "import@a 960-970",
    ]);
    assert.deepEqual(flow.stages.at(-1), { stage: "confirm", ms: 2090, share: null });
    assert.ok(flow.places[1]?.stages.some(({ stage, isReorged }) => stage === "import" && isReorged));
  });

  test("waited where it was first when its block's first place had not seen it", () => {
    // A wait would be told of a node that had nothing to wait for.
    const late = { [flowAttributes.firstSeen]: "unknown" };
    const flow = flowOfTransaction([
      { node: "a", seenMs: 0, block: [500, 510], clock: [0, 0] },
      { node: "b", seenMs: 400, block: [400, 405], clock: [0, 0], attributes: late },
    ]);
    assert.deepEqual(pathText(flow), ["mempool@a 0-400", "block_propagation@b→a 400-500", "import@a 500-510"]);
    assert.deepEqual([flow.places[1]?.firstSeenMs, hopsText(flow)], [null, ["block b→a 100±0"]]);
    // What came with its block had waited nowhere here.
    const fresh = flowOfTransaction([
      { node: "a", seenMs: 0, block: [500, 510], clock: [0, 0] },
      { node: "b", seenMs: 620, block: [620, 625], clock: [0, 0], attributes: { [flowAttributes.method]: "block" } },
    ]);
    assert.deepEqual([hopsText(fresh), fresh.propagation], [["block a→b 120±0"], null]);
    // Nobody knows since when it had been waiting.
    const alone = flowOfTransaction([{ node: "b", seenMs: 400, block: [400, 405], attributes: late }]);
    assert.deepEqual([alone.latency, alone.path, alone.status], [null, [], "included"]);
  });

  test("that waits still, or was replaced, has no latency, and says what became of it", () => {
    // A statistic would take the time until now for a latency.
    const waiting = flowOfTransaction([
      { node: "a", seenMs: 0 },
      { node: "b", seenMs: 20 },
    ]);
    assert.deepEqual([waiting.latency, waiting.status, hopsText(waiting)], [null, "pending", ["transaction a→b 20±null?"]]);
    assert.deepEqual(
      [waiting.slowestHop.hop, waiting.slowestHop.reason.startsWith("none can be compared; 1 of 1")],
      [null, true],
    );
    const replaced = flowOfTransaction([
      { node: "a", seenMs: 0, attributes: { [flowAttributes.status]: "replaced", [flowAttributes.replacedBy]: "ef" } },
      { node: "b", seenMs: 20 },
    ]);
    assert.deepEqual([replaced.status, replaced.replacedBy], ["replaced", "ef"]);
  });

  test("takes two clients of a node for two places with one clock, and both for one block", () => {
    // A client would be blamed for a delay that nobody can measure; or a fork would make a hop.
    const flow = flowOfTransaction([
      { node: "a", client: "geth", seenMs: 0, block: [100, 110] },
      { node: "a", client: "reth", seenMs: 5, block: [130, 140] },
      { node: "b", seenMs: 7, block: [120, 125], blockHash: "fork" },
    ]);
    assert.deepEqual(
      flow.places.map(({ name }) => name),
      ["a/geth", "a/reth", "b"],
    );
    assert.deepEqual(hopsText(flow), ["transaction a→a 5±0", "transaction a→b 2±null?", "block a→a 30±0"]);
    assert.equal(flow.blockHash, "b1");
  });

  test("leaves out whose clock cannot be, and who had it before it was submitted", () => {
    // A clock in 1970 would be the slowest hop; a node that lies about its offset the fastest.
    const years = 365 * 86_400_000;
    const flow = flowOfTransaction([
      ...line,
      { node: "d1970", seenMs: -zeroMs },
      { node: "d2100", seenMs: 75 * years },
      { node: "yesterday", seenMs: -2 * 86_400_000, clock: [0, 1] },
      { node: "liar", seenMs: 5, clock: [-5000, 1] },
    ]);
    assert.deepEqual(flow.hops, flowOfTransaction(line).hops);
    assert.deepEqual(
      flow.excluded.map(({ place: { node } }) => node),
      ["d1970", "d2100", "yesterday", "liar"],
    );
    // Alone it agrees with itself.
    const alone = flowOfTransaction([{ node: "d1970", seenMs: -zeroMs, block: [90 - zeroMs, 99 - zeroMs] }]);
    assert.equal(round(alone.latency?.ms ?? NaN), 99);
  });

  test("of a place that was started anew meanwhile begins with what it saw before, and ends with what it knows since", () => {
    // A node's restart would make the transaction young again, and hide that it waited; or leave it waiting for ever.
    const before: SeenTransaction = {
      node: "a",
      seenMs: 0,
      attributes: { [flowAttributes.submittedHere]: true },
      parts: [{ name: flowSpans.queued, fromMs: 10, toMs: 20 }],
    };
    const since: SeenTransaction = {
      node: "a",
      seenMs: 5000,
      block: [5000, 5010],
      attributes: { [flowAttributes.firstSeen]: "unknown", [flowAttributes.method]: "block" },
    };
    for (const runs of [
      [before, since],
      [since, before],
    ]) {
      const flow = flowOfTransaction(runs);
      assert.deepEqual([flow.status, flow.startMs, flow.latency?.ms, flow.places.length], ["included", zeroMs, 5010, 1]);
      assert.deepEqual([flow.places[0]?.firstSeenMs, flow.submittedAt?.node], [0, "a"]);
      assert.deepEqual(pathText(flow), ["mempool@a 0-10", "queued@a 10-20", "mempool@a 20-5000", "import@a 5000-5010"]);
    }
  });

  test("of any nodes has a path without gaps from nothing to its latency", () => {
    // Shares of the latency would not add up to a whole.
    const seen = fc.record({
      seenMs: fc.nat(50),
      blockMs: fc.nat(80),
      importMs: fc.nat(9),
      isIncluded: fc.boolean(),
      offsetMs: fc.option(fc.integer({ min: -20, max: 20 })),
      queuedMs: fc.option(fc.nat(60)),
    });
    fc.assert(
      fc.property(fc.array(seen, { minLength: 1, maxLength: 6 }), (nodes) => {
        const flow = flowOfTransaction(
          nodes.map(({ seenMs, blockMs, importMs, isIncluded, offsetMs, queuedMs }, index): SeenTransaction => ({
            node: `n${index}`,
            seenMs,
            ...(isIncluded ? { block: [seenMs + blockMs, seenMs + blockMs + importMs] } : {}),
            ...(offsetMs === null ? {} : { clock: [offsetMs, 1] }),
            parts: queuedMs === null ? [] : [{ name: flowSpans.queued, fromMs: seenMs, toMs: seenMs + queuedMs }],
          })),
        );
        assert.equal(
          flow.latency === null,
          nodes.every(({ isIncluded }) => !isIncluded),
        );
        let atMs = 0;
        for (const { fromMs, toMs } of flow.path) {
          assert.ok(fromMs === atMs && toMs > fromMs);
          atMs = toMs;
        }
        assert.ok(Math.abs(atMs - (flow.latency?.ms ?? 0)) < 0.001);
        const shares = flow.stages.reduce((sum, { share }) => sum + (share ?? 0), 0);
        assert.ok(flow.path.length === 0 || Math.abs(shares - 1) < 1e-9);
        for (const { delay } of flow.hops) assert.ok(delay.ms >= 0);
      }),
    );
  });
});

describe("flowOf a block", () => {
  test("tells its way from node to node, and until when the last one had it", () => {
    // The link that delays blocks would not be found.
    const flow = flowOf(
      blockSpans([
        { node: "c", seenMs: 324, canonicalMs: 331, clock: [0, 1] },
        { node: "a", seenMs: 0, canonicalMs: 4, clock: [0, 1], parts: [{ name: flowSpans.blockImport, fromMs: 0, toMs: 3 }] },
        { node: "b", seenMs: 12, canonicalMs: 20, clock: [0, 1] },
      ]),
      options,
    );
    assert.ok(flow?.kind === "block");
    assert.deepEqual(hopsText(flow), ["block a→b 12±2", "block b→c 312±2"]);
    assert.deepEqual(pathText(flow), ["block_propagation@a→b 0-12", "block_propagation@b→c 12-324", "import@c 324-331"]);
    assert.deepEqual(
      [flow.slowestHop.hop?.source.node, flow.number, flow.status, flow.latency?.ms],
      ["b", 812, "canonical", 331],
    );
    assert.deepEqual(flow.stages.at(-1), { stage: "execute", ms: 3, share: null });
  });

  test("is none in a trace of somebody else's", () => {
    // A web shop's trace would be shown as a transaction.
    const spans = transactionSpans(line).map((span) => ({ ...span, source: { ...span.source, scopeName: "shop" } }));
    assert.deepEqual([flowOf(spans, options), flowOf([], options)], [null, null]);
  });
});

describe("hostile spans", () => {
  const value = fc.oneof(
    fc.constantFrom<AttributeValue>(
      true,
      null,
      "",
      "nonce",
      "unknown",
      "block",
      "included",
      "canonical",
      Number.NaN,
      -Infinity,
      1e308,
      -1,
      5n,
    ),
    fc.double(),
    fc.integer(),
    fc.string({ maxLength: 8 }),
  );
  const time = fc.oneof(
    fc.constantFrom(0n, 2n ** 64n - 1n, BigInt(zeroMs) * 1_000_000n),
    fc.bigInt(BigInt(zeroMs) * 1_000_000n, BigInt(zeroMs + 5000) * 1_000_000n),
  );
  const span = fc
    .record({
      node: fc.constantFrom("a", "b", "c", ""),
      client: fc.constantFrom("one", "two", ""),
      name: fc.constantFrom(...Object.values(flowSpans), "transaction", "block", "elsewhere"),
      startNs: time,
      endNs: time,
      attributes: fc.dictionary(fc.constantFrom(...Object.values(flowAttributes)), value, {
        maxKeys: 8,
        noNullPrototype: true,
      }),
      error: fc.constantFrom(undefined, reorgedOut, "reverted"),
    })
    .map(({ startNs, endNs, ...part }) => ({ ...flowSpan({ ...part, fromMs: 0, toMs: 0 }), startNs, endNs }));

  test("give plain numbers that are finite, or nothing", () => {
    // One agent that lies would break the page, the metrics, or the statistics of everybody.
    fc.assert(
      fc.property(fc.array(fc.array(span, { maxLength: 12 }), { maxLength: 4 }), (traces) => {
        const flows = traces.flatMap((spans) => flowOf(spans, { ...options, ownNode: "a" }) ?? []);
        const statistics = aggregateFlows(flows, options.nowMs);
        // JSON has no place for what is no finite number: it would come back as null.
        for (const told of [...flows, statistics]) assert.deepEqual(JSON.parse(JSON.stringify(told)), told);
        for (const { latency, path } of flows)
          assert.ok((latency?.ms ?? 0) >= 0 && path.every(({ fromMs, toMs }) => toMs > fromMs));
      }),
    );
  });
});
