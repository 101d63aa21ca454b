import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arrange, filterRows } from "./arrange-rows.ts";

const row = (pid: string, name: string, cpuPercent: number | null) => ({ pid, name, cpuPercent });
const rows = [row("10", "geth", 5), row("9", "lighthouse", null), row("100", "reth", 50)];
const pids = (list: readonly { readonly pid?: unknown }[]) => list.map((one) => one.pid);

test("rows are sorted by figure, by text and by number in text, those without a value last", () => {
  // Wrong: the process that uses most is not on top, or pid 100 comes before 9.
  assert.deepEqual(pids(arrange(rows, { field: "cpuPercent", descending: true }, null)), ["100", "10", "9"]);
  assert.deepEqual(pids(arrange(rows, { field: "cpuPercent", descending: false }, null)), ["10", "100", "9"]);
  assert.deepEqual(pids(arrange(rows, { field: "pid", descending: false }, null)), ["9", "10", "100"]);
});

test("held rows stay where they were, new ones come after them", () => {
  // Wrong: the row jumps away under the pointer.
  assert.deepEqual(pids(arrange(rows, { field: "cpuPercent", descending: true }, ["9", "10"])), ["9", "10", "100"]);
});

test("every word of the filter must occur; a pid is meant whole", () => {
  // Wrong: a search for pid 10 shows pid 100.
  assert.deepEqual(pids(filterRows(rows, "ETH")), ["10", "100"]);
  assert.deepEqual(
    pids(
      filterRows(
        [
          { pid: "10", name: "a", cpuPercent: 1 },
          { pid: "100", name: "b", cpuPercent: 1 },
        ],
        "10",
      ),
    ),
    ["10"],
  );
  assert.deepEqual(filterRows(rows, "geth nothing"), []);
  assert.equal(filterRows(rows, "  "), rows);
});

test("whatever the order, no row is lost or doubled", () => {
  // Wrong: a process is missing from the table.
  const anyRow = fc.record({
    pid: fc.nat(50).map(String),
    name: fc.string(),
    cpuPercent: fc.option(fc.double({ noNaN: true })),
  });
  fc.assert(
    fc.property(fc.array(anyRow), fc.boolean(), fc.option(fc.array(fc.nat(50).map(String))), (list, descending, held) => {
      const arranged = arrange(list, { field: "cpuPercent", descending }, held);
      assert.deepEqual(new Set(arranged), new Set(list));
      assert.equal(arranged.length, list.length);
    }),
  );
});
