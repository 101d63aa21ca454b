import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { configSchema } from "../../../core/config.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import type { SeriesExemplars } from "../../../core/exemplar.ts";
import { defineMetrics } from "../../../core/metric.ts";
import type { NodeEvent, StoredEvent } from "../../../core/node-event.ts";
import { observedSource, type ObservedSpan, spanOf } from "../../../core/observed-span.ts";
import type { ObserveContext, ObserverDeclaration } from "../../../core/observer.ts";
import type { Span } from "../../../core/span.ts";
import { serviceOf } from "../../../core/telemetry-source.ts";
import type { TelemetrySink } from "../../../core/telemetry-sink.ts";
import { version } from "../../../core/version.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
import { watchSink } from "../watched-sink.ts";
import type { ObservedChange } from "./observed-change.ts";
import { ObserveService } from "./observe-service.ts";

const m = defineMetrics({ value: { name: "test.value", kind: "gauge", unit: "", help: "Value.", labels: { i: null } } });
const config = configSchema.parse({});

/** The service with one observer, timers that the test moves on, and what the other threads would be told. */
function openLab(context: TestContext) {
  context.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let nowMs = 0;
  const { logger, lines } = keepLines();
  const told: ObservedChange[] = [];
  const stored: StoredEvent[] = [];
  const spans: Span[] = [];
  const exemplars: SeriesExemplars[] = [];
  const counts: string[] = [];
  const marks: string[] = [];
  const contexts: ObserveContext[] = [];
  const lab = {
    isWanted: true,
    /** What opening, telling and storing throw, where they are to fail. */
    openTrouble: null as Error | null,
    diskTrouble: null as Error | null,
    isKnown: true,
    /** What opening waits for. */
    opening: Promise.resolve(),
    closed: 0,
  };
  const observer: ObserverDeclaration = {
    id: "test.observer",
    title: "Test",
    metrics: [m.value],
    wanted: () => lab.isWanted,
    async open(opened) {
      if (lab.openTrouble !== null) throw lab.openTrouble;
      contexts.push(opened);
      await lab.opening;
      return { close: () => void lab.closed++ };
    },
  };
  const telemetry: TelemetrySink = {
    addSpans: (some) => void spans.push(...some),
    addLogs: () => undefined,
    addExemplars: (some) => void exemplars.push(...some),
    noteMetadata: () => undefined,
    addEvents(events) {
      if (lab.diskTrouble !== null) throw lab.diskTrouble;
      stored.push(...events);
    },
    sync: () => undefined,
  };
  const { sink, watchSpans } = watchSink(() => telemetry, logger);
  const service = new ObserveService({
    declarations: [observer],
    eventKinds: ["test.block"],
    node: "node-1",
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    logger,
    observed(change) {
      told.push(change);
      return Promise.resolve(lab.isKnown);
    },
    telemetry: sink,
    openReader: () => assert.fail("nobody asks for what is stored"),
    watchSpans,
    clockOf: (node) => (node === "agent-1" ? { offsetMs: 700, errorMs: 2 } : null),
    annotate: ({ title }) => void marks.push(title),
    tally: {
      received: (kind, count) => void counts.push(`${kind} ${count}`),
      refused: (reason, count) => void counts.push(`${reason} ${count}`),
    },
  });
  const pass = async (ms: number): Promise<readonly ObservedChange[]> => {
    nowMs += ms;
    context.mock.timers.tick(ms);
    await nextTurn();
    return told.splice(0);
  };
  const opened = (): ObserveContext => contexts.at(-1) ?? assert.fail("it was not opened");
  return { lab, service, pass, opened, sink, stored, spans, exemplars, counts, marks, lines };
}

const block = (part: Partial<NodeEvent> = {}): NodeEvent => ({
  kind: "test.block",
  subject: "geth",
  key: "0xa",
  timeMs: 1000,
  fields: { number: 1 },
  ...part,
});

const span = (part: Partial<ObservedSpan> = {}): ObservedSpan => ({
  service: "litecoind",
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  parentSpanId: "",
  name: "transaction",
  kind: "internal",
  startNs: 1_000_000_000n,
  endNs: 2_000_000_000n,
  status: "unset",
  statusMessage: "",
  attributes: { "tx.status": "pending" },
  events: [],
  links: [],
  ...part,
});

describe("ObserveService", () => {
  it("tells what has changed at most five times a second, and that it is alive every five seconds", async (context) => {
    // Each of a busy client's changes would wake the thread that ticks; or a client that hangs would look alive.
    const { service, pass, opened } = openLab(context);
    await service.configure(config);
    const series = opened().series(m.value, { i: "0" });
    series.set(1);
    const [first, ...more] = await pass(200);
    assert.deepEqual([first?.begins, first?.isOpen, first?.named.length, more], [true, true, 1, []]);
    for (let i = 0; i < 1000; i++) series.set(i);
    assert.deepEqual(await pass(199), []);
    const [second] = await pass(1);
    assert.deepEqual([second?.begins, second?.named, [...(second?.values ?? [])]], [false, [], [999]]);
    series.set(999);
    assert.deepEqual(await pass(200), [], "the same value is no news");
    const [sign] = await pass(5000);
    assert.deepEqual([sign?.begins, sign?.isOpen, sign?.ids.length], [false, true, 0]);
    await service.close();
  });

  it("tells all anew where the data thread knows nothing of it", async (context) => {
    // After a pause of the machine the charts would stay empty until the next start.
    const { lab, service, pass, opened } = openLab(context);
    await service.configure(config);
    opened().series(m.value, { i: "0" }).set(7);
    opened().absent("peers", [m.value], { reason: "unsupported", detail: "no" });
    await pass(200);
    lab.isKnown = false;
    assert.deepEqual((await pass(5000)).length, 1);
    lab.isKnown = true;
    const [again] = await pass(200);
    assert.deepEqual([again?.begins, again?.named[0]?.labels, [...(again?.values ?? [])]], [true, { i: "0" }, [7]]);
    assert.deepEqual(
      again?.absences.map(({ source }) => source),
      ["peers"],
    );
    await service.close();
  });

  it("opens when there is something to watch, and tries again what could not be opened", async (context) => {
    // A client that is started after ChainPulse would never be watched.
    const { lab, service, pass, lines } = openLab(context);
    lab.isWanted = false;
    await service.configure(config);
    assert.deepEqual(await pass(30_000), []);
    lab.isWanted = true;
    lab.openTrouble = new Error("the mapping is wrong");
    await pass(30_000);
    const [failed] = await pass(30_000);
    assert.deepEqual([failed?.isOpen, failed?.failure], [false, "the mapping is wrong"]);
    assert.equal(lines.filter(({ level }) => level === "error").length, 1, "the log says it once");
    lab.openTrouble = null;
    await pass(30_000);
    const [works] = await pass(200);
    assert.deepEqual([works?.begins, works?.isOpen, works?.failure], [true, true, null]);
    await service.close();
  });

  it("tells what is held while it is being opened once it is open, and closes what opens too late", async (context) => {
    // The first values of a client that is slow to answer would be lost until they change; or nobody would ever close its connections.
    const { lab, service, pass, opened } = openLab(context);
    const slow = Promise.withResolvers<void>();
    lab.opening = slow.promise;
    const configured = service.configure(config);
    await nextTurn();
    opened().series(m.value, { i: "0" }).set(1);
    assert.deepEqual(await pass(200), []);
    slow.resolve();
    await configured;
    const [change] = await pass(200);
    assert.deepEqual([change?.begins, change?.named.length], [true, 1]);

    const late = Promise.withResolvers<void>();
    lab.opening = late.promise;
    const again = service.configure(config);
    await pass(200);
    const failed = [...(await pass(30_000)), ...(await pass(200))].at(-1);
    await again;
    assert.match(failed?.failure ?? "", /did not open within 30 s/);
    const { closed } = lab;
    late.resolve();
    await nextTurn();
    assert.equal(lab.closed, closed + 1);
    await service.close();
  });

  it("closes and opens anew with another configuration, and what the old one still says has no effect", async (context) => {
    // Two watchers of one client would write the same series, each its own value.
    const { lab, service, pass, opened, sink, stored, spans, exemplars, marks } = openLab(context);
    await service.configure(config);
    const old = opened();
    const heard: string[] = [];
    old.watchSpans(() => void heard.push("old"));
    const held = old.series(m.value, { i: "old" });
    held.set(1);
    await pass(200);
    await service.configure(configSchema.parse({ node: { id: "other" } }));
    assert.equal(lab.closed, 1);
    held.set(2);
    old.series(m.value, { i: "late" }).set(3);
    old.emit(block());
    old.span(span());
    old.exemplar(m.value, { i: "old" }, { labels: {}, value: 1, timestampMs: 1 });
    old.annotate({ kind: "chain", title: "late", timestampMs: 1 });
    opened().series(m.value, { i: "new" }).set(4);
    const [change, ...more] = await pass(500);
    assert.deepEqual([change?.begins, change?.named.map(({ labels }) => labels), more], [true, [{ i: "new" }], []]);
    sink().addSpans([{ ...spanOf(span(), observedSource("n", "s")) }]);
    assert.deepEqual([stored, spans.length, exemplars, marks, heard], [[], 1, [], [], []]);
    await service.configure(configSchema.parse({ enabled: false }));
    const [ended] = await pass(200);
    assert.deepEqual([ended?.begins, ended?.isOpen], [true, false]);
    assert.deepEqual(await pass(60_000), []);
    await service.close();
  });

  it("stores events within a second, the last word on each, and leaves out what is too long", async (context) => {
    // A block's event would come with every change of it, or a client's nonsense would fill the disk.
    const { lab, service, pass, opened, stored, counts, lines } = openLab(context);
    await service.configure(config);
    opened().emit(block());
    opened().emit(block({ key: "0xb" }));
    opened().emit(block({ fields: { number: 2 } }));
    opened().emit(block({ key: "x".repeat(257) }));
    opened().emit(block({ fields: { noise: "x".repeat(20_000) } }));
    opened().emit(block({ timeMs: Number.NaN }));
    opened().emit(block({ timeMs: 1e18 }));
    assert.throws(() => opened().emit(block({ kind: "test.unknown" })), /no domain declares/);
    await pass(500);
    assert.deepEqual(stored, [
      { ...block({ fields: { number: 2 } }), node: "node-1" },
      { ...block({ key: "0xb" }), node: "node-1" },
    ]);
    assert.deepEqual(counts, ["invalid 1", "invalid 1", "invalid 1", "invalid 1", "events 2"]);
    lab.diskTrouble = new ChainPulseError("STORE_FULL", "the disk is full");
    for (const key of ["1", "2"]) {
      opened().emit(block({ key }));
      await pass(500);
    }
    assert.equal(lines.filter(({ level }) => level === "error").length, 1);
    lab.diskTrouble = null;
    opened().emit(block({ key: "3" }));
    await service.close();
    assert.deepEqual(stored.at(-1)?.key, "3", "the last ones are written at the end");
  });

  it("stores spans of this node, the last word on each, and leaves out what is none", async (context) => {
    // A transaction would be stored with every change of it, or a broken client's spans would be in everybody's lists.
    const { service, pass, opened, spans, counts } = openLab(context);
    await service.configure(config);
    opened().span(span());
    opened().span(span({ endNs: 3_000_000_000n, attributes: { "tx.status": "included" } }));
    opened().span(span({ startNs: 1_500_000_000n }));
    const long = "x".repeat(1025);
    const broken: readonly Partial<ObservedSpan>[] = [
      { traceId: "0".repeat(32) },
      { spanId: "00F067AA0BA902B7" },
      { parentSpanId: "1" },
      { endNs: 999n },
      { startNs: -1n },
      { endNs: 2n ** 63n },
      { service: long },
      { attributes: { long } },
      { attributes: { none: Number.NaN } },
      { attributes: { half: "\ud800" } },
      { events: Array.from({ length: 65 }, () => ({ timeNs: 1n, name: "e", attributes: {}, droppedAttributes: 0 })) },
    ];
    for (const part of broken) opened().span(span(part));
    await pass(500);
    assert.deepEqual(
      spans.map(({ startNs, attributes }) => [startNs, attributes["tx.status"]]),
      [
        [1_000_000_000n, "included"],
        [1_500_000_000n, "pending"],
      ],
    );
    assert.deepEqual(spans[0]?.source, {
      resource: { "service.name": "litecoind", "chainpulse.node": "node-1" },
      scopeName: "chainpulse",
      scopeVersion: version,
      scopeAttributes: {},
    });
    assert.deepEqual(counts, [...broken.map(() => "invalid 1"), "spans 2"]);
    await service.close();
  });

  it("tells an observer of every span that is stored, and no sender of what an observer makes of it", async (context) => {
    // What agents and programs send would be left out of the figures of tracing, or one wrong span would be refused for all.
    const { service, pass, opened, sink, lines } = openLab(context);
    await service.configure(config);
    const heard: string[] = [];
    opened().watchSpans((some) => void heard.push(...some.map(({ source }) => serviceOf(source.resource))));
    opened().watchSpans(() => {
      throw new Error("it cannot be looked at");
    });
    opened().span(span());
    await pass(500);
    sink().addSpans([spanOf(span(), observedSource("other", "geth"))]);
    sink().addSpans([]);
    assert.deepEqual(heard, ["litecoind", "geth"]);
    assert.equal(lines.filter(({ level }) => level === "error").length, 2);
    await service.close();
  });

  it("stores exemplars at the series as the ticks write it, and knows the clocks of nodes", async (context) => {
    // A click on a chart's value would lead nowhere: its series has other labels.
    const { service, pass, opened, exemplars, counts } = openLab(context);
    await service.configure(config);
    const exemplar = { labels: { trace_id: span().traceId }, value: 2, timestampMs: 1000 };
    opened().exemplar(m.value, { i: "a\u0007" }, exemplar);
    opened().exemplar(m.value, { i: "a\u0007" }, exemplar);
    await pass(500);
    assert.deepEqual(exemplars, [{ series: { __name__: "test_value", node: "node-1", i: "a\\x07" }, exemplars: [exemplar] }]);
    assert.deepEqual(counts, ["exemplars 1"]);
    assert.deepEqual(opened().clockOf("node-1"), { offsetMs: 0, errorMs: 0 });
    assert.deepEqual(opened().clockOf("agent-1"), { offsetMs: 700, errorMs: 2 });
    assert.equal(opened().clockOf("stranger"), null);
    await service.close();
  });

  it("puts no more marks than a chart can show", async (context) => {
    // A client that comes and goes would paint every chart black.
    const { service, pass, opened, marks } = openLab(context);
    await service.configure(config);
    for (let i = 0; i < 100; i++) opened().annotate({ kind: "chain", title: String(i), timestampMs: i });
    assert.equal(marks.length, 30);
    await pass(60_000);
    opened().annotate({ kind: "chain", title: "later", timestampMs: 1 });
    assert.equal(marks.at(-1), "later");
    await service.close();
  });
});
