import assert from "node:assert/strict";
import { rmSync, utimesSync } from "node:fs";
import { describe, it } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { mountDisk } from "../faults/mounted-disk.test-support.ts";
import { keepLines, type LogLine } from "../log-lines.test-support.ts";
import { scratchDirectory } from "../scratch-directory.test-support.ts";
import { writeCursors } from "./notes.ts";
import { OutboxReader } from "./outbox-reader.ts";
import { OutboxOutlet } from "./outlet.ts";
import { listSegments } from "./segment-files.ts";

const noonMs = Date.UTC(2026, 10, 26, 12);
const hourMs = 3_600_000;
const limits = { maxBytes: 1e9, maxAgeMs: hourMs };

interface Scene extends Disposable {
  readonly outlet: OutboxOutlet;
  readonly clock: { wallMs: number; steadyMs: number };
  readonly lines: LogLine[];
  /** Upkeep, once it is due; returns how many files are left. */
  readonly maintain: () => number;
  readonly dropped: () => number;
}

/** Ten ticks in as many files, of which no destination has taken any. */
function openScene(): Scene {
  const dataDir = scratchDirectory("chainpulse-outlet-");
  const { logger, lines } = keepLines();
  const clock = { wallMs: noonMs, steadyMs: 0, nowMs: () => clock.wallMs, monotonicMs: () => clock.steadyMs };
  const outlet = new OutboxOutlet({ dataDir, node: "n", clock, logger, annotate: () => undefined, segmentBytes: 50 });
  outlet.reconfigure(limits);
  for (let i = 0; i < 10; i++) outlet.tick(noonMs + i, Uint32Array.of(1), Float64Array.of(Math.sqrt(i)), 1);
  for (const { path } of listSegments(dataDir)) utimesSync(path, noonMs / 1000, noonMs / 1000);
  writeCursors(dataDir, { done: new Map([["a", 0]]), damaged: new Set() });
  return {
    outlet,
    clock,
    lines,
    maintain() {
      clock.steadyMs += 6000;
      clock.wallMs += 6000;
      outlet.maintain(clock.wallMs);
      return listSegments(dataDir).length;
    },
    dropped: () => outlet.stats()?.losses.get("a")?.samples ?? 0,
    [Symbol.dispose]() {
      outlet.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

describe("an outbox that has no room to begin", () => {
  it("keeps no node from starting: what is measured is stored, what is received waits, and it begins once there is room", (context) => {
    // If this fails, a node that sends to a hub does not start on a full disk, and one without a hub does.
    using disk = mountDisk(1024 * 1024);
    if (disk === null) return context.skip("needs the right to mount a tmpfs");
    const { logger, lines } = keepLines();
    const outlet = new OutboxOutlet({ dataDir: disk.path, node: "n", clock: systemClock, logger, annotate: () => undefined });
    disk.fill();
    outlet.reconfigure(limits);
    const refs = Uint32Array.of(1);
    const values = Float64Array.of(5);
    for (let i = 0; i < 3; i++) outlet.tick(noonMs + i, refs, values, 1);
    assert.equal(lines.length, 1);
    const received = { count: 1, refs, timesMs: Float64Array.of(noonMs), values };
    assert.throws(() => outlet.received(received), { code: "STORE_FULL" });
    outlet.maintain(noonMs);
    assert.equal(outlet.stats(), null);
    disk.free();
    outlet.maintain(noonMs);
    outlet.tick(noonMs + 3, refs, values, 1);
    outlet.received(received);
    assert.equal(outlet.stats()?.unsent, 3);
    const reader = new OutboxReader({ dataDir: disk.path, logger, afterSeq: 0, onDamage: () => assert.fail("damaged") });
    assert.equal(reader.read(10).length, 2);
    reader.close();
    outlet.close();
  });
});

describe("what waits to be sent", () => {
  it("goes when it is too old, by both clocks", () => {
    // If this fails, a node that was cut off for a week floods its peer with what that refuses.
    using scene = openScene();
    scene.clock.wallMs += 2 * hourMs;
    scene.clock.steadyMs += 2 * hourMs;
    assert.deepEqual([scene.maintain(), scene.dropped()], [1, 9]);
  });

  it("stays when the wall clock alone says that it is too old, whatever is configured meanwhile; its size still counts", () => {
    // If this fails, one wrong answer of a time server deletes all that waits for a server that is away.
    using scene = openScene();
    scene.clock.wallMs += 3650 * 24 * hourMs;
    assert.deepEqual([scene.maintain(), scene.dropped()], [10, 0]);
    scene.outlet.reconfigure({ ...limits, maxAgeMs: 2 * hourMs });
    assert.deepEqual([scene.maintain(), scene.dropped()], [10, 0]);
    assert.equal(scene.lines.filter(({ message }) => message.includes("set forward")).length, 1);
    const { bytes = 0 } = scene.outlet.stats() ?? {};
    scene.outlet.reconfigure({ ...limits, maxBytes: bytes - 1 });
    assert.deepEqual([scene.maintain(), scene.dropped()], [9, 1]);
  });
});

it("an outbox whose limits change goes on in the file where it is", () => {
  // If this fails, what was stored just before is acknowledged without being on the disk, and a full disk ends forwarding at a reload.
  using scene = openScene();
  const before = scene.outlet.stats();
  scene.outlet.reconfigure({ ...limits, maxBytes: 1e6 });
  assert.deepEqual(scene.outlet.stats(), before);
});
