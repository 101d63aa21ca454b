import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { flowAttributes, flowSpans } from "../flow-names.ts";
import { aggregateFlows } from "./aggregate.ts";
import type { Flow } from "./flow.ts";
import { flowOf } from "./flow-of.ts";
import { nearestRank, percentilesOf } from "./percentiles.ts";
import { serviceMap } from "./service-map.ts";
import { blockSpans, columnsDrawn, type SeenTransaction, transactionSpans, zeroMs } from "./spans.test-support.ts";

const nowMs = zeroMs + 120_000;

function idOf(index: number): string {
  return index.toString(16).padStart(32, "a");
}

function flowOfAll(seen: readonly SeenTransaction[], index: number): Flow {
  const spans = transactionSpans(seen.map((one) => ({ ...one, traceId: idOf(index) })));
  return flowOf(spans, { nowMs, ownNode: null }) ?? assert.fail("no flow");
}

/** Twenty transactions that wait longer and longer; the last one also for its block's way to c. */
const flows = Array.from({ length: 20 }, (_, index) => {
  const blockMs = 1000 + index * 100;
  const hopMs = index === 19 ? 1300 : 40;
  return flowOfAll(
    [
      { node: "a", seenMs: 0, block: [blockMs, blockMs + 10], clock: [0, 1] },
      { node: "b", seenMs: 12, block: [blockMs + 12, blockMs + 20], clock: [0, 1] },
      { node: "c", seenMs: 25, block: [blockMs + 12 + hopMs, blockMs + 12 + hopMs + 30], clock: [0, 1] },
    ],
    index,
  );
});

describe("a link whose source cannot be told from its neighbour", () => {
  /** A line a, b, c: b has blocks 1 ms after a, c 312 ms after b, and each clock may be wrong by 3 ms. */
  const nearby = (index: number, slowMs = 312): readonly SeenTransaction[] => {
    // What is told of a and b goes one way as often as the other.
    const wrongMs = index % 2 === 0 ? 2 : -1;
    const seen = [0, 1 - wrongMs, 1 + slowMs] as const;
    return ["a", "b", "c"].map((node, at) => ({
      node,
      seenMs: seen[at] ?? 0,
      block: [5000 + (seen[at] ?? 0), 5020 + (seen[at] ?? 0)],
      clock: [0, 3],
    }));
  };
  const blockFlows = (slowMs?: number): readonly Flow[] =>
    Array.from({ length: 30 }, (_, index) => {
      const traceId = idOf(index);
      const spans = blockSpans(
        nearby(index, slowMs).map(({ node, seenMs, clock = [0, 3] }) => ({
          node,
          seenMs,
          canonicalMs: seenMs + 20,
          clock,
          traceId,
        })),
      );
      return flowOf(spans, { nowMs, ownNode: null }) ?? assert.fail("no flow");
    });

  test("is named with the source that is assumed, and said to be so", () => {
    // A slow link would never be named as long as it begins where two nodes are near to each other.
    const { slowestHop, hops } = aggregateFlows(blockFlows(), nowMs);
    const { slowest, reason } = slowestHop;
    assert.deepEqual([slowest?.targetName, slowest?.n, slowest?.otherSources.length], ["c", 30, 1]);
    const sources = new Set([slowest?.source.node, slowest?.otherSources[0]?.node]);
    assert.deepEqual(sources, new Set(["a", "b"]));
    assert.ok(Math.abs((slowest?.typical.ms ?? 0) - 312) <= (slowest?.typical.errorMs ?? 0));
    assert.match(reason, new RegExp(`that it is from ${slowest?.sourceName} is an assumption, for [ab] had them at times`));
    assert.deepEqual(
      hops.map(({ n }) => n).toSorted((a, b) => b - a),
      [30, 15, 15],
      "each hop is counted once",
    );
  });

  test("is not named where it takes no longer than that", () => {
    // What may as well be nothing would be blamed.
    assert.equal(aggregateFlows(blockFlows(4), nowMs).slowestHop.slowest, null);
  });

  test("is named though transactions and their blocks are slow on it alike", () => {
    // One slow link would be compared with itself.
    const both = Array.from({ length: 30 }, (_, index) => flowOfAll(nearby(index), index));
    assert.equal(aggregateFlows(both, nowMs).slowestHop.slowest?.targetName, "c");
    assert.deepEqual(new Set(both.map(({ slowestHop: { hop } }) => hop?.target.node)), new Set(["c"]));
    assert.match(both[0]?.slowestHop.reason ?? "", /that it came from [ab] is an assumption/);
  });
});

describe("percentiles", () => {
  test("are values that there were, by nearest rank", () => {
    // A latency would be told that nobody had.
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    assert.deepEqual(percentilesOf(hundred.toReversed()), { n: 100, p50Ms: 50, p90Ms: 90, p95Ms: 95, p99Ms: 99, maxMs: 100 });
    assert.deepEqual([percentilesOf([]), percentilesOf([7])?.p50Ms, nearestRank([1, 2], 0.95)], [null, 7, 2]);
    assert.equal(
      nearestRank(
        Array.from({ length: 20 }, (_, index) => index + 1),
        0.95,
      ),
      19,
    );
  });
});

describe("aggregateFlows", () => {
  const statistics = aggregateFlows(flows, nowMs);

  test("says what the latency consists of, in the middle and at its slow end", () => {
    // The wrong thing would be made faster.
    const { latency, shares, waitingShare, importShare } = statistics;
    assert.deepEqual([latency?.n, latency?.p50Ms, latency?.maxMs], [20, 1982, 4242]);
    const text = (part: typeof shares.slowest): unknown =>
      part?.parts.map(
        ({ stage, sourceName, targetName, share }) =>
          `${Math.round(share * 1000)} ${stage} ${sourceName ?? ""}${targetName ?? ""}`,
      );
    assert.deepEqual([shares.slowest?.n, shares.slowest?.toMs], [2, 4242]);
    // 2,800 + 2,900 of 2,882 + 4,242 waited; 40 + 1,300 from b to c. In the middle: 1,800 + 1,900 + 2,000 of 5,946.
    assert.deepEqual(text(shares.slowest), ["800 mempool ", "188 block_propagation bc", "8 import ", "3 block_propagation ab"]);
    assert.deepEqual(text(shares.median)?.toString().slice(0, 12), "959 mempool ");
    assert.ok(Math.abs((waitingShare ?? NaN) + (importShare ?? NaN) - 1) < 1e-12);
  });

  test("names the slowest hop and place where that can be told", () => {
    // Somebody would look for a fault at a node that has none.
    const { slowestHop, slowestPlace, hops } = statistics;
    assert.deepEqual(
      [slowestHop.slowest?.of, slowestHop.slowest?.sourceName, slowestHop.slowest?.targetName],
      ["block", "b", "c"],
    );
    assert.deepEqual([slowestHop.slowest?.delay.p50Ms, slowestHop.slowest?.delay.maxMs], [40, 1300]);
    assert.deepEqual([slowestPlace.slowest?.name, slowestPlace.slowest?.import.p50Ms], ["c", 30]);
    assert.deepEqual([hops.length, ...new Set(hops.map(({ n, uncertainShare }) => `${n} ${uncertainShare}`))], [4, "20 0"]);
    const few = aggregateFlows(flows.slice(0, 4), nowMs);
    assert.deepEqual([few.slowestHop.slowest, few.slowestHop.reason], [null, "none was measured 5 times with a known error"]);
  });

  test("names none where clocks may be wrong by more than hops differ", () => {
    // An error of a clock would be called the slowest link.
    const seen = (errorMs: number | null): readonly Flow[] =>
      Array.from({ length: 6 }, (_, index) =>
        flowOfAll(
          ["a", "b", "c"].map((node, place) => ({
            node,
            seenMs: place * place * 10,
            ...(errorMs === null ? {} : { clock: [0, errorMs] as const }),
          })),
          index,
        ),
      );
    assert.equal(aggregateFlows(seen(1), nowMs).slowestHop.slowest?.targetName, "c");
    assert.match(aggregateFlows(seen(12), nowMs).slowestHop.reason, /differ by less/);
    assert.match(aggregateFlows(seen(40), nowMs).slowestHop.reason, /takes longer than it may be wrong/);
    assert.match(aggregateFlows(seen(null), nowMs).slowestHop.reason, /with a known error/);
  });

  test("labels what is unusual, and nothing else", () => {
    // A hint that always comes is no hint.
    assert.deepEqual(statistics.labels, []);
    const waits = (waitingFor: string): Flow =>
      flowOfAll(
        [
          { node: "a", seenMs: 0, attributes: { [flowAttributes.waitingFor]: waitingFor } },
          { node: "b", seenMs: 3 },
          { node: "c", seenMs: 5 },
        ],
        30,
      );
    const slow = flowOfAll([{ node: "a", seenMs: 0, block: [1000, 9000] }], 31);
    const behind = flowOfAll(
      [
        { node: "a", seenMs: 0, block: [9, 19] },
        { node: "b", seenMs: 0, block: [9, 19] },
        { node: "c", seenMs: 0 },
      ],
      32,
    );
    const alone = flowOfAll([{ node: "a", seenMs: 0 }], 33);
    const final = Array.from({ length: 5 }, (_, index) =>
      flowOfAll(
        [
          {
            node: "a",
            seenMs: 0,
            block: [5, 6],
            attributes: { [flowAttributes.status]: "finalized" },
            parts: [{ name: flowSpans.finalize, fromMs: 6, toMs: 500 }],
          },
        ],
        40 + index,
      ),
    );
    const labelled = aggregateFlows([...flows, waits("fee"), waits("nonce"), slow, behind, alone, ...final], nowMs).labels;
    assert.deepEqual(
      labelled.map(({ label, examples }) => [label, examples[0]]),
      [
        ["fee_below_basefee", idOf(30)],
        ["nonce_gap", idOf(30)],
        ["not_propagated", idOf(33)],
        ["node_lagging", idOf(32)],
        ["execution_slow", idOf(31)],
        ["finality_stall", idOf(0)],
      ],
    );
  });

  test("blames no place for a block that was found late, though its transactions were told at once", () => {
    // The place that is polled least often would be the slowest, or the quickest, by chance.
    const slowestWith = (resolutionMs: number): string | undefined => {
      const seen: SeenTransaction = { node: "a", seenMs: 0, block: [1000, 1200], clock: [0, 1] };
      const told = { [flowAttributes.resolutionMs]: 0 };
      const other: SeenTransaction = { ...seen, node: "b", block: [1000, 1010], resolutionMs, attributes: told };
      return aggregateFlows(
        Array.from({ length: 6 }, (_, index) => flowOfAll([seen, other], index)),
        nowMs,
      ).slowestPlace.slowest?.name;
    };
    assert.deepEqual([slowestWith(5), slowestWith(500)], ["a", undefined]);
  });

  test("does not miss a transaction where it is not looked for", () => {
    // Each that waits would be said not to be passed on, because one node sees blocks only, or traces the half of all.
    const waits = flowOfAll([{ node: "a", seenMs: 0 }], 33);
    const seenWith = (b: SeenTransaction): readonly Flow[] => [
      flowOfAll([{ node: "a", seenMs: 0, block: [9, 19] }, b], 34),
      waits,
    ];
    const labelsWith = (b: SeenTransaction): readonly string[] =>
      aggregateFlows(seenWith(b), nowMs).labels.map(({ label }) => label);
    const b: SeenTransaction = { node: "b", seenMs: 1, block: [9, 19] };
    assert.deepEqual(labelsWith(b), ["not_propagated"]);
    assert.deepEqual(labelsWith({ ...b, attributes: { [flowAttributes.method]: "block" } }), []);
    assert.deepEqual(labelsWith({ ...b, attributes: { [flowAttributes.ratio]: 0.5 } }), []);
    assert.deepEqual(labelsWith({ ...b, attributes: { [flowAttributes.ratio]: 0.75 } }), ["not_propagated"]);
  });

  test("of thirty blocks finds the link that is slow, and of none says nothing", () => {
    // The injected delay of a link would not be named.
    const blocks = Array.from({ length: 30 }, (_, index) => {
      const spans = blockSpans([
        { node: "a", seenMs: 0, canonicalMs: 3, clock: [0, 1], traceId: idOf(index) },
        { node: "b", seenMs: 712 + (index % 5), canonicalMs: 716, clock: [-700, 1], traceId: idOf(index) },
        { node: "c", seenMs: 320 + (index % 7), canonicalMs: 330, clock: [0, 1], traceId: idOf(index) },
      ]);
      return flowOf(spans, { nowMs, ownNode: null }) ?? assert.fail();
    });
    const { slowestHop, hops } = aggregateFlows(blocks, nowMs);
    assert.deepEqual([slowestHop.slowest?.sourceName, slowestHop.slowest?.targetName, hops.length], ["b", "c", 2]);
    assert.ok(Math.abs((slowestHop.slowest?.delay.p50Ms ?? NaN) - 309) < 3);
    const nothing = aggregateFlows([], nowMs);
    assert.deepEqual(
      [nothing.latency, nothing.shares.median, nothing.waitingShare, nothing.propagation.all],
      [null, null, null, null],
    );
  });
});

describe("serviceMap", () => {
  test("has an edge where a span's parent is elsewhere, with its calls and errors", () => {
    // A call would be missing from the map, or be counted within one service.
    const columns = columnsDrawn([
      ["root", 0, 100, undefined, "a"],
      ["own", 1, 9, "root", "a"],
      ["far", 10, 40, "root", "b"],
      ["back", 50, 45, "root", "b"],
    ]);
    columns.flags[2] = 1;
    const { boxes, edges } = serviceMap([columns, columns]);
    assert.deepEqual(
      boxes.map(({ node, spans, errors }) => [node, spans, errors]),
      [
        ["a", 4, 0],
        ["b", 4, 2],
      ],
    );
    assert.deepEqual(edges, [
      {
        source: { service: "s", node: "a" },
        target: { service: "s", node: "b" },
        calls: 4,
        errors: 2,
        duration: { n: 2, p50Ms: 30, p90Ms: 30, p95Ms: 30, p99Ms: 30, maxMs: 30 },
      },
    ]);
  });
});
