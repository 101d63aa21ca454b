import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tableFromGrid, type QueryTable } from "../../data/query-table.ts";
import { anyAwake, chartData, chooseLines } from "./lines.ts";

const grid = { fromMs: 1000, stepMs: 1000 };

function table(...columns: readonly (readonly (number | null)[])[]): QueryTable {
  return tableFromGrid(
    grid,
    columns.map((values, index) => ({ labels: { device: `d${index}` }, values })),
  );
}

const query = { expr: "x", legend: "{{device}}" };

test("up to eight series are drawn in the server's order", () => {
  // Wrong: colours change places whenever the chart is loaded again.
  const choice = chooseLines([query], [table([1, 2], [3, 4])], { stacked: false });
  assert.deepEqual(
    choice.lines.map((line) => line.name),
    ["d0", "d1"],
  );
  assert.equal(choice.hidden, 0);
});

test("beyond eight the largest stay, and the idle ones wait in the rest", () => {
  // Wrong: a chart of fifty disks hides the busy one behind idle ones.
  const many = table(...Array.from({ length: 12 }, (_, index) => [index < 2 ? 0 : index, index < 2 ? 0 : index]));
  const choice = chooseLines([query], [many], { stacked: false });
  assert.deepEqual(
    choice.lines.map((line) => line.name),
    ["d4", "d5", "d6", "d7", "d8", "d9", "d10", "d11"],
  );
  assert.equal(choice.hidden, 4);
  const oneBusy = table(...Array.from({ length: 12 }, (_, index) => [index === 3 ? 5 : 0]));
  assert.deepEqual(
    chooseLines([query], [oneBusy], { stacked: false }).lines.map((line) => line.name),
    ["d3"],
  );
});

test("a stack's height is the total, whatever is folded into the rest", () => {
  // Wrong: "memory in use" on the chart is less than what the machine uses.
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 20 }),
      (columns) => {
        const tables = [table(...columns)];
        const choice = chooseLines([query], tables, { stacked: true });
        assert.ok(choice.lines.length <= 8);
        const { drawn } = chartData(choice, tables, true);
        for (const row of [0, 1, 2]) {
          const total = columns.reduce((sum, column) => sum + (column[row] ?? 0), 0);
          assert.equal(drawn.at(-1)?.[row], total);
        }
      },
    ),
  );
});

test("gaps stay gaps, and mirrored series go down with their true value in the legend", () => {
  // Wrong: a second without a sample is drawn as a value; transmit shows as a negative rate.
  const tables = [table([1, null, 3]), table([5, 6, null])];
  const queries = [query, { ...query, mirrored: true }];
  const data = chartData(chooseLines(queries, tables, { stacked: false }), tables, false);
  assert.deepEqual(data.drawn, [
    [1, null, 3],
    [-5, -6, null],
  ]);
  assert.deepEqual(data.values, [
    [1, null, 3],
    [5, 6, null],
  ]);
  const stacked = [table([1, null, 3], [1, null, null])];
  assert.deepEqual(chartData(chooseLines([query], stacked, { stacked: true }), stacked, true).drawn, [
    [1, null, 3],
    [2, null, 3],
  ]);
});

test("queries that are a tick apart share one axis", () => {
  // Wrong: after a new panel scrolls in, its lines are shifted against the others.
  const late: QueryTable = { labels: [{ device: "late" }], timesMs: [2000, 3500], columns: [[7, 8]], positions: [] };
  const tables = [table([1, 2, 3]), late];
  const data = chartData(chooseLines([query, query], tables, { stacked: false }), tables, false);
  assert.deepEqual(data.timesMs, [1000, 2000, 3000, 3500]);
  assert.deepEqual(data.values, [
    [1, 2, 3, 3],
    [null, 7, 7, 8],
  ]);
});

test("an idle device is named instead of drawn until it wakes up", () => {
  // Wrong: the legend is full of devices nobody uses; or one of them starts to work and stays out of sight.
  const tables = [table([1, 2], [0, 0], [3, 0]), table([0, 0], [0, 0], [5, 5])];
  const queries = [query, { ...query, legend: "{{device}} sent", mirrored: true }];
  const choice = chooseLines(queries, tables, { stacked: false });
  assert.deepEqual(
    choice.lines.map((line) => [line.name, line.slot]),
    [
      ["d0", 0],
      ["d2", 2],
      ["d0 sent", 3],
      ["d2 sent", 5],
    ],
  );
  assert.deepEqual(
    choice.idle.map((line) => line.name),
    ["d1", "d1 sent"],
  );
  assert.equal(anyAwake(choice.idle, tables), false);
  assert.equal(anyAwake(choice.idle, [table([1, 2], [0, 7], [3, 0]), tables[1] ?? null]), true);
  const quiet = chooseLines([query], [table([0, 0], [0, 0])], { stacked: false });
  assert.equal(quiet.lines.length, 2);
});
