import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { basisOf, clocksOf, correctClocks } from "./clock-correction.ts";
import { columnsDrawn, type Drawn, flowSpan, nameOfRow, transactionSpans } from "./spans.test-support.ts";

/** Name → corrected begin (ms after the origin), error, and on what it rests. */
function corrected(
  drawn: readonly Drawn[],
  clocks: Readonly<Record<string, readonly [number, number]>> = {},
): Readonly<Record<string, string>> {
  const columns = columnsDrawn(drawn);
  const known = new Map(Object.entries(clocks).map(([node, [offsetMs, errorMs]]) => [node, { offsetMs, errorMs }]));
  const times = correctClocks(columns, known);
  return Object.fromEntries(
    Array.from(times.startMs, (ms, row) => [nameOfRow(columns, row), `${ms} ±${times.errorMs[row]} ${basisOf(times, row)}`]),
  );
}

describe("clocksOf", () => {
  test("takes the middle of what the hub has written on a node's roots, and nothing from elsewhere", () => {
    // One wrong measurement would move all of a node's spans; or any program could move another node's.
    const spans = [
      ...transactionSpans([
        { node: "a", client: "one", seenMs: 0, clock: [700, 2] },
        { node: "a", client: "two", seenMs: 0, clock: [-9e9, 1] },
        { node: "a", client: "three", seenMs: 0, clock: [701, 3] },
        { node: "liar", seenMs: 0, clock: [Number.NaN, 1] },
        { node: "boast", seenMs: 0, clock: [5, -1] },
        { node: "silent", seenMs: 0 },
      ]),
      flowSpan({
        node: "b",
        name: "transaction.mempool",
        fromMs: 0,
        toMs: 1,
        attributes: { "clock.offset_ms": 1, "clock.err_ms": 1 },
      }),
    ];
    const foreign = spans.map((span) => ({ ...span, source: { ...span.source, scopeName: "shop" } }));
    assert.deepEqual(
      [...clocksOf([...spans, ...foreign], "hub")],
      [
        ["a", { offsetMs: 700, errorMs: 2 }],
        ["hub", { offsetMs: 0, errorMs: 0 }],
      ],
    );
    assert.deepEqual([...clocksOf(foreign, null)], []);
  });
});

describe("correctClocks", () => {
  test("moves a node whose clock was compared, and keeps its durations", () => {
    // A clock that is 700 ms off would be taken for 700 ms of waiting.
    const drawn: readonly Drawn[] = [
      ["a", 0, 10, undefined, "a"],
      ["b", 703, 710, undefined, "b"],
    ];
    assert.deepEqual(corrected(drawn, { b: [-700, 2] }), { a: "0 ±NaN none", b: "3 ±2 offset" });
  });

  test("moves what was not compared into its parent, with what is below it", () => {
    // An answer would be drawn before its question.
    const drawn: readonly Drawn[] = [
      ["call", 100, 200, undefined, "a"],
      ["serve", 40, 80, "call", "b"],
      ["read", 50, 60, "serve", "b"],
      ["fits", 110, 190, "call", "c"],
      ["long", 10, 300, "call", "d"],
      ["queued", 5000, 5100, "call", "e"],
      ["far", 200_000_000, 200_000_020, "call", "f"],
    ];
    assert.deepEqual(corrected(drawn), {
      long: "90 ±NaN causality",
      serve: "120 ±30 causality",
      read: "130 ±30 causality",
      call: "90 ±NaN none",
      fits: "100 ±NaN none",
      queued: "4990 ±NaN none",
      far: "130 ±40 causality",
    });
    // What is known is not guessed.
    assert.equal(corrected(drawn, { b: [1, 1] })["serve"], "31 ±1 offset");
  });

  test("leaves no child that was not compared before its parent's begin", () => {
    // The picture would show an effect before its cause, and say that it was repaired.
    const span = fc.tuple(fc.nat(99), fc.integer({ min: -3, max: 40 }), fc.nat(14), fc.constantFrom("a", "b", ""));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 15 }), (spans) => {
        const columns = columnsDrawn(
          spans.map(([from, length, parent, node], index) => [`s${index}`, from, from + length, `s${parent}`, node]),
        );
        const times = correctClocks(columns, new Map([["a", { offsetMs: -20, errorMs: 1 }]]));
        for (const [row, above] of columns.parent.entries()) {
          assert.ok(Math.abs((times.startMs[row] ?? NaN) - (columns.startMs[row] ?? NaN) - (times.shiftMs[row] ?? NaN)) < 1e-9);
          const isOther = columns.node[row] !== columns.node[above];
          if (above >= 0 && isOther && columns.nodes[columns.node[row] ?? 0] !== "a") {
            assert.ok((times.startMs[row] ?? NaN) >= (times.startMs[above] ?? NaN) - 1e-9);
          }
        }
      }),
    );
  });
});
