import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Accounted, unseenChildTicks } from "./cpu-accounting.ts";

function process(pid: number, parentPid: number, ownTicks: number, childrenTicks = 0, childrenDelta = 0): Accounted {
  return { pid, parentPid, ownTicks, childrenTicks, childrenDelta };
}

test("a child that no look saw counts in full for its parent", () => {
  // Builds and cron jobs, which start thousands of short programs, would use no CPU if this fails.
  const parent = process(10, 1, 0, 30, 30);
  assert.deepEqual([...unseenChildTicks([parent], [])], [[parent, 30]]);
});

test("what was seen of an ended child is not counted again", () => {
  // CPU time would be counted twice if this fails.
  const parent = process(10, 1, 0, 30, 30);
  assert.deepEqual([...unseenChildTicks([parent], [process(11, 10, 25)])], [[parent, 5]]);
});

test("a chain of ended processes is followed to the living ancestor", () => {
  // A shell in a shell would count its programs twice if this fails.
  const parent = process(10, 1, 0, 100, 100);
  const ended = [process(11, 10, 20, 30), process(12, 11, 40)];
  // 100 − (20 + 30) − 40
  assert.deepEqual([...unseenChildTicks([parent], ended)], [[parent, 10]]);
});

test("a parent that does not wait for its children gets nothing, and loses nothing", () => {
  // Groups would count backwards if this fails.
  assert.equal(unseenChildTicks([process(10, 1, 5)], [process(11, 10, 25)]).size, 0);
  assert.equal(unseenChildTicks([process(10, 1, 5, 10, 10)], [process(11, 10, 25)]).size, 0);
});

test("whatever the family, the result is finite, positive and at most what the kernel added", () => {
  // A circle of recycled process numbers would hang the tick if this fails.
  const processes = fc.array(
    fc.record({
      pid: fc.nat(8),
      parentPid: fc.nat(8),
      ownTicks: fc.nat(100),
      childrenTicks: fc.nat(100),
      childrenDelta: fc.integer({ min: -10, max: 100 }),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(processes, processes, (living, ended) => {
      for (const [parent, ticks] of unseenChildTicks(living, ended)) assert.ok(ticks > 0 && ticks <= parent.childrenDelta);
    }),
  );
});
