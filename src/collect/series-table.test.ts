import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ChainPulseError } from "../core/errors.ts";
import { defineMetrics } from "../core/metric.ts";
import { staleNaNBits } from "../core/storage.ts";
import { type Row, SeriesTable } from "./series-table.ts";

const m = defineMetrics({
  time: { name: "test.time", kind: "counter", unit: "s", help: "Time.", labels: { core: null } },
  size: { name: "test.size", kind: "gauge", unit: "By", help: "Size." },
});

function newTable(): { table: SeriesTable; names: string[]; released: number[] } {
  const names: string[] = [];
  const released: number[] = [];
  const resolve = (labels: Readonly<Record<string, string>>): number => names.push(JSON.stringify(labels)) - 1;
  return { table: new SeriesTable({ resolve, release: (ref) => void released.push(ref) }, "node-1"), names, released };
}

/** Ref → value, "stale" for the stale marker's very bits. */
function rowOf(row: Row): Record<number, number | "stale"> {
  const bits = new BigUint64Array(row.values.buffer);
  return Object.fromEntries(
    Array.from({ length: row.count }, (_, i) => [row.refs[i], bits[i] === staleNaNBits ? "stale" : row.values[i]]),
  );
}

describe("SeriesTable", () => {
  // If these fail, charts show values that nobody wrote, or go on after a process has ended.
  it("resolves labels once, in Prometheus spelling, with the node", () => {
    const { table, names } = newTable();
    const group = table.group("a");
    const first = table.handle(group, m.time, { core: "0" });
    assert.equal(table.handle(group, m.time, { core: "0" }), first);
    assert.deepEqual(names, ['{"__name__":"test_time_seconds_total","node":"node-1","core":"0"}']);
  });

  it("commits what was written, and only that", () => {
    const { table } = newTable();
    const group = table.group("a");
    const [a, b] = ["0", "1"].map((core) => table.handle(group, m.time, { core }));
    a?.set(1);
    b?.set(2);
    assert.deepEqual(rowOf(table.take()), { 0: 1, 1: 2 });
    assert.equal(table.take().count, 0);
  });

  it("marks a series stale once when its collector ran without writing it", () => {
    const { table } = newTable();
    const group = table.group("a");
    const handle = table.handle(group, m.size, {});
    handle.set(1);
    table.take();
    assert.equal(table.take().count, 0, "a collector that did not run ends nothing");
    group.ran = true;
    assert.deepEqual(rowOf(table.take()), { 0: "stale" });
    assert.equal(table.take().count, 0);
    handle.set(2);
    assert.deepEqual(rowOf(table.take()), { 0: 2 });
  });

  it("marks a released series stale, and forgets it once the marker is committed", () => {
    const { table, released } = newTable();
    const handle = table.handle(table.group("a"), m.size, {});
    handle.set(1);
    handle.release();
    assert.deepEqual(rowOf(table.take()), { 0: 1 });
    assert.deepEqual(rowOf(table.take()), { 0: "stale" });
    assert.deepEqual(released, [], "the store still has to commit the marker");
    assert.equal(table.take().count, 0);
    assert.deepEqual(released, [0]);
    assert.equal(table.size, 0);
  });

  it("ends all series that are alive", () => {
    const { table } = newTable();
    const group = table.group("a");
    for (const core of ["0", "1"]) table.handle(group, m.time, { core }).set(1);
    table.take();
    table.end();
    assert.deepEqual(rowOf(table.take()), { 0: "stale", 1: "stale" });
    assert.equal(group.size, 0);
  });

  it("refuses two collectors that write the same series", () => {
    const { table } = newTable();
    table.handle(table.group("a"), m.size, {});
    assert.throws(() => table.handle(table.group("b"), m.size, {}), /belongs to a/);
  });

  it("drops what the store refuses, counts it, and tries again after a while", () => {
    const full = { is: true };
    const released: number[] = [];
    let refs = 0;
    const table = new SeriesTable(
      {
        resolve: (labels) => {
          if (full.is && labels["core"] !== undefined) throw new ChainPulseError("SERIES_LIMIT", "full");
          return refs++;
        },
        release: (ref) => void released.push(ref),
      },
      "node-1",
    );
    const group = table.group("a");
    const size = table.handle(group, m.size, {});
    const [first, second] = ["0", "1"].map((core) => table.handle(group, m.time, { core }));
    const write = (): void => {
      for (const handle of [size, first, second]) handle?.set(1);
      group.ran = true;
    };
    write();
    assert.deepEqual(rowOf(table.take()), { 0: 1 }, "the other series of the collector goes on");
    assert.equal(table.samplesRefused, 2);
    assert.deepEqual([...table.refusedMetrics], [["a", [m.time]]]);
    assert.equal(table.refusal?.message, "full");
    full.is = false;
    second?.release();
    for (let row = 1; row < 60; row++) {
      write();
      table.take();
    }
    assert.deepEqual([...table.refusedMetrics], []);
    assert.deepEqual(released, [], "what never had a number is not released");
    write();
    assert.deepEqual(rowOf(table.take()), { 0: 1, 1: 1, 2: 1 });
  });

  it("fails on every other error", () => {
    const table = new SeriesTable(
      {
        resolve: () => {
          throw new ChainPulseError("STORE_UNUSABLE", "broken");
        },
        release: () => undefined,
      },
      "node-1",
    );
    assert.throws(() => table.handle(table.group("a"), m.size, {}), { code: "STORE_UNUSABLE" });
  });

  it("grows beyond its first thousand series", () => {
    const { table } = newTable();
    const group = table.group("a");
    for (let i = 0; i < 3000; i++) table.handle(group, m.time, { core: String(i) }).set(i);
    const row = table.take();
    assert.equal(row.count, 3000);
    assert.equal(row.values[2999], 2999);
  });
});
