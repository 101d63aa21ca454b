import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { SpanColumns } from "../span-columns.ts";
import { criticalPath, type PathPiece } from "./critical-path.ts";
import { columnsDrawn, type Drawn, nameOfRow } from "./spans.test-support.ts";

/** Worked out by hand: the trees, and the path from its begin to its end. */
const trees: Readonly<Record<string, { readonly drawn: readonly Drawn[]; readonly path: string }>> = {
  "a span alone": { drawn: [["root", 0, 10]], path: "root 0-10" },
  "children one after the other, with gaps": {
    drawn: [
      ["root", 0, 100],
      ["a", 10, 30, "root"],
      ["b", 40, 90, "root"],
    ],
    path: "root 0-10, a 10-30, root 30-40, b 40-90, root 90-100",
  },
  "children at a time: nobody waits for the one that ends while the other runs": {
    drawn: [
      ["root", 0, 32],
      ["a", 2, 13, "root"],
      ["b", 4, 18, "root"],
      ["c", 24, 29, "root"],
    ],
    path: "root 0-4, b 4-18, root 18-24, c 24-29, root 29-32",
  },
  "the one that ends last decides, though it is the shorter": {
    drawn: [
      ["root", 0, 100],
      ["long", 0, 90, "root"],
      ["late", 95, 100, "root"],
    ],
    path: "long 0-90, root 90-95, late 95-100",
  },
  "grandchildren, with concurrency on both levels": {
    drawn: [
      ["root", 0, 100],
      ["a", 5, 50, "root"],
      ["a1", 10, 30, "a"],
      ["a2", 15, 45, "a"],
      ["b", 20, 60, "root"],
      ["b1", 25, 40, "b"],
      ["c", 65, 95, "root"],
      ["c1", 65, 80, "c"],
      ["c2", 80, 95, "c"],
    ],
    path: "root 0-20, b 20-25, b1 25-40, b 40-60, root 60-65, c1 65-80, c2 80-95, root 95-100",
  },
  "a child that begins as its brother ends": {
    drawn: [
      ["root", 0, 30],
      ["a", 0, 10, "root"],
      ["b", 10, 20, "root"],
      ["c", 20, 30, "root"],
    ],
    path: "a 0-10, b 10-20, c 20-30",
  },
  "a child that outlives its parent counts until the parent's end": {
    drawn: [
      ["root", 0, 50],
      ["a", 10, 80, "root"],
      ["a1", 60, 70, "a"],
    ],
    path: "root 0-10, a 10-50",
  },
  "a child that begins before its parent counts from the parent's begin": {
    drawn: [
      ["before", 0, 30, "root"],
      ["root", 10, 50],
    ],
    path: "before 10-30, root 30-50",
  },
  "children that lie outside their parent": {
    drawn: [
      ["early", 0, 5, "root"],
      ["root", 10, 50],
      ["late", 60, 70, "root"],
    ],
    path: "root 10-50",
  },
  "spans without length, and with less": {
    drawn: [
      ["root", 0, 20],
      ["mark", 10, 10, "root"],
      ["back", 15, 12, "root"],
      ["a", 2, 8, "root"],
    ],
    path: "root 0-2, a 2-8, root 8-20",
  },
  "trees one after the other, with time that is nobody's": {
    drawn: [
      ["r1", 0, 10],
      ["r2", 30, 50],
      ["x", 35, 40, "r2"],
    ],
    path: "r1 0-10, r2 30-35, x 35-40, r2 40-50",
  },
  "trees at a time: back through the one that began first": {
    drawn: [
      ["r1", 0, 100],
      ["a", 20, 60, "r1"],
      ["r2", 30, 90],
      ["r3", 50, 120],
    ],
    path: "r1 0-20, a 20-50, r3 50-120",
  },
  "an execution that was measured afterwards: nobody waited for it": {
    drawn: [
      ["transaction", 0, 100],
      ["transaction.mempool", 0, 40, "transaction"],
      ["transaction.include", 40, 45, "transaction"],
      ["transaction.execute", 60, 80, "transaction"],
    ],
    path: "transaction.mempool 0-40, transaction.include 40-45, transaction 45-100",
  },
  "somebody else's span of that name": {
    drawn: [
      ["shop", 0, 100],
      ["transaction.execute", 60, 80, "shop"],
    ],
    path: "shop 0-60, transaction.execute 60-80, shop 80-100",
  },
  "no spans": { drawn: [], path: "" },
};

function text(columns: SpanColumns, path: readonly PathPiece[]): string {
  return path.map(({ row, fromMs, toMs }) => `${nameOfRow(columns, row)} ${fromMs}-${toMs}`).join(", ");
}

describe("criticalPath", () => {
  // Somebody would make faster what nobody waits for.
  for (const [title, { drawn, path }] of Object.entries(trees)) {
    test(title, () => {
      const columns = columnsDrawn(drawn);
      assert.equal(text(columns, criticalPath(columns)), path);
    });
  }

  test("of any spans is no longer than the trace, within its spans, and never in two at a time", () => {
    // Shares of the path would add up to more than the time that there was.
    const span = fc.record({ from: fc.nat(60), length: fc.integer({ min: -5, max: 40 }), parent: fc.option(fc.nat(24)) });
    fc.assert(
      fc.property(fc.array(span, { maxLength: 25 }), (spans) => {
        const columns = columnsDrawn(
          spans.map(({ from, length, parent }, index): Drawn =>
            parent === null ? [`s${index}`, from, from + length] : [`s${index}`, from, from + length, `s${parent}`],
          ),
        );
        const path = criticalPath(columns);
        const { startMs, durationMs } = columns;
        let atMs = -Infinity;
        for (const { row, fromMs, toMs } of path) {
          assert.ok(fromMs >= atMs && toMs > fromMs);
          assert.ok(fromMs >= (startMs[row] ?? NaN) && toMs <= (startMs[row] ?? NaN) + (durationMs[row] ?? NaN));
          atMs = toMs;
        }
        const ends = Array.from(startMs, (start, row) => start + Math.max(0, durationMs[row] ?? 0));
        const length = Math.max(0, ...ends) - Math.min(Infinity, ...startMs);
        const total = path.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
        assert.ok(total <= Math.max(0, length));
        // One tree without gaps between its root's begin and end is covered wholly.
        const roots = [...columns.parent.keys()].filter((row) => columns.parent[row] === -1);
        if (roots.length === 1) assert.equal(total, Math.max(0, durationMs[roots[0] ?? 0] ?? 0));
      }),
    );
  });

  test("of a chain as deep as it is long ends", () => {
    // A hostile trace would end the thread that looks at it: the stack is full.
    const depth = 20_000;
    const drawn = Array.from({ length: depth }, (_, index): Drawn =>
      index === 0 ? ["s0", 0, 2 * depth] : [`s${index}`, index, 2 * depth - index, `s${index - 1}`],
    );
    const columns = columnsDrawn(drawn);
    const path = criticalPath(columns);
    assert.equal(path.length, 2 * depth - 1);
    assert.equal(
      path.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
      2 * depth,
    );
  });
});
