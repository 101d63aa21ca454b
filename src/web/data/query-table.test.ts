import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { appendTick, applyShape, keepTicks, tableFromGrid } from "./query-table.ts";

const limits = { oldestMs: 0, gapMs: 2500 };

test("ticks are put into their series' column by position", () => {
  // Wrong: after a disk was plugged in, its values are drawn on another disk's line.
  const table = tableFromGrid({ fromMs: 1000, stepMs: 1000 }, [{ labels: { d: "a" }, values: [1, 2] }]);
  assert.equal(applyShape(table, [{ d: "b" }, { d: "a" }]), true);
  appendTick(table, { timeMs: 3000, values: [9, 3] }, limits);
  assert.deepEqual(table.labels, [{ d: "a" }, { d: "b" }]);
  assert.deepEqual(table.columns, [
    [1, 2, 3],
    [null, null, 9],
  ]);
});

test("a series that has ended stays while the window still shows it, then goes", () => {
  // Wrong: a stopped process vanishes from the past, or fills the legend for ever.
  const table = tableFromGrid({ fromMs: 1000, stepMs: 1000 }, [{ labels: { d: "a" }, values: [1, 2] }]);
  applyShape(table, [{ d: "b" }]);
  appendTick(table, { timeMs: 3000, values: [5] }, limits);
  assert.deepEqual(table.columns, [
    [1, 2, null],
    [null, null, 5],
  ]);
  appendTick(table, { timeMs: 4000, values: [6] }, { ...limits, oldestMs: 3500 });
  assert.equal(applyShape(table, [{ d: "b" }]), true);
  assert.deepEqual(table.labels, [{ d: "b" }]);
  assert.deepEqual(table.columns, [[5, 6]]);
});

test("missing ticks become a gap, a late one is ignored, one of the same time replaces", () => {
  // Wrong: a chart draws a straight line over the minute in which nothing was measured, or keeps a value read before its tick was written.
  const table = tableFromGrid({ fromMs: 1000, stepMs: 1000 }, [{ labels: {}, values: [1] }]);
  applyShape(table, [{}]);
  appendTick(table, { timeMs: 10_000, values: [2] }, limits);
  appendTick(table, { timeMs: 10_000, values: [3] }, limits);
  appendTick(table, { timeMs: 9000, values: [4] }, limits);
  assert.deepEqual(table.timesMs, [1000, 1001, 10_000]);
  assert.deepEqual(table.columns, [[1, null, 3]]);
});

test("ticks that came while history was on its way are kept, and nothing else of the table before", () => {
  // Wrong: the newest points vanish with each answer; or those of a window that was left behind stay.
  const before = tableFromGrid({ fromMs: 1000, stepMs: 1000 }, [{ labels: { d: "a" }, values: [9, 9] }]);
  applyShape(before, [{ d: "b" }, { d: "a" }]);
  appendTick(before, { timeMs: 3000, values: [5, 3] }, limits);
  appendTick(before, { timeMs: 4000, values: [6, 4] }, limits);
  const table = tableFromGrid({ fromMs: 1000, stepMs: 1000 }, [{ labels: { d: "a" }, values: [1, 2] }]);
  keepTicks(table, before, { afterMs: 2000, toMs: 3000, gapMs: 2500 });
  assert.deepEqual(table.labels, [{ d: "a" }, { d: "b" }]);
  assert.deepEqual(table.timesMs, [1000, 2000, 3000]);
  assert.deepEqual(table.columns, [
    [1, 2, 3],
    [null, null, 5],
  ]);
});

test("whatever the ticks, times ascend, columns are as long as them, and the window bounds them", () => {
  // Wrong: the page grows without end, or uPlot draws garbage.
  fc.assert(
    fc.property(
      fc.array(fc.record({ gap: fc.integer({ min: 0, max: 5000 }), names: fc.uniqueArray(fc.constantFrom("a", "b", "c")) }), {
        maxLength: 60,
      }),
      (ticks) => {
        const table = tableFromGrid({ fromMs: 0, stepMs: 1000 }, []);
        let timeMs = 0;
        for (const { gap, names } of ticks) {
          timeMs += gap;
          applyShape(
            table,
            names.map((d) => ({ d })),
          );
          appendTick(table, { timeMs, values: names.map(() => 1) }, { oldestMs: timeMs - 10_000, gapMs: 2500 });
        }
        assert.ok(table.timesMs.every((time, index) => index === 0 || time > (table.timesMs[index - 1] ?? 0)));
        assert.ok(table.columns.every((column) => column.length === table.timesMs.length));
        assert.ok(table.timesMs.filter((time) => time < timeMs - 10_000).length <= 1);
      },
    ),
  );
});
