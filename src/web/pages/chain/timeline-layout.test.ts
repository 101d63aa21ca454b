import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { blockOf, type Block } from "../../data/block.ts";
import { blockAt, layOut } from "./timeline-layout.ts";

const blockAtTime = (timeMs: number, number: number): Block =>
  blockOf({
    node: "n",
    kind: "chain.block",
    subject: "c",
    key: String(number),
    timeMs,
    fields: { number, timestampMs: timeMs },
  });

test("regular blocks stand at equal distances, the newest at the right edge", () => {
  // Wrong: the rhythm of a chain cannot be seen.
  const { blocks, barWidth, pauses } = layOut(
    [3, 1, 2, 0].map((slot) => blockAtTime(slot * 12_000, slot)),
    400,
  );
  assert.deepEqual(
    blocks.map(({ block }) => block.number),
    [0, 1, 2, 3],
  );
  const [first = 0, second = 0, third = 0, last = 0] = blocks.map(({ left }) => left);
  assert.ok(Math.abs(second - first - (third - second)) < 1e-9 && Math.abs(last - third - (third - second)) < 1e-9);
  assert.equal(first, 0);
  assert.ok(last + barWidth <= 400 && last + barWidth > 380);
  assert.deepEqual(pauses, []);
});

test("a missed slot is a gap; a long pause is cut, and says how long it was", () => {
  // Wrong: after an hour's rest all blocks are one line at the edge.
  const times = [0, 1, 2, 4, 5, 3605, 3606, 3607].map((second, index) => blockAtTime(second * 1000, index));
  const { blocks, pauses } = layOut(times, 600);
  const lefts = blocks.map(({ left }) => left);
  const gap = (index: number): number => (lefts[index] ?? 0) - (lefts[index - 1] ?? 0);
  assert.ok(gap(3) > 1.8 * gap(1));
  assert.ok(gap(5) < 7 * gap(1));
  assert.deepEqual(
    pauses.map(({ spanMs }) => spanMs),
    [3_600_000],
  );
});

test("whatever the times, blocks keep their order, do not touch, and stay on the picture", () => {
  // Wrong: a block hides another one, or lies outside.
  const anyTimes = fc.array(fc.oneof(fc.nat(10), fc.nat(100_000_000)), { minLength: 1, maxLength: 80 });
  fc.assert(
    fc.property(anyTimes, fc.integer({ min: 200, max: 2000 }), (times, width) => {
      const layout = layOut(
        times.map((timeMs, index) => blockAtTime(timeMs, index)),
        width,
      );
      assert.equal(layout.blocks.length, times.length);
      assert.ok(layout.barWidth > 0);
      for (const [index, { block, left }] of layout.blocks.entries()) {
        assert.ok(left >= -1e-6 && left + layout.barWidth <= width + 1e-6, `${left} of ${width}`);
        const next = layout.blocks[index + 1];
        assert.ok(next === undefined || (next.left >= left + layout.barWidth && next.block.timeMs >= block.timeMs));
        assert.equal(blockAt(layout, left + layout.barWidth / 2), index);
      }
    }),
  );
});

test("without blocks there is nothing, and nothing to point at", () => {
  // Wrong: the page of a client that has just been found throws.
  const layout = layOut([], 400);
  assert.deepEqual(layout.blocks, []);
  assert.equal(blockAt(layout, 10), -1);
});
