import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Annotation } from "../core/annotation.ts";
import type { CollectContext, Collector, CollectorDeclaration } from "../core/collector.ts";
import { ChainPulseError } from "../core/errors.ts";
import { defineMetrics } from "../core/metric.ts";
import { Scheduler } from "./scheduler.ts";
import { emptyStats, quietOptions } from "./scheduler.test-support.ts";

const m = defineMetrics({ value: { name: "test.value", kind: "gauge", unit: "", help: "Value.", labels: { source: null } } });

interface Commit {
  readonly timestampMs: number;
  readonly values: readonly number[];
}

function collector(id: string, open: (context: CollectContext) => Collector, intervalMs?: number): CollectorDeclaration {
  return { id, title: id, metrics: [m.value], open, ...(intervalMs === undefined ? {} : { intervalMs }) };
}

/** Writes the number of its run. */
function counting(id: string, intervalMs?: number): CollectorDeclaration {
  return collector(
    id,
    (context) => {
      const handle = context.series(m.value, { source: id });
      let runs = 0;
      return { collect: () => handle.set(++runs) };
    },
    intervalMs,
  );
}

async function schedulerOf(...collectors: CollectorDeclaration[]) {
  return schedulerWith({}, collectors);
}

async function schedulerWith(options: { readonly newestMs?: number }, collectors: CollectorDeclaration[]) {
  // Two clocks: the wall clock can be set, the other one only goes on.
  const clock = { time: 1_000_000, steady: 0, nowMs: () => clock.time, monotonicMs: () => clock.steady };
  const commits: Commit[] = [];
  const failing = { commit: false, resolve: false, full: false };
  const annotations: Annotation[] = [];
  const errors: string[] = [];
  const rewinds: number[] = [];
  const warnings: string[] = [];
  let refs = 0;
  const scheduler = new Scheduler({
    ...quietOptions,
    domains: [{ id: "test", title: "Test", metrics: m, collectors, views: [], panels: [], checks: [], alerts: [] }],
    writer: {
      resolve: () => {
        if (failing.resolve) throw new ChainPulseError("SERIES_LIMIT", "the store is full", { fix: "Raise the limit." });
        return refs++;
      },
      release: () => undefined,
      rewind: (toMs) => void rewinds.push(toMs),
      commit: (timestampMs, _, values, count) => {
        if (failing.commit) throw new Error("no such device");
        if (failing.full) throw new ChainPulseError("STORE_FULL", "the disk is full", { fix: "Free space." });
        commits.push({ timestampMs, values: [...values.subarray(0, count)] });
      },
      annotate: (annotation) => void annotations.push(annotation),
      stats: () => ({ ...emptyStats, newestMs: options.newestMs ?? null }),
    },
    clock,
    logger: {
      ...quietOptions.logger,
      warn: (message) => void warnings.push(message),
      error: (message) => void errors.push(message),
    },
  });
  await scheduler.open();
  const tick = (afterMs = 1000): void => {
    clock.time += afterMs;
    clock.steady += afterMs;
    scheduler.tick(clock.time);
  };
  return { scheduler, commits, tick, clock, failing, rewinds, warnings, annotations, errors };
}

describe("Scheduler", () => {
  // If these fail, one broken source takes the others down, or seconds are lost without a word.
  it("commits what all collectors wrote as one row", async () => {
    const { commits, tick } = await schedulerOf(counting("a"), counting("b"));
    tick();
    tick();
    assert.deepEqual(commits, [
      { timestampMs: 1_001_000, values: [1, 1] },
      { timestampMs: 1_002_000, values: [2, 2] },
    ]);
  });

  it("goes on while the disk is full, says so once, and marks the gap afterwards", async () => {
    const { scheduler, commits, tick, failing, annotations, errors } = await schedulerOf(counting("a"));
    tick();
    failing.full = true;
    for (let i = 0; i < 5; i++) tick();
    assert.deepEqual([commits.length, errors.length, annotations.length], [1, 1, 0]);
    assert.deepEqual(
      scheduler.absences.list().map(({ collector, reason, detail, fix }) => [collector, reason, detail, fix]),
      [["store", "limit_reached", "the disk is full", "Free space."]],
    );
    failing.full = false;
    tick();
    tick();
    assert.deepEqual([commits.length, errors.length, scheduler.absences.list()], [3, 1, []]);
    const [gap] = annotations;
    assert.deepEqual([gap?.kind, gap?.timestampMs, gap?.endMs, annotations.length], ["gap", 1_002_000, 1_007_000, 1]);
  });

  it("runs every collector again at the second tick, however soon it comes", async () => {
    const { commits, tick } = await schedulerOf(counting("a"));
    tick();
    tick(250);
    assert.deepEqual(commits[1], { timestampMs: 1_001_250, values: [2] });
  });

  it("runs a slow collector at its own pace and does not call its series stale in between", async () => {
    const { commits, tick } = await schedulerOf(counting("a"), counting("slow", 3000));
    for (let i = 0; i < 4; i++) tick();
    assert.deepEqual(
      commits.map(({ values }) => values),
      [[1, 1], [2], [3], [4, 2]],
    );
  });

  it("isolates a collector that throws, opens its breaker and tries again later", async () => {
    let calls = 0;
    const broken = collector("broken", () => ({
      collect: () => {
        calls++;
        throw new Error("no such device");
      },
    }));
    const { scheduler, commits, tick } = await schedulerOf(broken, counting("a"));
    for (let i = 0; i < 5; i++) tick();
    assert.equal(commits.length, 5, "the other collector goes on");
    assert.deepEqual(
      scheduler.runs.map((run) => [run.state, run.status().error]),
      [
        ["open", "no such device"],
        ["ok", null],
      ],
    );
    assert.equal(calls, 5);
    tick();
    assert.equal(calls, 5, "the breaker is open");
    tick();
    assert.equal(calls, 6, "one attempt after the pause");
  });

  it("reports a collector that cannot be opened", async () => {
    const { scheduler, tick } = await schedulerOf(
      collector("closed", () => {
        throw new Error("no permission");
      }),
    );
    tick();
    assert.equal(scheduler.runs[0]?.status().error, "no permission");
  });

  it("waits for a collector that answers later, and stores its samples with the next tick", async () => {
    const answer = Promise.withResolvers<void>();
    let calls = 0;
    const late = collector("late", (context) => {
      const handle = context.series(m.value, { source: "late" });
      return {
        collect: async () => {
          calls++;
          await answer.promise;
          handle.set(7);
        },
      };
    });
    const { commits, tick } = await schedulerOf(late);
    tick();
    tick();
    assert.equal(calls, 1, "no second run while the first is under way");
    assert.deepEqual(commits, []);
    answer.resolve();
    await new Promise(setImmediate);
    tick();
    assert.deepEqual(commits, [{ timestampMs: 1_003_000, values: [7] }]);
  });

  it("calls a collector that does not come back failing, and still starts no second run", async () => {
    let calls = 0;
    const hanging = collector("hanging", () => ({
      collect: () => {
        calls++;
        return new Promise(() => undefined);
      },
    }));
    const { scheduler, tick } = await schedulerOf(hanging);
    for (let i = 0; i < 13; i++) tick();
    assert.equal(calls, 1);
    assert.equal(scheduler.runs[0]?.status().error, "no answer within 10 s");
  });

  it("leaves out ticks while the clock is set back, and counts them", async () => {
    const { scheduler, commits, tick, clock } = await schedulerOf(counting("a"));
    tick();
    clock.time -= 5000;
    tick();
    assert.equal(commits.length, 1);
    assert.equal(scheduler.lastTickMs, 1_001_000);
  });

  it("takes over a clock that was set back by much, during a run or since the last one", async () => {
    const { commits, tick, clock, rewinds } = await schedulerOf(counting("a"));
    tick();
    clock.time -= 500_000;
    tick();
    assert.deepEqual(rewinds, [502_000]);
    assert.equal(commits.at(-1)?.timestampMs, 502_000);
    const later = await schedulerWith({ newestMs: 2_000_000 }, [counting("a")]);
    later.tick();
    assert.deepEqual(later.rewinds, [1_001_000]);
  });

  it("goes on after a tick that could not be stored", async () => {
    const { scheduler, commits, tick, failing } = await schedulerOf(counting("a"));
    failing.commit = true;
    tick();
    failing.commit = false;
    tick();
    assert.deepEqual(commits, [{ timestampMs: 1_002_000, values: [2] }]);
    assert.equal(scheduler.lastTickMs, 1_002_000);
  });

  it("marks what was alive stale at its end", async () => {
    const { scheduler, commits, tick } = await schedulerOf(counting("a"));
    tick();
    await scheduler.stop();
    assert.ok(Number.isNaN(commits[1]?.values[0]));
    assert.equal(commits[1]?.timestampMs, 1_001_001);
  });

  it("keeps an absence with its first time until the source is there", async () => {
    let there = false;
    const source = collector("source", (context) => ({
      collect: () =>
        there ? context.present("/x") : context.absent("/x", [m.value], { reason: "not_present", detail: "open /x: ENOENT" }),
    }));
    const { scheduler, tick } = await schedulerOf(source);
    tick();
    tick();
    assert.deepEqual(scheduler.absences.list(), [
      {
        collector: "source",
        source: "/x",
        metrics: ["test.value"],
        reason: "not_present",
        detail: "open /x: ENOENT",
        sinceMs: 1_001_000,
      },
    ]);
    there = true;
    tick();
    assert.deepEqual(scheduler.absences.list(), []);
  });

  it("goes on with a collector whose new series the store refuses, and shows what is missing and why", async () => {
    let context: CollectContext | undefined;
    const growing = collector("growing", (opened) => {
      context = opened;
      const first = opened.series(m.value, { source: "first" });
      return {
        collect: () => {
          first.set(1);
          opened.series(m.value, { source: "second" }).set(2);
        },
      };
    });
    const { scheduler, commits, tick, failing, warnings } = await schedulerOf(growing);
    failing.resolve = true;
    for (let i = 0; i < 59; i++) tick();
    assert.deepEqual(commits.at(-1)?.values, [1]);
    assert.equal(scheduler.runs[0]?.state, "ok");
    assert.equal(context?.runtime.tick().samplesRefused, 59);
    assert.deepEqual(scheduler.absences.list(), [
      {
        collector: "growing",
        source: "series limit",
        metrics: ["test.value"],
        reason: "limit_reached",
        detail: "the store is full",
        fix: "Raise the limit.",
        sinceMs: 1_001_000,
      },
    ]);
    assert.equal(warnings.length, 1, "a line a minute");
    failing.resolve = false;
    tick();
    assert.deepEqual(commits.at(-1)?.values, [1, 2]);
    assert.deepEqual(scheduler.absences.list(), []);
  });
});
