import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fieldTitle, fillLegend, tellApart } from "./labels.ts";

test("a legend's placeholders are filled, with text that stays text", () => {
  // Wrong: a legend shows braces, or another label's value.
  assert.equal(fillLegend("{{device}} read", { device: "sda" }), "sda read");
  assert.equal(fillLegend("{{ missing }}x", {}), "x");
  assert.equal(fillLegend("{{a}}", { a: "$& {{b}}", b: "no" }), "$& {{b}}");
});

test("series that nobody named are told apart by what differs", () => {
  // Wrong: eight legend entries begin with the same long label and are cut off before they differ.
  const io = { __name__: "io", node: "n", device: "sda" };
  assert.deepEqual(
    tellApart([
      { ...io, direction: "read" },
      { ...io, direction: "write" },
    ]),
    ["read", "write"],
  );
  assert.deepEqual(tellApart([io, { __name__: "io", node: "n" }]), ["sda", "no device"]);
  assert.deepEqual(tellApart([io]), ["device=sda"]);
  assert.deepEqual(tellApart([{ __name__: "up", node: "n" }]), ["up"]);
  assert.deepEqual(tellApart([{}]), ["value"]);
});

test("different label sets of one metric never get the same name", () => {
  // Wrong: two lines of one chart cannot be told apart in the legend.
  const value = fc.constantFrom("a", "b", "c");
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ x: value, y: value }), { minLength: 2, selector: ({ x, y }) => x + y }),
      (series) => {
        assert.equal(new Set(tellApart(series)).size, series.length);
      },
    ),
  );
});

test("field names become column titles without their unit", () => {
  // Wrong: a column is headed ioReadBytesPerSecond.
  assert.equal(fieldTitle("ioReadBytesPerSecond"), "IO read");
  assert.equal(fieldTitle("cpuPercent"), "CPU");
  assert.equal(fieldTitle("pid"), "PID");
  assert.equal(fieldTitle("openFiles"), "Open files");
  assert.equal(fieldTitle("syncLagBlocks"), "Sync lag");
  assert.equal(fieldTitle("p2pScore"), "P2P score");
});
