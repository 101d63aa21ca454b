import assert from "node:assert/strict";
import { test } from "node:test";
import { criticalPath } from "../../core/trace/critical-path.ts";
import { columnsOfRows, type SpanRow } from "../../core/trace/span-columns-of.test-support.ts";
import { drawTree } from "./draw-tree.ts";

const look = { width: 60, colour: false };

function drawn(rows: readonly Partial<SpanRow>[], width = look.width): readonly string[] {
  const columns = columnsOfRows(
    rows.map((row, index) => ({
      spanId: String(index + 1).padStart(16, "0"),
      parentSpanId: "",
      startNs: 0n,
      endNs: 0n,
      isFailed: false,
      service: "shop",
      name: `span ${index + 1}`,
      node: "web",
      ...row,
    })),
  );
  return drawTree(columns, criticalPath(columns), { ...look, width })
    .replaceAll("\u00a0", " ")
    .split("\n");
}

const id = (number: number): string => String(number).padStart(16, "0");

test("children stand below their parent with their time, and the critical path is marked", () => {
  // Wrong: one reads in the terminal that another call was slow than the one that was.
  const lines = drawn([
    { name: "pay", startNs: 0n, endNs: 100_000_000n },
    { name: "stock", parentSpanId: id(1), startNs: 10_000_000n, endNs: 40_000_000n, isFailed: true },
    { name: "charge", parentSpanId: id(1), startNs: 10_000_000n, endNs: 90_000_000n, service: "bank", node: "pay-1" },
    { name: "sql", parentSpanId: id(3), startNs: 20_000_000n, endNs: 80_000_000n, service: "bank", node: "pay-1" },
  ]);
  assert.deepEqual(lines, [
    "pay · shop on web                  100 ms  ██░░░░░░░░░░░░░██",
    "├ stock ×                           30 ms   ░░░░░░",
    "└ charge · bank on pay-1            80 ms   ░█░░░░░░░░░░░█░",
    "  └ sql                             60 ms     ███████████",
    "",
    "█ on the critical path  ░ elsewhere  × failed",
    "",
  ]);
});

test("what came from elsewhere neither breaks a line nor steers the terminal", () => {
  // Wrong: a name of a span clears the operator's screen, or a circle of parents hangs the command.
  const lines = drawn([
    { name: "\u001b[2J\n", endNs: 1_000_000n, parentSpanId: id(2) },
    { name: "x".repeat(5000), endNs: -5_000_000n, parentSpanId: id(1) },
    { name: "", parentSpanId: id(9), startNs: 500_000n, endNs: 900_000n },
  ]);
  assert.equal(lines.length, 6);
  // Nothing but what is drawn: no escapes, and no line is longer than the terminal.
  for (const line of lines) assert.match(line, /^[^\u0000-\u001f]{0,60}$/u);
  assert.match(lines.join("\n"), /\(no name\) · shop/);
});

test("of a large trace the first rows are shown, and how many are not", () => {
  // Wrong: a trace of a hundred thousand spans floods the terminal, or seems to be a small one.
  const rows = Array.from({ length: 1000 }, (_, index) => ({ parentSpanId: index === 0 ? "" : id(index), endNs: 1_000_000n }));
  const lines = drawn(rows);
  assert.equal(lines.length, 204);
  assert.equal(lines[200], "… and 800 more spans");
});

test("a narrow terminal has names and times, and no bars that say nothing", () => {
  // Wrong: lines wrap, and the tree cannot be read.
  const [line = ""] = drawn([{ name: "pay", endNs: 100_000_000n }], 40);
  assert.equal(line.trimEnd(), "pay · shop on web        100 ms");
});
