import assert from "node:assert/strict";
import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { keepLines } from "../log-lines.test-support.ts";
import { scratchDirectory } from "../scratch-directory.test-support.ts";
import { Outbox } from "./outbox.ts";
import { type OutboxDamage, OutboxReader } from "./outbox-reader.ts";
import { listSegments, type Segment, segmentAt, segmentFacts } from "./segment-files.ts";

const noonMs = Date.UTC(2026, 10, 26, 12);

interface Scene extends Disposable {
  readonly dataDir: string;
  readonly segments: readonly Segment[];
  readonly damage: OutboxDamage[];
  readonly reader: OutboxReader;
}

/** Six ticks in three files. */
function openScene(): Scene {
  const dataDir = scratchDirectory("chainpulse-reader-");
  const { logger } = keepLines();
  const clock = { nowMs: () => noonMs, monotonicMs: () => 0 };
  const limits = { maxBytes: 1e9, maxAgeMs: 1e9 };
  const outbox = new Outbox({
    dataDir,
    node: "n",
    clock,
    logger,
    ...limits,
    annotate: () => undefined,
    segmentBytes: 120,
  });
  for (let i = 0; i < 6; i++) outbox.appendTick(noonMs + i, Uint32Array.of(1), Float64Array.of(Math.sqrt(i + 2)), 1);
  outbox.close();
  const damage: OutboxDamage[] = [];
  const reader = new OutboxReader({ dataDir, logger, afterSeq: 0, onDamage: (one) => void damage.push(one) });
  return {
    dataDir,
    segments: listSegments(dataDir),
    damage,
    reader,
    [Symbol.dispose]() {
      reader.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

/** Times of the ticks that are left, from noon on. */
function rest({ reader }: Scene): number[] {
  const times: number[] = [];
  for (let batch = reader.read(1); batch.length > 0; batch = reader.read(1))
    times.push(...batch.map(({ samples }) => (samples.timesMs[0] ?? 0) - noonMs));
  return times;
}

test("what waits is told without a file that was dropped while one looked", () => {
  // If this fails, the data thread's tidying ends the forward thread now and then, and with it what all destinations were at.
  using scene = openScene();
  const [first] = scene.segments;
  assert.ok(first !== undefined);
  const { bytes } = scene.reader.backlog();
  // A link to nothing is what it looks like to whoever has listed the files just before.
  symlinkSync("gone", segmentAt(scene.dataDir, 1).path);
  assert.deepEqual(scene.reader.backlog(), { bytes, sinceMs: segmentFacts(first.path).fromMs, samplesRead: 0 });
});

test("a damaged file that is dropped while it is read is left without a word: who drops it has counted it", () => {
  // If this fails, sending to a destination ends for ever when a queue at its limit is damaged too.
  using scene = openScene();
  const [first, second] = scene.segments;
  assert.ok(first !== undefined && second !== undefined);
  const bytes = readFileSync(first.path);
  const last = bytes.length - 1;
  writeFileSync(first.path, bytes.with(last, (bytes[last] ?? 0) ^ 1));
  const [record] = scene.reader.read(1);
  assert.equal(record?.samples.timesMs[0], noonMs);
  // Set aside, as the data thread does with damaged ones.
  renameSync(first.path, `${first.path}.corrupt`);
  assert.deepEqual(rest(scene), [2, 3, 4, 5]);
  assert.deepEqual(scene.damage, []);
});

test("a damaged file that is there is told", () => {
  // If this fails, nobody learns of what a bad disk has cost.
  using scene = openScene();
  const [first] = scene.segments;
  assert.ok(first !== undefined);
  const bytes = readFileSync(first.path);
  writeFileSync(first.path, bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1));
  assert.deepEqual(rest(scene), [0, 2, 3, 4, 5]);
  assert.deepEqual(
    scene.damage.map(({ path, samples }) => ({ path, samples })),
    [{ path: first.path, samples: 1 }],
  );
});
