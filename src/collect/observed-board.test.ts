import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import { formatLabels } from "../core/labels.ts";
import { defineMetrics } from "../core/metric.ts";
import type { HeldSeries, ObserveContext, ObserverDeclaration } from "../core/observer.ts";
import { staleNaNBits } from "../core/storage.ts";
import { connectCalls } from "../io/rpc.ts";
import type { ReceiveApi } from "./intake/api.ts";
import { memoryWriter } from "./intake/memory-writer.test-support.ts";
import { heldSeriesMax } from "./intake/observe/held-series-table.ts";
import { ObserverWatch } from "./intake/observe/observer-watch.ts";
import { ReceiveQueue } from "./intake/receive-queue.ts";
import { serveIntake } from "./intake/receive-service.ts";
import { ObservedBoard, type ObserveLink } from "./observed-board.ts";
import { Scheduler } from "./scheduler.ts";
import { emptyStats, quietOptions } from "./scheduler.test-support.ts";

const m = defineMetrics({ value: { name: "test.value", kind: "gauge", unit: "", help: "Value.", labels: { i: null } } });
const id = "test.observer";
/** The extended tests do more. */
const numRuns = Number(process.env["CHAINPULSE_MODEL_RUNS"] ?? 20);
const nameOf = (i: number | string): string => formatLabels({ __name__: m.value.prometheusName, node: "node-1", i: String(i) });

/** By series: its value in a tick, or that it has ended. */
type Row = ReadonlyMap<string, number | "stale">;

/** One observer, in an intake thread that may end, before a data thread that ticks. */
class Lab {
  readonly clock = { time: 1_000_000, steady: 0, nowMs: () => this.clock.time, monotonicMs: () => this.clock.steady };
  /** Rejects the next opening, where it is to fail. */
  trouble: Error | null = null;
  isWanted = true;
  opened: ObserveContext | null = null;
  readonly declaration: ObserverDeclaration = {
    id,
    title: "Test",
    metrics: [m.value],
    wanted: () => this.isWanted,
    idle: () => ({ reason: "disabled", detail: "nobody wants it" }),
    open: (context) => {
      if (this.trouble !== null) throw this.trouble;
      this.opened = context;
      return { close: () => undefined };
    },
  };
  readonly board = new ObservedBoard([this.declaration], this.clock);
  link: ObserveLink = this.board.link();
  watch = this.#newWatch();
  scheduler = this.#newScheduler();
  #row: Row = new Map();
  readonly #names: string[] = [];

  #newWatch(): ObserverWatch {
    return new ObserverWatch(this.declaration, {
      node: "node-1",
      clock: this.clock,
      logger: quietOptions.logger,
      stored: { addEvent: () => undefined, addSpan: () => undefined, addExemplar: () => undefined, flush: () => undefined },
      openReader: () => assert.fail("nobody asks for what is stored"),
      watchSpans: () => () => undefined,
      clockOf: () => null,
      annotate: () => undefined,
      onChange: () => undefined,
    });
  }

  #newScheduler(): Scheduler {
    return new Scheduler({
      ...quietOptions,
      observed: this.board.collectors,
      clock: this.clock,
      writer: {
        resolve: (labels) => this.#names.push(formatLabels(labels)) - 1,
        release: () => undefined,
        rewind: () => undefined,
        annotate: () => undefined,
        stats: () => emptyStats,
        commit: (_, refs, values, count) => {
          const bits = new BigUint64Array(values.buffer);
          const entries = Array.from(refs.subarray(0, count), (ref, index) => {
            const value = bits[index] === staleNaNBits ? ("stale" as const) : (values[index] ?? 0);
            return [this.#names[ref] ?? "", value] as const;
          });
          assert.equal(new Set(entries.map(([name]) => name)).size, count, "one sample per series and tick");
          this.#row = new Map(entries);
        },
      },
    });
  }

  /** Sends what is to be told, at least a sign of life. */
  deliver(): void {
    for (let change = this.watch.take(true); change !== null; change = this.watch.take()) {
      if (!this.link.apply(structuredClone(change))) this.watch.again();
    }
  }

  tick(afterMs = 1000): Row {
    this.#row = new Map();
    this.clock.time += afterMs;
    this.clock.steady += afterMs;
    this.scheduler.tick(this.clock.time);
    return this.#row;
  }

  async open(): Promise<void> {
    await this.watch.open(quietOptions.config);
  }

  /** The intake thread ends, and another one begins. */
  async restartIntake(): Promise<void> {
    this.link.close();
    this.link = this.board.link();
    this.watch = this.#newWatch();
    await this.open();
  }

  /** The data thread takes over another configuration. */
  async restartScheduler(): Promise<Row> {
    this.#row = new Map();
    await this.scheduler.stop();
    const ended = this.#row;
    this.scheduler = this.#newScheduler();
    await this.scheduler.open();
    return ended;
  }

  absences(): readonly (readonly [source: string, reason: string])[] {
    return this.scheduler.absences.list().map(({ source, reason }) => [source, reason] as const);
  }
}

async function openLab(): Promise<Lab> {
  const lab = new Lab();
  await lab.scheduler.open();
  await lab.open();
  return lab;
}

const series = fc.nat(2);
const action = fc.oneof(
  fc.record({ do: fc.constant("set" as const), i: series, value: fc.oneof(fc.constantFrom(0, 1), fc.double()) }),
  fc.record({ do: fc.constantFrom("clear" as const, "release" as const, "ask anew" as const), i: series }),
  fc.record({ do: fc.constantFrom("tick" as const, "tick" as const, "deliver" as const, "deliver" as const) }),
  fc.record({
    do: fc.constantFrom("close" as const, "restart intake" as const, "restart scheduler" as const, "be silent" as const),
  }),
);

describe("ObservedBoard", () => {
  it("writes into every tick exactly what the observer has told, and ends what has ended", async () => {
    // A value that nobody reads any more would be shown for ever; or one that holds would have holes.
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 80, size: "max" }), async (actions) => {
        const lab = await openLab();
        let handles = new Map<number, HeldSeries>();
        let ended = new Set<number>();
        let held = new Map<number, number>();
        let told = new Map<number, number>();
        let live = new Set<number>();
        const handleOf = (i: number): HeldSeries => {
          const handle = handles.get(i) ?? lab.opened?.series(m.value, { i: String(i) });
          assert.ok(handle !== undefined);
          handles.set(i, handle);
          return handle;
        };
        const forget = (): void => {
          handles = new Map();
          ended = new Set();
          held = new Map();
        };
        const checkTick = (row: Row): void => {
          const expected = new Map<string, number | "stale">();
          for (const [i, value] of told) expected.set(nameOf(i), value);
          for (const i of live) if (!told.has(i)) expected.set(nameOf(i), "stale");
          assert.deepEqual(sorted(row), sorted(expected));
          live = new Set(told.keys());
        };
        for (const one of actions) {
          switch (one.do) {
            case "set":
              handleOf(one.i).set(one.value);
              if (!ended.has(one.i)) held.set(one.i, one.value);
              break;
            case "clear":
              handleOf(one.i).clear();
              held.delete(one.i);
              break;
            case "release":
              handleOf(one.i).release();
              held.delete(one.i);
              ended.add(one.i);
              break;
            case "ask anew":
              handles.delete(one.i);
              handleOf(one.i);
              ended.delete(one.i);
              break;
            case "deliver":
              lab.deliver();
              told = new Map(held);
              break;
            case "tick":
              checkTick(lab.tick());
              break;
            case "close":
              await lab.watch.close();
              await lab.open();
              forget();
              break;
            case "restart intake":
              await lab.restartIntake();
              forget();
              told = new Map();
              break;
            case "restart scheduler": {
              const row = await lab.restartScheduler();
              assert.deepEqual(sorted(row), sorted(new Map(Array.from(live, (i) => [nameOf(i), "stale"]))));
              live = new Set();
              break;
            }
            case "be silent":
              lab.deliver();
              told = new Map();
              checkTick(lab.tick(31_000));
              break;
          }
        }
        for (const handle of handles.values()) handle.release();
        lab.deliver();
        lab.tick();
        lab.tick();
        assert.equal(lab.scheduler.series, 0, "nothing is kept of what has ended");
      }),
      { numRuns },
    );
  });

  it("says why nothing is there: not wanted, not to be opened, thread ended, thread silent", async () => {
    // An operator would see empty charts, and no word of why.
    const lab = await openLab();
    await lab.watch.close();
    lab.isWanted = false;
    await lab.restartIntake();
    await lab.restartScheduler();
    assert.deepEqual(lab.absences(), [["observer", "disabled"]]);

    lab.isWanted = true;
    lab.trouble = new Error("the mapping is wrong");
    await lab.open();
    lab.deliver();
    lab.tick();
    const [status] = lab.scheduler.runs.map((run) => run.status());
    assert.deepEqual([status?.id, status?.state, status?.error], [id, "failing", "the mapping is wrong"]);

    lab.trouble = null;
    await lab.open();
    lab.opened?.absent("peers", [m.value], { reason: "unsupported", detail: "no such \u001b[2Jmethod" });
    lab.deliver();
    lab.tick();
    assert.equal(lab.scheduler.runs[0]?.status().state, "ok");
    assert.deepEqual(lab.absences(), [["peers", "unsupported"]]);
    assert.equal(lab.scheduler.absences.list()[0]?.detail, "no such \\x1b[2Jmethod");
    lab.opened?.present("peers");
    lab.deliver();
    assert.deepEqual(lab.absences(), []);

    lab.tick(31_000);
    assert.deepEqual(lab.absences(), [["observer", "stale"]]);
    lab.opened?.absent("peers", [m.value], { reason: "unsupported", detail: "no" });
    lab.deliver();
    assert.deepEqual(lab.absences(), [["peers", "unsupported"]]);
    lab.link.close();
    assert.deepEqual(lab.absences(), [["observer", "stale"]]);
  });

  it("tells in small messages, and takes no more series than its bound", async () => {
    // One client with a million contracts would fill the store, or hold up a tick.
    const lab = await openLab();
    for (let i = 0; i < heldSeriesMax + 7; i++) lab.opened?.series(m.value, { i: String(i) }).set(i);
    const sizes: number[] = [];
    for (let change = lab.watch.take(); change !== null; change = lab.watch.take()) {
      sizes.push(change.named.length);
      assert.ok(lab.link.apply(change));
    }
    assert.ok(Math.max(...sizes) <= 512, String(Math.max(...sizes)));
    assert.equal(
      sizes.reduce((sum, size) => sum + size),
      heldSeriesMax,
    );
    assert.deepEqual(lab.absences(), [["series limit", "limit_reached"]]);
    let [ticks, before] = [0, -1];
    for (let count = 0; count !== before && ticks < 100; ticks++) [before, count] = [count, lab.tick().size];
    assert.equal(before, heldSeriesMax);
    assert.ok(ticks > 10, "they are not all numbered in one tick");
    for (let i = 0; i < heldSeriesMax; i++) lab.opened?.series(m.value, { i: String(i) }).release();
    lab.deliver();
    lab.opened?.series(m.value, { i: "another" }).set(1);
    lab.deliver();
    assert.equal(lab.tick().get(nameOf("another")), 1, "there is room for others again");
  });

  it("takes over what comes through an intake thread's port, and ends it with the port", async () => {
    // When that thread has ended, the last values of all clients would be shown for ever.
    const lab = await openLab();
    const { port1, port2 } = new MessageChannel();
    const writer = memoryWriter();
    serveIntake(port1, { writer, queue: new ReceiveQueue(writer, undefined, 0), board: lab.board });
    const data = connectCalls<ReceiveApi>(port2, { name: "data", timeoutMs: 10_000, givesArguments: true });
    lab.opened?.series(m.value, { i: "0" }).set(5);
    assert.equal(await data.observed(lab.watch.take() ?? assert.fail()), true);
    assert.deepEqual([...lab.tick()], [[nameOf(0), 5]]);
    port2.close();
    for (let turn = 0; lab.absences().length === 0 && turn < 1000; turn++) await nextTurn();
    assert.deepEqual(lab.absences(), [["observer", "stale"]]);
    assert.deepEqual([...lab.tick()], [[nameOf(0), "stale"]]);
  });

  it("refuses what its declaration does not name, and a message that builds on nothing", async () => {
    // A mistake in a client's file would end the data thread.
    const lab = await openLab();
    const other = defineMetrics({ other: { name: "test.other", kind: "gauge", unit: "", help: "Other." } });
    assert.throws(() => lab.opened?.series(other.other, {}), /does not declare test\.other/);
    assert.throws(() => lab.opened?.absent("a", [other.other], { reason: "stale", detail: "" }), /does not declare/);
    const change = lab.watch.take() ?? assert.fail();
    assert.equal(lab.link.apply({ ...change, begins: false }), false);
    assert.equal(lab.link.apply({ ...change, observer: "unknown" }), false);
    assert.deepEqual(lab.tick().size, 0);
  });
});

function sorted(row: Row): readonly (readonly [string, number | "stale"])[] {
  return [...row].sort(([a], [b]) => (a < b ? -1 : 1));
}
