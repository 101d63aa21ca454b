import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { systemClock } from "../../core/clock.ts";
import { ChainPulseError } from "../../core/errors.ts";
import type { Labels } from "../../core/labels.ts";
import type { Logger } from "../../core/logger.ts";
import type { ReceivedSamples, SeriesRef } from "../../core/storage.ts";
import { connectCalls } from "../../io/rpc.ts";
import { ObservedBoard } from "../observed-board.ts";
import type { ReceiveApi } from "./api.ts";
import { type MemoryWriter, memoryWriter } from "./memory-writer.test-support.ts";
import { createPortSink, pieceSamplesMax } from "./port-sink.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import { serveIntake } from "./receive-service.ts";
import type { IntakeSink } from "./sink.ts";

const none = (): void => undefined;
const logger: Logger = { debug: none, info: none, warn: none, error: none, child: () => logger };

interface Lab extends Disposable {
  readonly writer: MemoryWriter;
  readonly sink: IntakeSink;
  readonly held: () => number;
  /** The intake thread has ended. */
  end(): void;
}

function openLab(): Lab {
  const writer = memoryWriter();
  const { port1, port2 } = new MessageChannel();
  const board = new ObservedBoard([], systemClock);
  serveIntake(port1, { writer, queue: new ReceiveQueue(writer, undefined, 0), board });
  let held = 0;
  const sink = createPortSink({
    data: connectCalls<ReceiveApi>(port2, { name: "data", timeoutMs: 10_000, givesArguments: true }),
    oldestAcceptedMs: () => 0,
    newestAcceptedMs: () => Infinity,
    onHeld: (series) => void (held = series),
    logger,
  });
  return { writer, sink, held: () => held, end: () => port2.close(), [Symbol.dispose]: () => port1.close() };
}

const series = (count: number): readonly Labels[] => Array.from({ length: count }, (_, i) => ({ __name__: "m", i: String(i) }));

function samplesOf(refs: readonly unknown[], timeMs: number): ReceivedSamples {
  const numbers = refs.map(Number);
  return {
    count: numbers.length,
    refs: Uint32Array.from(numbers),
    timesMs: new Float64Array(numbers.length).fill(timeMs),
    values: Float64Array.from(numbers),
  };
}

describe("the way from the intake to the store", () => {
  test("samples of many pieces are all stored, with few syncs", async () => {
    // What breaks: large batches lose samples, or each piece waits for the disk.
    using lab = openLab();
    const refs = await lab.sink.resolve(series(1000));
    const count = 5 * pieceSamplesMax + 7;
    const many = Array.from({ length: count }, (_, i) => refs[i % 1000]);
    await lab.sink.store({ ...samplesOf(many, 1), timesMs: Float64Array.from({ length: count }, (_, i) => i) });
    assert.ok(lab.writer.calls.receive <= 6, `${lab.writer.calls.receive} commits`);
    assert.equal(
      lab.writer.stored.values().reduce((sum, samples) => sum + samples.size, 0),
      count,
    );
    assert.ok(lab.writer.calls.sync <= 6, `${lab.writer.calls.sync} syncs`);
  });

  test("who asks at the same time is answered by one sync", async () => {
    // What breaks: two hundred agents wait for two hundred syncs of the disk, one after the other.
    using lab = openLab();
    const refs = await lab.sink.resolve(series(1));
    await Promise.all(Array.from({ length: 10 }, (_, i) => lab.sink.store(samplesOf(refs, i))));
    assert.deepEqual([...(lab.writer.stored.values().next().value?.keys() ?? [])].length, 10);
    assert.ok(lab.writer.calls.receive <= 2, `${lab.writer.calls.receive} commits`);
    assert.ok(lab.writer.calls.sync <= 2, `${lab.writer.calls.sync} syncs`);
  });

  test("nobody is told that samples are stored when the disk did not take them", async () => {
    // What breaks: senders forget samples that nobody has.
    using lab = openLab();
    const refs = await lab.sink.resolve(series(1));
    lab.writer.failure = new ChainPulseError("STORE_FULL", "the disk is full");
    await assert.rejects(lab.sink.store(samplesOf(refs, 1)), { code: "STORE_FULL" });
    lab.writer.failure = null;
    await lab.sink.store(samplesOf(refs, 2));
    assert.deepEqual([...(lab.writer.stored.values().next().value?.keys() ?? [])], [2]);
  });

  test("a sync that fails is told to all who wait for it", async () => {
    // What breaks: the same, with a disk that fails instead of one that is full.
    const failing = { receive: none, sync: none, synced: () => Promise.reject(new Error("no disk")) };
    const queue = new ReceiveQueue(failing, undefined, 0);
    const outcomes = await Promise.allSettled([queue.store(samplesOf([0], 1)), queue.store(samplesOf([0], 2))]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["rejected", "rejected"],
    );
  });

  test("a turn of the event loop comes between two groups, for ticks", async () => {
    // What breaks: under load from outside the node's own second is missed.
    const counts = { stored: 0 };
    const writer = { receive: () => void counts.stored++, sync: none, synced: () => Promise.resolve() };
    const queue = new ReceiveQueue(writer, undefined, 0);
    const large = Array.from({ length: 2 * pieceSamplesMax }, () => 0);
    const all = Promise.all(Array.from({ length: 20 }, (_, i) => queue.store(samplesOf(large, i))));
    const seen: number[] = [];
    while (counts.stored < 20) {
      await nextTurn();
      seen.push(counts.stored);
    }
    await all;
    assert.ok(
      seen.every((count, turn) => count - (seen[turn - 1] ?? 0) <= 1),
      seen.join(" "),
    );
  });

  test("what comes in waits while too much waits for upkeep, which then has the turns", async () => {
    // What breaks: under load from outside the backlog is sealed at once, for seconds in which no tick is taken.
    let stored = 0;
    let backlog = 4;
    const backlogs: number[] = [];
    const receive = (): void => void (stored++, backlogs.push(backlog));
    const work = (): void => void (backlog -= 1);
    const queue = new ReceiveQueue({ receive, sync: none, synced: async () => undefined }, { backlog: () => backlog, work }, 0);
    const large = Array.from({ length: 2 * pieceSamplesMax }, () => 0);
    await Promise.all([1, 2, 3].map((timeMs) => queue.store(samplesOf(large, timeMs))));
    assert.equal(stored, 3);
    assert.deepEqual(backlogs, [1, 1, 1]);
  });

  test("where upkeep fails, who has sent it is told", async () => {
    // What breaks: on a full disk nobody is answered.
    const work = (): void => {
      throw new ChainPulseError("STORE_FULL", "the disk is full");
    };
    const writer = { receive: none, sync: none, synced: () => Promise.resolve() };
    const queue = new ReceiveQueue(writer, { backlog: () => 3, work }, 0);
    await assert.rejects(queue.store(samplesOf([0], 1)), { code: "STORE_FULL" });
  });

  test("what comes while the disk is at work is stored together, and answered after a sync of its own", async () => {
    // What breaks: a hub with many agents spends its time on commits; or an answer comes before the disk has the samples.
    const log: string[] = [];
    const disk: (() => void)[] = [];
    const writer = {
      receive: ({ count, refs }: ReceivedSamples) => void log.push(`stored ${refs.subarray(0, count).join(" ")}`),
      sync: none,
      synced: () => new Promise<void>((resolve) => disk.push(resolve)),
    };
    const queue = new ReceiveQueue(writer, undefined, 0);
    const answered = (name: string) => (): void => void log.push(`answered ${name}`);
    const first = queue.store(samplesOf([1], 1)).then(answered("first"));
    for (let turn = 0; disk.length === 0 && turn < 1000; turn++) await nextTurn();
    const others = [queue.store(samplesOf([2], 1)).then(answered("second")), queue.store(samplesOf([3, 4], 1))];
    await nextTurn();
    disk.shift()?.();
    for (let turn = 0; disk.length === 0 && turn < 1000; turn++) await nextTurn();
    assert.deepEqual(log, ["stored 1", "answered first", "stored 2 3 4"]);
    disk.shift()?.();
    await Promise.all([first, ...others]);
    assert.equal(log.at(-1), "answered second");
  });

  test("what comes soon after something else waits for company, until it is a group's worth", async () => {
    // What breaks: each small request has a commit of its own, and the hub is busy with committing.
    const groups: number[] = [];
    const writer = {
      receive: ({ count }: ReceivedSamples) => void groups.push(count),
      sync: none,
      synced: () => Promise.resolve(),
    };
    const [patient, brisk] = [new ReceiveQueue(writer, undefined, 600_000), new ReceiveQueue(writer, undefined, 1)];
    await patient.store(samplesOf([1], 1));
    const waiting = [patient.store(samplesOf([2], 1))];
    await nextTurn();
    waiting.push(patient.store(samplesOf([3], 1)));
    await nextTurn();
    assert.deepEqual(groups, [1]);
    const full = patient.store(
      samplesOf(
        Array.from({ length: 2 * pieceSamplesMax }, () => 0),
        1,
      ),
    );
    await Promise.all(waiting);
    assert.deepEqual(groups, [1, 2]);
    patient.finish();
    await full;
    for (let i = 0; i < 3; i++) await brisk.store(samplesOf([i], 1));
    assert.deepEqual(groups, [1, 2, 2 * pieceSamplesMax, 1, 1, 1]);
    brisk.finish();
  });

  for (const [what, error] of [
    ["breaks the writer", new Error("nobody has resolved series 13")],
    ["has come to be too old", new ChainPulseError("UNAVAILABLE", "the files of its time have gone")],
  ] as const)
    test(`a request that ${what} fails alone`, async () => {
      // What breaks: one sender's bad samples are told to all who send at the same time.
      const stored: number[] = [];
      const receive = ({ refs, count }: ReceivedSamples): void => {
        if (refs.subarray(0, count).includes(13)) throw error;
        stored.push(...refs.subarray(0, count));
      };
      const queue = new ReceiveQueue({ receive, sync: none, synced: () => Promise.resolve() }, undefined, 0);
      const outcomes = await Promise.allSettled([12, 13, 14].map((ref) => queue.store(samplesOf([ref], 1))));
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      assert.deepEqual(stored, [12, 14]);
    });

  test("what waits is stored when the store is about to close", async () => {
    // What breaks: a stop loses what was received and not answered yet, and the sender waits in vain.
    const counts = { stored: 0 };
    const never = new Promise<void>(none);
    const queue = new ReceiveQueue({ receive: () => void counts.stored++, sync: none, synced: () => never }, undefined, 0);
    const first = queue.store(samplesOf([0], 1));
    for (let turn = 0; counts.stored === 0 && turn < 1000; turn++) await nextTurn();
    const second = queue.store(samplesOf([0], 2));
    queue.finish();
    await Promise.all([first, second]);
    assert.equal(counts.stored, 2);
  });

  test("a series is given up with its last hold, and all of them when the thread ends", async () => {
    // What breaks: series that nobody writes count against the limits for ever; or a collector loses its own.
    using lab = openLab();
    const [first, second] = await lab.sink.resolve([{ __name__: "a" }, { __name__: "b" }]);
    await lab.sink.resolve([{ __name__: "a" }]);
    assert.equal(lab.held(), 3);
    const releasedOnce: SeriesRef[] = [Number(first), Number(second)];
    lab.sink.release(releasedOnce);
    await lab.sink.resolve([]);
    await lab.sink.store(samplesOf([first], 1));
    assert.deepEqual(lab.writer.held, new Set(["a"]));
    lab.end();
    for (let turn = 0; lab.writer.held.size > 0 && turn < 1000; turn++) await nextTurn();
    assert.deepEqual(lab.writer.held, new Set());
  });

  test("labels that are too long are refused before they are passed on, the others keep their places", async () => {
    // What breaks: a request that names a long text a thousand times takes the memory of the thread that collects.
    using lab = openLab();
    const long = (i: number): Labels => ({ __name__: "m", i: String(i), text: "x".repeat(65_000) });
    const asked = [
      ...Array.from({ length: 40 }, (_, i) => long(i)),
      { ...long(0), more: "x".repeat(600) },
      { __name__: "short" },
    ];
    const found = await lab.sink.resolve(asked);
    assert.deepEqual(
      found.flatMap((one, place) => (typeof one === "number" ? [] : [[place, one.reason, one.refusal]])),
      [[40, "label_limit", "the labels of a series have more than 65536 characters together"]],
    );
    assert.equal(new Set(found).size, 42);
    assert.equal(lab.held(), 41);
    assert.equal(lab.writer.calls.resolve, 41);
  });

  test("a refused series has no number, the others do", async () => {
    // What breaks: one series too many keeps out all that come with it.
    using lab = openLab();
    lab.writer.maxSeries = 2;
    const found = await lab.sink.resolve(series(3));
    assert.deepEqual(found, [0, 1, { reason: "series_limit", refusal: "there are 2 series" }]);
    assert.equal(lab.held(), 2);
  });
});
