import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { z } from "zod";
import { flowAttributes } from "../../core/flow-names.ts";
import { blockSpans, flowSpan, type SeenTransaction, transactionSpans, zeroMs } from "../../core/trace/spans.test-support.ts";
import { openWorld, type World } from "../world.test-support.ts";
import { traceAnalysis, windowAnalysis } from "./analysis-shapes.ts";

const base = "/api/v1/performance";
const range = `from=${zeroMs / 1000 - 60}&to=${zeroMs / 1000 + 60}`;
const traceIds = Array.from({ length: 8 }, (_, index) => index.toString(16).padStart(32, "c"));

/** In a line of three; b's clock is 700 ms ahead of the hub's, and c has blocks 300 ms late. */
function seenBy(traceId: string): readonly SeenTransaction[] {
  return [
    { node: "node-1", traceId, seenMs: 0, block: [5000, 5004] },
    { node: "b", traceId, seenMs: 712, block: [5712, 5720], clock: [-700, 2] },
    { node: "c", traceId, seenMs: 30, block: [5312, 5330], clock: [0, 2] },
  ];
}

describe("what traces say, over HTTP", () => {
  let world: World;
  before(async () => {
    world = await openWorld();
    for (const traceId of traceIds) world.telemetry.addSpans(transactionSpans(seenBy(traceId)));
    world.telemetry.addSpans(blockSpans([{ node: "b", seenMs: 0, canonicalMs: 9, traceId: "d".repeat(32) }]));
    const chain = { [flowAttributes.chainId]: "other" };
    world.telemetry.addSpans(transactionSpans([{ node: "b", seenMs: 9, traceId: "e".repeat(32), attributes: chain }]));
    world.telemetry.addSpans([
      flowSpan({ node: "b", name: "transaction.mempool", fromMs: 0, toMs: 5, traceId: "f".repeat(32), error: "it failed" }),
    ]);
  });
  after(() => world.close());

  /** As it is described, with nothing left out of the description. */
  async function ask<T extends z.ZodType>(path: string, shape: T): Promise<z.output<T>> {
    const answer = await world.json<unknown>(base + path);
    const parsed = shape.parse(answer);
    assert.deepEqual(parsed, answer);
    return parsed;
  }

  test("a transaction's nodes stand side by side, though one has a wrong clock", async () => {
    // A page would blame the node whose clock is off.
    const { flow, flowReason, clocks, moved, spans, path, pathMs } = await ask(
      `/traces/${traceIds[0]}/analysis`,
      traceAnalysis,
    );
    assert.deepEqual([spans, moved, flowReason], [9, { byOffset: 3, byCausality: 0 }, null]);
    assert.deepEqual(clocks, [
      { node: "node-1", offsetMs: 0, errorMs: 0 },
      { node: "c", offsetMs: 0, errorMs: 2 },
      { node: "b", offsetMs: -700, errorMs: 2 },
    ]);
    assert.deepEqual([flow?.kind, flow?.latency?.ms, flow?.slowestHop.hop?.source.node], ["transaction", 5330, "b"]);
    assert.ok(Math.abs(pathMs - 5330) < 0.01 && path.every(({ spanId }) => /^[0-9a-f]{16}$/.test(spanId)));
  });

  test("the window's transactions say where the network waits; blocks, other chains and nodes are asked for apart", async () => {
    // The slow link would not be named, or be one of another chain.
    const { analysed, of, isMore, statistics, recent } = await ask(`/trace-analysis?${range}&recent=2`, windowAnalysis);
    assert.deepEqual([analysed, of, isMore, statistics.flows, recent.length], [9, 9, false, 9, 2]);
    assert.deepEqual([statistics.slowestHop.slowest?.sourceName, statistics.slowestHop.slowest?.targetName], ["b", "c"]);
    assert.deepEqual(
      [statistics.shares.slowest?.parts[0]?.stage, statistics.statuses],
      ["mempool", { included: 8, pending: 1 }],
    );
    const asked = async (query: string): Promise<number> =>
      (await ask(`/trace-analysis?${range}&${query}`, windowAnalysis)).statistics.flows;
    assert.deepEqual(
      [
        await asked("chain=regtest"),
        await asked("chain=other"),
        await asked("kind=block"),
        await asked("node=c"),
        await asked("service=geth"),
      ],
      [8, 1, 1, 8, 0],
    );
  });

  test("a trace of nothing that was observed has a path and no flow, and none is not found", async () => {
    // A web shop's trace would fail, or be taken for a transaction.
    const { flow, flowReason, orphans } = await ask(`/traces/${"f".repeat(32)}/analysis`, traceAnalysis);
    assert.deepEqual([flow, orphans, flowReason?.startsWith("ChainPulse has observed no")], [null, 1, true]);
    assert.equal((await world.fetch(`${base}/traces/${"9".repeat(32)}/analysis`)).status, 404);
    assert.equal((await world.fetch(`${base}/trace-analysis?kind=song`)).status, 400);
  });
});
