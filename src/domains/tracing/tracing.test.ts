import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { configSchema } from "../../core/config.ts";
import type { Exemplar } from "../../core/exemplar.ts";
import { flowAttributes, flowSpans } from "../../core/flow-names.ts";
import type { HeldSeries, ObserveContext, Observer } from "../../core/observer.ts";
import type { Span } from "../../core/span.ts";
import { nodeAttribute } from "../../core/telemetry-source.ts";
import { blockSpans, flowSpan, type SeenTransaction, transactionSpans, zeroMs } from "../../core/trace/spans.test-support.ts";
import { keptSpan } from "./kept-span.ts";
import { tracingMetrics as m } from "./metrics.ts";
import { tracingObserver } from "./observer.ts";

const quietMs = 11_000;
const chain = "regtest transaction";
const [hopAb, hopBc] = ["a/litecoin b/litecoin", "b/litecoin c/litecoin"];

interface Lab {
  readonly observer: Observer;
  readonly send: (spans: readonly Span[]) => void;
  readonly pass: (ms: number) => void;
  /** Labels and values of the series of a metric that have one; counters and gauges alike. */
  readonly values: (metric: { readonly name: string }) => Readonly<Record<string, number>>;
  readonly exemplars: { readonly metric: string; readonly exemplar: Exemplar }[];
}

async function openLab(context: TestContext): Promise<Lab> {
  context.mock.timers.enable({ apis: ["setInterval"] });
  let nowMs = 0;
  /** By metric and labels. */
  const held = new Map<string, Map<string, number>>();
  const listeners: ((spans: readonly Span[]) => void)[] = [];
  const exemplars: { readonly metric: string; readonly exemplar: Exemplar }[] = [];
  const unused = (): never => assert.fail("it is not used");
  const observe: ObserveContext = {
    config: configSchema.parse({}),
    node: "hub",
    clock: { nowMs: () => zeroMs + nowMs, monotonicMs: () => nowMs },
    logger: { debug: unused, info: unused, warn: unused, error: unused, child: unused },
    series(metric, labels): HeldSeries {
      const own = held.get(metric.name) ?? new Map<string, number>();
      held.set(metric.name, own);
      const key = Object.values(labels)
        .filter((value) => value !== "")
        .join(" ");
      return { set: (value) => void own.set(key, value), clear: () => void own.delete(key), release: unused };
    },
    absent: unused,
    present: unused,
    emit: unused,
    span: unused,
    eachStored: unused,
    watchSpans: (listener) => void listeners.push(listener),
    exemplar: (metric, _labels, exemplar) => void exemplars.push({ metric: metric.name, exemplar }),
    clockOf: unused,
    annotate: unused,
  };
  return {
    observer: await tracingObserver.open(observe),
    send: (spans) => listeners.forEach((listener) => listener(spans)),
    pass(ms) {
      nowMs += ms;
      context.mock.timers.tick(ms);
    },
    values: ({ name }) =>
      Object.fromEntries(Array.from(held.get(name) ?? [], ([labels, value]) => [labels, Math.round(value * 1e6) / 1e6])),
    exemplars,
  };
}

function idOf(index: number): string {
  return "a".repeat(16) + index.toString(16).padStart(16, "0");
}

/** In a line of three; b's clock is 700 ms ahead, and c has everything late. */
function lineOf(index: number): readonly SeenTransaction[] {
  const traceId = idOf(index);
  return [
    { node: "a", traceId, seenMs: 0, block: [1000, 1010], clock: [0, 1] },
    { node: "b", traceId, seenMs: 720, block: [1720, 1730], clock: [-700, 1] },
    { node: "c", traceId, seenMs: 120, block: [1320, 1350], clock: [0, 1] },
  ];
}

describe("the observer of traces", () => {
  test("tells once of a transaction that has ended everywhere, with a way to its trace", async (context) => {
    // Charts would count a transaction for each node, or say nothing of it.
    const { send, pass, values, exemplars, observer } = await openLab(context);
    for (let index = 0; index < 5; index++) send(transactionSpans(lineOf(index)).toReversed());
    pass(quietMs / 2);
    // One node tells it again, with more.
    send(transactionSpans([lineOf(0)[0] ?? assert.fail()]));
    assert.deepEqual(values(m.flows), {});
    pass(quietMs);
    pass(quietMs);
    assert.deepEqual(values(m.flows), { "regtest transaction included": 5 });
    assert.deepEqual(
      values(m.latency),
      Object.fromEntries(["0.5", "0.95", "0.99"].map((q) => [`regtest transaction ${q}`, 1.35])),
    );
    assert.deepEqual(values(m.stageLatency)["regtest transaction mempool 0.5"], 1);
    assert.deepEqual(values(m.stageTime)["regtest transaction import c/litecoin"], 0.15);
    assert.deepEqual(values(m.stageCount)["regtest transaction propagation b/litecoin"], 5);
    assert.deepEqual(values(m.hopCount), { [`${chain} ${hopAb}`]: 5, [`${chain} ${hopBc}`]: 5 });
    assert.deepEqual(values(m.hopUncertain), { [`${chain} ${hopAb}`]: 0, [`${chain} ${hopBc}`]: 0 });
    assert.deepEqual(values(m.slowestHop), { [`${chain} ${hopBc}`]: 0.1 });
    assert.deepEqual(values(m.propagation)["regtest transaction 1 0.95"], 0.12);
    assert.deepEqual(values(m.open), { "": 0 });
    const latencies = exemplars.filter(({ metric }) => metric === m.latency.name);
    assert.ok(latencies.length > 0 && latencies.every(({ exemplar }) => exemplar.labels["trace_id"]?.startsWith("aaaa")));
    await observer.close();
  });

  test("names a slow hop though its source cannot be told from the node beside it", async (context) => {
    // A slow link would be on no chart as long as it begins where two nodes are near to each other.
    const { send, pass, values, observer } = await openLab(context);
    for (let index = 0; index < 30; index++) {
      const seenMs = { a: 0, b: index % 2 === 0 ? -1 : 1, c: 312 };
      send(
        transactionSpans(
          Object.entries(seenMs).map(([node, ms]) => ({
            node,
            traceId: idOf(index),
            seenMs: ms,
            block: [1000, 1010],
            clock: [0, 3],
          })),
        ),
      );
    }
    pass(quietMs);
    pass(quietMs);
    const [slowest, ...others] = Object.entries(values(m.slowestHop));
    assert.match(slowest?.[0] ?? "", /^regtest transaction [ab]\/litecoin c\/litecoin$/);
    assert.deepEqual([(slowest?.[1] ?? 0) > 0.3, others], [true, []]);
    await observer.close();
  });

  test("calls no hop the slowest of which nothing is heard any more", async (context) => {
    // A link that was taken away, or was mended by another one, would be blamed for ever.
    const { send, pass, values, observer } = await openLab(context);
    for (let index = 0; index < 5; index++) send(transactionSpans(lineOf(index)));
    pass(quietMs);
    assert.deepEqual(values(m.slowestHop), { [`${chain} ${hopBc}`]: 0.1 });
    pass(500_000);
    for (let index = 5; index < 10; index++) send(transactionSpans(lineOf(index).slice(0, 2)));
    pass(quietMs);
    pass(200_000);
    assert.deepEqual(values(m.slowestHop), { [`${chain} ${hopAb}`]: 0.02 });
    assert.equal(values(m.hopCount)[`${chain} ${hopBc}`], 5, "a counter stays");
    await observer.close();
  });

  test("waits for places that are slow to tell, and gives up on those that fall silent", async (context) => {
    // A transaction would never be told because one node was stopped.
    const { send, pass, values, observer } = await openLab(context);
    const [a, b] = lineOf(1);
    const waiting = { node: "b", traceId: idOf(1), seenMs: 720 };
    send(transactionSpans([a ?? assert.fail(), waiting]));
    pass(quietMs);
    assert.deepEqual(values(m.flows), {});
    send(transactionSpans([b ?? assert.fail()]));
    pass(quietMs);
    assert.deepEqual(values(m.flows), { "regtest transaction included": 1 });
    send(
      transactionSpans([
        { ...(a ?? assert.fail()), traceId: idOf(2) },
        { ...waiting, traceId: idOf(2) },
      ]),
    );
    pass(50_000);
    assert.deepEqual(values(m.flows), { "regtest transaction included": 1 });
    pass(20_000);
    assert.deepEqual(values(m.flows), { "regtest transaction included": 2 });
    await observer.close();
  });

  test("waits on for a transaction that one place has dropped and another still has", async (context) => {
    // One node with a small pool would have payments told as ended that wait elsewhere, and how long the slow ones took would never be told.
    const { send, pass, values, observer } = await openLab(context);
    const attributes = { [flowAttributes.status]: "dropped" };
    const at = (node: string) => ({ node, traceId: idOf(1), seenMs: 0, clock: [0, 1] as const });
    send(transactionSpans([{ ...at("a"), attributes }, at("b")]));
    pass(1_200_000);
    assert.deepEqual(values(m.flows), {});
    assert.deepEqual(values(m.open), { "": 1 });
    const block = [1_200_000, 1_200_050] as const;
    send(transactionSpans([{ ...at("b"), block }]));
    pass(70_000);
    assert.deepEqual(values(m.flows), { "regtest transaction included": 1 });
    assert.deepEqual(values(m.latency)["regtest transaction 0.5"], 1200.05);
    // Where the rest has dropped it too, or nobody knows what became of it, that is its end.
    const lost = { ...at("a"), traceId: idOf(2), attributes };
    const unknown = { ...at("b"), traceId: idOf(2), attributes: { [flowAttributes.status]: "unknown" } };
    send(transactionSpans([lost, unknown]));
    pass(70_000);
    assert.deepEqual(values(m.flows), { "regtest transaction included": 1, "regtest transaction dropped": 1 });
    send(
      transactionSpans([
        { ...lost, traceId: idOf(3) },
        { ...at("b"), traceId: idOf(3) },
      ]),
    );
    pass(3_700_000);
    assert.deepEqual(values(m.open), { "": 0 }, "nothing is waited for longer than an hour");
    await observer.close();
  });

  test("tells what comes later span by span, and of what waits why", async (context) => {
    // Finality would be missing from all charts, because it comes when the transaction was told already.
    const { send, pass, values, observer } = await openLab(context);
    const [a] = lineOf(1);
    send(transactionSpans([a ?? assert.fail(), ...lineOf(1).slice(1)]));
    pass(quietMs);
    const finality = { node: "a", traceId: idOf(1), name: flowSpans.finalize, fromMs: 1010, toMs: 3010 };
    send([flowSpan(finality), flowSpan({ ...finality, name: flowSpans.mempool })]);
    assert.deepEqual(values(m.stageTime)["regtest transaction finalize a/litecoin"], 2);
    const attributes = { [flowAttributes.waitingFor]: "fee", [flowAttributes.ratio]: 0.25 };
    send(transactionSpans([{ node: "a", traceId: idOf(2), seenMs: 0, attributes }]));
    pass(30_000);
    pass(40_000);
    pass(70_000);
    assert.deepEqual(values(m.labelled), { "regtest not_propagated": 1 });
    send(transactionSpans([{ ...(a ?? assert.fail()), traceId: idOf(2), attributes }]));
    pass(quietMs);
    assert.deepEqual(values(m.labelled), { "regtest not_propagated": 1, "regtest fee_below_basefee": 1 });
    assert.deepEqual(values(m.sampling), { regtest: 0.25 });
    await observer.close();
  });

  test("counts a stage once, however often its span is sent", async (context) => {
    // Every acknowledgement that is lost would make confirmations more, and finality slower, than they are.
    const { send, pass, values, observer } = await openLab(context);
    const stage = { node: "a", traceId: idOf(1), name: flowSpans.confirm, fromMs: 1010, toMs: 3010 };
    const late = { ...stage, name: flowSpans.finalize, toMs: 5010 };
    const [a] = lineOf(1);
    const page = [...transactionSpans([a ?? assert.fail()]), flowSpan(stage)];
    send(page);
    send([flowSpan(stage)]);
    pass(quietMs);
    const counts = { "regtest transaction confirm a/litecoin": 1, "regtest transaction mempool a/litecoin": 1 };
    const before = values(m.stageCount);
    assert.deepEqual({ ...before, ...counts }, before);
    send(page);
    send([flowSpan(late), flowSpan(late)]);
    // The same id at another node is another span.
    send([flowSpan(late), { ...flowSpan(late), source: flowSpan({ ...late, node: "b" }).source }]);
    pass(quietMs);
    const finality = { "regtest transaction finalize a/litecoin": 1, "regtest transaction finalize b/litecoin": 1 };
    assert.deepEqual(values(m.stageCount), { ...before, ...finality });
    assert.equal(values(m.stageTime)["regtest transaction finalize a/litecoin"], 4);
    assert.deepEqual(values(m.flows), { "regtest transaction included": 1 });
    await observer.close();
  });

  test("does not take what a stranger says of a node for what its agent has seen", async (context) => {
    // Whoever may send spans could keep a node's confirmations out of the metrics, by ids that anybody can work out.
    const { send, pass, values, observer } = await openLab(context);
    const [a] = lineOf(1);
    send(transactionSpans([a ?? assert.fail()]));
    pass(quietMs);
    const late = flowSpan({ node: "a", traceId: idOf(1), name: flowSpans.finalize, fromMs: 1010, toMs: 5010 });
    const of = (resource: Span["source"]["resource"]): Span => ({ ...late, source: { ...late.source, resource } });
    const { [nodeAttribute]: _, ...claims } = late.source.resource;
    send([of({ ...claims, "host.name": "a" })]);
    send([of({ ...claims, [nodeAttribute]: "a" })]);
    assert.equal(values(m.stageCount)["regtest transaction finalize a/litecoin"], 2);
    await observer.close();
  });

  test("keeps of a span what flows are made of, and no more", () => {
    // The thread that receives everything would run out of memory: 40,000 spans are kept, and each may say megabytes.
    const text = "x".repeat(1_000_000);
    const known = { [flowAttributes.hash]: "ab".repeat(32), [flowAttributes.nonce]: 7, [flowAttributes.simulated]: true };
    const sent = flowSpan({
      node: "a",
      name: flowSpans.transaction,
      fromMs: 0,
      toMs: 1,
      attributes: { ...known, [flowAttributes.to]: text, [flowAttributes.from]: [text], other: text },
    });
    const { resource } = sent.source;
    const events = [{ timeNs: 0n, name: text, attributes: {}, droppedAttributes: 0 }];
    const { span, weight } = keptSpan({ ...sent, events, source: { ...sent.source, resource: { ...resource, text } } });
    assert.deepEqual([span.attributes, span.events, span.source.resource, weight], [known, [], resource, 1]);
    const all = Object.fromEntries(Object.values(flowAttributes).map((name) => [name, "x".repeat(128)]));
    assert.equal(keptSpan({ ...sent, attributes: all }).weight, 1 + Math.floor(Object.keys(all).length / 8));
  });

  test("is bounded, whatever is sent, and counts what it leaves out", async (context) => {
    // One agent that makes up nodes, chains and transactions would fill the memory of the hub, or hide everybody's hops.
    const { send, pass, values, observer } = await openLab(context);
    send(
      Array.from({ length: 9000 }, (_, index) =>
        flowSpan({ node: "a", name: flowSpans.mempool, fromMs: 0, toMs: 1, traceId: idOf(index) }),
      ),
    );
    assert.deepEqual(values(m.leftOut), { flows: 1000 });
    pass(70_000);
    assert.deepEqual(values(m.open), { "": 0 });
    const many = Array.from({ length: 70 }, (_, index) => ({
      node: `n${index}`,
      seenMs: index,
      canonicalMs: 100 + index,
      traceId: idOf(0),
    }));
    send(blockSpans([...many, { node: "d1970", seenMs: -zeroMs, canonicalMs: -zeroMs, traceId: idOf(0) }]));
    for (let index = 1; index < 12; index++) {
      send(
        transactionSpans([
          {
            node: "n0",
            traceId: idOf(index),
            seenMs: 0,
            block: [9, 10],
            attributes: { [flowAttributes.chainId]: `c${index}` },
          },
        ]),
      );
    }
    pass(quietMs);
    const { clock = 0, places = 0, flows = 0 } = values(m.leftOut);
    assert.equal(clock, 1);
    assert.ok(places > 0 && flows > 1000);
    assert.equal(Object.keys(values(m.hopCount)).length, 63);
    assert.ok(Object.keys(values(m.flows)).length === 8);
    await observer.close();
  });
});

test("a hub that traces no client of its own looks at the spans of its agents", () => {
  // Wrong: where all nodes' spans come together there are no figures of hops, and charts lead to no transaction.
  const ofHub = configSchema.parse({ chain: { tracing: { enabled: false } } });
  assert.equal(tracingObserver.wanted(ofHub), true);
  assert.equal(tracingObserver.wanted(configSchema.parse({ chain: { enabled: false } })), false);
});
