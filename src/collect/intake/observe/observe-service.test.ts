import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { configSchema } from "../../../core/config.ts";
import { ChainPulseError } from "../../../core/errors.ts";
import { defineMetrics } from "../../../core/metric.ts";
import type { NodeEvent, StoredEvent } from "../../../core/node-event.ts";
import type { ObserveContext, ObserverDeclaration } from "../../../core/observer.ts";
import { keepLines } from "../../../store/log-lines.test-support.ts";
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
    telemetry: () => ({
      addSpans: () => undefined,
      addLogs: () => undefined,
      addExemplars: () => undefined,
      noteMetadata: () => undefined,
      addEvents(events) {
        if (lab.diskTrouble !== null) throw lab.diskTrouble;
        stored.push(...events);
      },
      sync: () => undefined,
    }),
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
  return { lab, service, pass, opened, stored, counts, marks, lines };
}

const block = (part: Partial<NodeEvent> = {}): NodeEvent => ({
  kind: "test.block",
  subject: "geth",
  key: "0xa",
  timeMs: 1000,
  fields: { number: 1 },
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
    const { lab, service, pass, opened, stored, marks } = openLab(context);
    await service.configure(config);
    const old = opened();
    const held = old.series(m.value, { i: "old" });
    held.set(1);
    await pass(200);
    await service.configure(configSchema.parse({ node: { id: "other" } }));
    assert.equal(lab.closed, 1);
    held.set(2);
    old.series(m.value, { i: "late" }).set(3);
    old.emit(block());
    old.annotate({ kind: "chain", title: "late", timestampMs: 1 });
    opened().series(m.value, { i: "new" }).set(4);
    const [change, ...more] = await pass(500);
    assert.deepEqual([change?.begins, change?.named.map(({ labels }) => labels), more], [true, [{ i: "new" }], []]);
    assert.deepEqual([stored, marks], [[], []]);
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
