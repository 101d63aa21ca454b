import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { spanFlags } from "../span-columns.ts";
import { columnsFromJson, columnsToJson } from "./columns-json.ts";
import { resolveParents } from "./resolve-parents.ts";
import { columnsOf, columnsOfRows } from "./span-columns-of.test-support.ts";
import { parentsFirst, spanTree } from "./span-tree.ts";
import { columnsDrawn, flowSpan, zeroMs } from "./spans.test-support.ts";

/** Few ids, so that they are there twice, lead in circles, and to what is not there. */
const links = fc
  .array(fc.record({ id: fc.nat(9), parent: fc.option(fc.nat(12)), node: fc.nat(2) }), { maxLength: 16 })
  .map((rows) => ({
    nodes: rows.map(({ node }) => node),
    ids: rows.map(({ id }) => String(id)),
    parents: rows.map(({ parent }) => (parent === null ? null : String(parent))),
  }));

describe("resolveParents", () => {
  test("cuts a circle above its first row, and says who has lost its parent", () => {
    // A hostile trace would never be drawn to its end, or otherwise at each look.
    const { parent, flags } = resolveParents(
      ["a", "b", "c", "d", "e", "f"],
      ["c", "a", "b", "a", "x", "f"],
      [0, 0, 0, 0, 0, 0],
    );
    assert.deepEqual([...parent], [-1, 0, 1, 0, -1, -1]);
    const { cycle, orphan } = spanFlags;
    assert.deepEqual([...flags], [cycle, 0, 0, 0, orphan, cycle]);
  });

  test("of any links gives trees in which each row is once, and flags whatever it has cut", () => {
    // A view that follows parents would hang, or show a span twice.
    fc.assert(
      fc.property(links, ({ ids, parents, nodes }) => {
        const { parent, flags } = resolveParents(ids, parents, nodes);
        const order = parentsFirst(spanTree({ parent }));
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          [...ids.keys()],
        );
        const placeOf = new Map(Array.from(order, (row, place) => [row, place]));
        for (const [row, above] of parent.entries()) {
          if (above >= 0) {
            assert.equal(ids[above], parents[row]);
            const ofNode = ids.findIndex((id, other) => id === parents[row] && nodes[other] === nodes[row]);
            assert.equal(above, ofNode >= 0 ? ofNode : ids.indexOf(parents[row] ?? ""), "the first of its node, else of all");
            assert.ok((placeOf.get(above) ?? NaN) < (placeOf.get(row) ?? NaN));
          } else if (parents[row] === null) {
            assert.equal(flags[row], 0);
          } else {
            assert.equal(flags[row], ids.includes(parents[row] ?? "") ? spanFlags.cycle : spanFlags.orphan);
          }
        }
      }),
    );
  });
});

describe("columns", () => {
  test("say what the spans say, by their begin", () => {
    // Bars of a picture would stand at the wrong place, or have another's name.
    const columns = columnsOf([
      flowSpan({ node: "b", name: "transaction.mempool", fromMs: 2.5, toMs: 4, error: "it failed" }),
      flowSpan({ node: "a", name: "transaction", fromMs: 1, toMs: 0.25 }),
    ]);
    assert.equal(columns.originNs, BigInt(zeroMs + 1) * 1_000_000n);
    assert.deepEqual([...columns.startMs, ...columns.durationMs], [0, 1.5, -0.75, 1.5]);
    assert.deepEqual(columns.operations, [
      { service: "litecoin", name: "transaction" },
      { service: "litecoin", name: "transaction.mempool" },
    ]);
    assert.deepEqual([columns.nodes, ...columns.node], [["a", "b"], 0, 1]);
    assert.deepEqual([...columns.flags], [0, spanFlags.failed | spanFlags.orphan]);
  });

  test("take clocks of 1970 and 2100", () => {
    // One wrong clock would make a trace unreadable for all others.
    const row = { parentSpanId: "", isFailed: false, service: "s", name: "n", node: "" };
    const year2100 = 4_102_444_800_000_000_000n;
    const columns = columnsOfRows([
      { ...row, spanId: "0000000000000002", startNs: year2100, endNs: year2100 + 1_000_000n },
      { ...row, spanId: "ffffffffffffffff", startNs: 0n, endNs: 2_000_000n },
    ]);
    assert.deepEqual([columns.originNs, ...columns.startMs, ...columns.durationMs], [0n, 0, 4_102_444_800_000, 2, 1]);
    assert.deepEqual([...columns.spanIds], [255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 2]);
  });

  test("come back from JSON as they were", () => {
    // What a page draws would not be what is stored.
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), fc.integer({ min: -9, max: 9 }), fc.nat(40)), { maxLength: 40 }), (spans) => {
        const columns = columnsDrawn(
          spans.map(([from, length, parent], index) => [`s${index}`, from, from + length, `s${parent}`]),
        );
        assert.deepEqual(columnsFromJson(columnsToJson(columns)), columns);
      }),
    );
    // More than one piece of base64.
    const many = columnsDrawn(Array.from({ length: 10_000 }, (_, index) => [`s${index}`, index, index + 1]));
    assert.deepEqual(columnsFromJson(columnsToJson(many)), many);
  });

  test("with a column that is cut off are refused", () => {
    // A page would draw bars of bytes that are not there.
    const json = columnsToJson(
      columnsDrawn([
        ["a", 0, 1],
        ["b", 1, 2],
      ]),
    );
    assert.throws(() => columnsFromJson({ ...json, startMs: json.durationMs.slice(0, 8) }), /startMs has 6 bytes/);
  });
});
