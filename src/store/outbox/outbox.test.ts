import assert from "node:assert/strict";
import { readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { Annotation } from "../../core/annotation.ts";
import type { Clock } from "../../core/clock.ts";
import type { ReceivedSamples } from "../../core/storage.ts";
import { keepLines } from "../log-lines.test-support.ts";
import { readLosses, writeCursors } from "./notes.ts";
import { Outbox, type OutboxOptions } from "./outbox.ts";
import { type OutboxDamage, OutboxReader } from "./outbox-reader.ts";
import type { OutboxRecord } from "./outbox-record.ts";
import { listSegments, segmentAt } from "./segment-files.ts";
import { scratchDirectory } from "../scratch-directory.test-support.ts";

const noonMs = Date.UTC(2026, 10, 26, 12);

interface Lab extends Disposable {
  readonly dataDir: string;
  readonly annotations: Annotation[];
  readonly damage: OutboxDamage[];
  readonly clock: Clock & { steadyMs: number };
  outbox(options?: Partial<OutboxOptions>): Outbox;
  reader(afterSeq?: number): OutboxReader;
}

function lab(): Lab {
  const dataDir = scratchDirectory("chainpulse-outbox-");
  const { logger } = keepLines();
  const clock = { steadyMs: 0, nowMs: () => noonMs, monotonicMs: () => clock.steadyMs };
  const annotations: Annotation[] = [];
  const damage: OutboxDamage[] = [];
  const opened: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(one: T): T => {
    opened.push(one);
    return one;
  };
  return {
    dataDir,
    annotations,
    damage,
    clock,
    outbox: (options) =>
      new Outbox({
        dataDir,
        node: "n",
        clock,
        logger,
        maxBytes: 1e9,
        maxAgeMs: 1e9,
        annotate: (annotation) => void annotations.push(annotation),
        ...options,
      }),
    reader: (afterSeq = 0) => keep(new OutboxReader({ dataDir, logger, afterSeq, onDamage: (one) => void damage.push(one) })),
    [Symbol.dispose]() {
      for (const one of opened) one.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** What was put in, in the words of a record: bits, because NaNs have payloads. */
function plain({ count, refs, timesMs, values, histograms = [] }: ReceivedSamples): unknown {
  return {
    refs: [...refs.subarray(0, count)],
    timesMs: [...timesMs.subarray(0, count)],
    bits: [...new BigUint64Array(values.slice(0, count).buffer)],
    histograms,
  };
}

function tick(timestampMs: number, refs: readonly number[], bits: readonly bigint[]): ReceivedSamples {
  const values = new Float64Array(new BigUint64Array(bits).buffer);
  return { count: refs.length, refs: Uint32Array.from(refs), timesMs: new Float64Array(refs.length).fill(timestampMs), values };
}

function readAll(reader: OutboxReader, maxSamples = 1e6): readonly OutboxRecord[] {
  const records: OutboxRecord[] = [];
  for (let batch = reader.read(maxSamples); batch.length > 0; batch = reader.read(maxSamples)) records.push(...batch);
  return records;
}

const bits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const asPlain = { noNullPrototype: true } as const;
const histogram = fc.record(
  {
    counterReset: fc.constantFrom("unknown" as const, "reset" as const, "not_reset" as const, "gauge" as const),
    schema: fc.integer({ min: -53, max: 8 }),
    zeroThreshold: fc.double({ noNaN: true }),
    zeroCount: fc.double({ noNaN: true }),
    count: fc.double({ noNaN: true }),
    sum: fc.double(),
    positiveSpans: fc.array(fc.record({ offset: fc.integer(), length: fc.nat(9) }, asPlain), { maxLength: 3 }),
    positiveBuckets: fc.array(fc.double({ noNaN: true }), { maxLength: 5 }),
    negativeSpans: fc.array(fc.record({ offset: fc.integer(), length: fc.nat(9) }, asPlain), { maxLength: 3 }),
    negativeBuckets: fc.array(fc.double({ noNaN: true }), { maxLength: 5 }),
    customValues: fc.array(fc.double({ noNaN: true }), { maxLength: 3 }),
  },
  asPlain,
);
const received = fc
  .record({
    rows: fc.array(fc.tuple(fc.nat(2 ** 32 - 1), fc.integer({ min: 0, max: 2 ** 45 }), bits), { maxLength: 60 }),
    histograms: fc.array(fc.record({ ref: fc.nat(99), timeMs: fc.nat(), histogram }, asPlain), { maxLength: 2 }),
  })
  .map(({ rows, histograms }): ReceivedSamples => ({
    count: rows.length,
    refs: Uint32Array.from(rows, ([ref]) => ref),
    timesMs: Float64Array.from(rows, ([, timeMs]) => timeMs),
    values: new Float64Array(BigUint64Array.from(rows, ([, , value]) => value).buffer),
    ...(histograms.length === 0 ? {} : { histograms }),
  }));
const action = fc.oneof(
  // Few series, so that layouts come again, and values that often stay as they were.
  fc
    .record({
      refs: fc.uniqueArray(fc.nat(12), { minLength: 1 }),
      seed: fc.constantFrom(0n, 1n, 0x7ff0000000000002n),
      noise: bits,
    })
    .map(({ refs, seed, noise }) => ({ kind: "tick" as const, refs, bits: refs.map((ref) => (ref % 3 === 0 ? noise : seed)) })),
  received.map((samples) => ({ kind: "received" as const, samples })),
  fc.constant({ kind: "reopen" as const }),
  fc.constant({ kind: "read" as const }),
);

test("what comes out is what was put in, whatever lies between: new files, restarts, a reader that is faster", () => {
  // If this fails, a peer gets other samples than are stored here, or not all of them.
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40 }), fc.integer({ min: 200, max: 5000 }), (actions, segmentBytes) => {
      using world = lab();
      let outbox = world.outbox({ segmentBytes });
      const [early, late] = [world.reader(), world.reader()];
      const put: unknown[] = [];
      const taken: OutboxRecord[] = [];
      let timeMs = noonMs;
      for (const one of actions) {
        if (one.kind === "tick") {
          const samples = tick(++timeMs, one.refs, one.bits);
          outbox.appendTick(timeMs, samples.refs, samples.values, samples.count);
          put.push(plain(samples));
        } else if (one.kind === "received") {
          outbox.appendReceived(one.samples);
          put.push(plain(one.samples));
        } else if (one.kind === "read") {
          taken.push(...early.read(50));
        } else {
          outbox.close();
          outbox = world.outbox({ segmentBytes });
        }
      }
      taken.push(...readAll(early, 50));
      for (const records of [taken, readAll(late)]) {
        assert.deepEqual(
          records.map(({ samples }) => plain(samples)),
          put,
        );
        assert.ok(records.every(({ seq }, i) => i === 0 || seq > (records[i - 1]?.seq ?? Infinity)));
      }
      // Whoever begins behind a record gets those after it.
      const middle = taken[Math.floor(taken.length / 2)];
      if (middle !== undefined) {
        const rest = readAll(world.reader(middle.seq));
        assert.deepEqual(
          rest.map(({ seq }) => seq),
          taken.map(({ seq }) => seq).filter((seq) => seq > middle.seq),
        );
      }
      assert.equal(outbox.stats().samples, late.backlog().samplesRead);
      outbox.close();
    }),
    { numRuns: 60 },
  );
});

test("a batch has as many samples as were asked for, and one record at least", () => {
  // If this fails, a peer with a limit per request refuses what it is sent, or a large record blocks the queue for ever.
  using world = lab();
  const outbox = world.outbox();
  for (let i = 0; i < 5; i++) outbox.appendTick(noonMs + i, Uint32Array.of(1, 2, 3), Float64Array.of(i, i, i), 3);
  const reader = world.reader();
  assert.deepEqual(
    [7, 1, 3, 100, 100].map((max) => reader.read(max).length),
    [2, 1, 1, 1, 0],
  );
  outbox.close();
});

test("a kill in the middle of a record loses that record alone, at whichever byte it was", () => {
  // If this fails, a killed node sends garbage afterwards, or nothing any more.
  using world = lab();
  const first = world.outbox();
  first.appendTick(noonMs, Uint32Array.of(1, 2), Float64Array.of(1, 2), 2);
  const whole = first.stats().bytes;
  first.appendTick(noonMs + 1, Uint32Array.of(1, 2), Float64Array.of(3, 4), 2);
  const { bytes } = first.stats();
  first.close();
  const [segment] = listSegments(world.dataDir);
  assert.ok(segment !== undefined);
  for (let size = bytes - 1; size >= whole; size--) {
    truncateSync(segment.path, size);
    const again = world.outbox();
    again.appendTick(noonMs + 2, Uint32Array.of(1, 2), Float64Array.of(5, 6), 2);
    again.close();
    const times = readAll(world.reader()).map(({ samples }) => samples.timesMs[0]);
    assert.deepEqual(times, [noonMs, ...Array.from({ length: bytes - size }, () => noonMs + 2)]);
  }
});

test("a flipped bit anywhere costs its file at most, is noticed, and what follows is sent", () => {
  // If this fails, a bad disk makes a node send wrong values, or stop sending.
  using world = lab();
  const outbox = world.outbox({ segmentBytes: 300 });
  for (let i = 0; i < 8; i++) outbox.appendTick(noonMs + i, Uint32Array.of(1, 2), Float64Array.of(Math.sqrt(i), i), 2);
  outbox.close();
  const [first, second] = listSegments(world.dataDir);
  assert.ok(first !== undefined && second !== undefined);
  const sound = readAll(world.reader());
  const inFirst = sound.filter(({ seq }) => seq < second.firstSeq);
  const bytes = readFileSync(first.path);
  for (let at = 0; at < bytes.length; at++) {
    // What the head says of times and sums is for people, and is not checked.
    if (at >= 8 && at < 24) continue;
    world.damage.length = 0;
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(first.path, flipped);
    const read = readAll(world.reader());
    const lost: number = inFirst.length + sound.filter(({ seq }) => seq >= second.firstSeq).length - read.length;
    assert.ok(lost > 0 && lost <= inFirst.length, `byte ${at}`);
    assert.deepEqual(
      read.map(({ samples }) => plain(samples)),
      sound.toSpliced(inFirst.length - lost, lost).map(({ samples }) => plain(samples)),
    );
    assert.equal(world.damage.length, 1, `byte ${at}`);
  }
});

test("beyond its size the oldest files go; what each destination loses is counted to the sample, and marked", () => {
  // If this fails, an outage fills the disk, or nobody learns what is missing at the other side.
  using world = lab();
  const outbox = world.outbox({ segmentBytes: 200, maxBytes: 700 });
  const append = (i: number): void =>
    outbox.appendTick(noonMs + i, Uint32Array.of(1, 2, 3), Float64Array.of(Math.sqrt(i), Math.cbrt(i), i), 3);
  for (let i = 0; i < 30; i++) append(i);
  const all = readAll(world.reader());
  const sent = all[2]?.seq ?? 0;
  writeCursors(world.dataDir, {
    done: new Map([
      ["a", 0],
      ["b", sent],
    ]),
    damaged: new Set(),
  });
  outbox.maintain(noonMs);
  const left = readAll(world.reader());
  assert.ok(left.length > 0 && left.length < 30);
  assert.ok(outbox.stats().bytes <= 700 + 200);
  const dropped = 3 * (30 - left.length);
  assert.equal(outbox.stats().losses.get("a")?.samples, dropped);
  assert.equal(outbox.stats().losses.get("b")?.samples, dropped - 9);
  assert.ok(world.annotations.length > 0 && world.annotations.every(({ kind }) => kind === "gap"));
  outbox.close();
  assert.equal(readLosses(world.dataDir).get("a")?.samples, dropped);
});

test("what all destinations are done with goes, what one of them still needs stays", () => {
  // If this fails, a queue grows although everything was sent, or a slow destination loses what was not sent to it.
  using world = lab();
  const outbox = world.outbox({ segmentBytes: 100 });
  for (let i = 0; i < 10; i++) outbox.appendTick(noonMs + i, Uint32Array.of(1, 2), Float64Array.of(Math.sqrt(i), i), 2);
  const all = readAll(world.reader());
  writeCursors(world.dataDir, {
    done: new Map([
      ["a", all[9]?.seq ?? 0],
      ["b", all[4]?.seq ?? 0],
    ]),
    damaged: new Set(),
  });
  outbox.maintain(noonMs);
  const left = readAll(world.reader());
  assert.deepEqual(
    left.slice(-5).map(({ seq }) => seq),
    all.slice(5).map(({ seq }) => seq),
  );
  assert.ok(left.length < 10);
  assert.deepEqual(world.annotations, []);
  outbox.close();
});

test("what is too old goes, and a damaged file is set aside instead", () => {
  // If this fails, a node that comes back after a week floods its peer with what that refuses; or the evidence of damage is deleted.
  using world = lab();
  const outbox = world.outbox({ segmentBytes: 100, maxAgeMs: 60_000 });
  for (let i = 0; i < 4; i++) outbox.appendTick(noonMs + i, Uint32Array.of(1, 2), Float64Array.of(Math.sqrt(i), i), 2);
  const [first, second] = listSegments(world.dataDir);
  assert.ok(first !== undefined && second !== undefined);
  for (const { path } of listSegments(world.dataDir)) utimesSync(path, noonMs / 1000, noonMs / 1000);
  utimesSync(first.path, noonMs / 1000 - 61, noonMs / 1000 - 61);
  writeCursors(world.dataDir, { done: new Map([["a", 0]]), damaged: new Set([basename(first.path)]) });
  outbox.maintain(noonMs);
  assert.equal(listSegments(world.dataDir)[0]?.firstSeq, second.firstSeq);
  assert.ok(statSync(`${first.path}.corrupt`).size > 0);
  outbox.close();
});

test("a reader does not send what was dropped under it, and no number is used twice", () => {
  // If this fails, samples are counted as lost and sent too; or a peer takes new samples for ones that it has.
  using world = lab();
  const outbox = world.outbox({ segmentBytes: 100 });
  for (let i = 0; i < 6; i++) outbox.appendTick(noonMs + i, Uint32Array.of(1, 2), Float64Array.of(Math.sqrt(i), i), 2);
  const reader = world.reader();
  const [record] = reader.read(1);
  const [first] = listSegments(world.dataDir);
  assert.ok(record !== undefined && first !== undefined);
  rmSync(first.path);
  const rest = readAll(reader);
  assert.ok(rest.every(({ seq }) => seq >= reader.oldestSeq));
  outbox.close();
  // As after a power loss: the newest records are gone, but one has been acknowledged.
  const last = rest.at(-1)?.seq ?? 0;
  for (const { path } of listSegments(world.dataDir)) rmSync(path);
  writeCursors(world.dataDir, { done: new Map([["a", last]]), damaged: new Set() });
  const again = world.outbox();
  again.appendTick(noonMs + 99, Uint32Array.of(1), Float64Array.of(1), 1);
  assert.ok((readAll(world.reader(last))[0]?.seq ?? 0) > last);
  assert.equal(segmentAt(world.dataDir, 1).firstSeq, 1);
  again.close();
});
