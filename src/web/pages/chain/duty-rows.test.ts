import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { dutyRows } from "./duty-rows.ts";

test("stretches follow the values, what is not known is neither, and who misses most stands first", () => {
  // Wrong: a validator that misses is not seen, or one that nobody knows of looks well.
  const table = {
    labels: [{ validator: "10" }, { validator: "9" }, { validator: "8" }],
    timesMs: [0, 10, 20, 30],
    columns: [
      [1, 1, null, 1],
      [1, 0, 0, 1],
      [null, null, null, null],
    ],
  };
  assert.deepEqual(dutyRows(table, 40), [
    {
      labels: { validator: "9" },
      runs: [
        { fromMs: 0, toMs: 10, done: true },
        { fromMs: 10, toMs: 30, done: false },
        { fromMs: 30, toMs: 40, done: true },
      ],
      missedShare: 0.5,
    },
    {
      labels: { validator: "10" },
      runs: [
        { fromMs: 0, toMs: 20, done: true },
        { fromMs: 30, toMs: 40, done: true },
      ],
      missedShare: 0,
    },
  ]);
});

test("runs cover exactly the known time, without overlap", () => {
  // Wrong: a stretch is drawn over another one.
  fc.assert(
    fc.property(fc.array(fc.option(fc.constantFrom(0, 1)), { minLength: 1, maxLength: 50 }), (column) => {
      const timesMs = column.map((_, index) => index * 5);
      const [row] = dutyRows({ labels: [{}], timesMs, columns: [column] }, column.length * 5);
      const runs = row?.runs ?? [];
      const known = column.filter((value) => value !== null).length * 5;
      assert.equal(
        runs.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
        known,
      );
      for (const [index, run] of runs.entries()) {
        const next = runs[index + 1];
        assert.ok(run.toMs > run.fromMs);
        assert.ok(next === undefined || next.fromMs > run.toMs || (next.fromMs === run.toMs && next.done !== run.done));
      }
    }),
  );
});
