import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { criticalPath } from "../../../core/trace/critical-path.ts";
import { callMap } from "./call-map.ts";
import { compareOperations } from "./compare-operations.ts";
import { flameLayout, frameAt } from "./flame-layout.ts";
import { mapLayout } from "./map-layout.ts";
import { nearestRank, operationStats } from "./operation-stats.ts";
import { matchRows, matchTerms } from "./span-match.ts";
import { traceModel } from "./trace-model.ts";
import { columnsWith, modelOf, type SpanWish } from "./trace-model.test-support.ts";

/** 100 ms of which children cover 20–70 and 90–100; one of them outlives it. */
const concurrent: readonly SpanWish[] = [
  { startMs: 0, durationMs: 100, name: "root" },
  { startMs: 20, durationMs: 30, parent: 0, name: "a", service: "db", failed: true },
  { startMs: 40, durationMs: 30, parent: 0, name: "a", service: "db" },
  { startMs: 90, durationMs: 50, parent: 0, name: "b" },
];

const anyTrace = fc
  .array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 1000 }), fc.integer({ min: -10, max: 500 }), fc.nat({ max: 3 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((rows) =>
    rows
      .toSorted(([, a], [, b]) => a - b)
      .map(([pick, startMs, durationMs, name], row): SpanWish => ({
        startMs,
        durationMs,
        name: `n${name}`,
        service: `s${name % 2}`,
        ...(row > 0 && pick % 3 > 0 ? { parent: pick % row } : {}),
      })),
  );

// When this fails, the statistics blame the wrong operation.
describe("times of operations", () => {
  test("own time is what no child covers", () => {
    assert.deepEqual([...modelOf(concurrent).selfMs()], [40, 30, 30, 50]);
  });

  test("own time is never below 0 nor above the span's", () => {
    fc.assert(
      fc.property(anyTrace, (spans) => {
        for (const [row, self] of modelOf(spans).selfMs().entries())
          assert.ok(self >= 0 && self <= Math.max(0, spans[row]?.durationMs ?? 0));
      }),
    );
  });

  test("a line for each operation, with its share of the path", () => {
    const model = modelOf(concurrent);
    const stats = operationStats(model, criticalPath(model.columns));
    assert.deepEqual(
      stats.map(({ name, count, errors, totalMs, selfMs, p50Ms }) => [name, count, errors, totalMs, selfMs, p50Ms]),
      [
        ["a", 2, 1, 60, 60, 30],
        ["b", 1, 0, 50, 50, 50],
        ["root", 1, 0, 100, 40, 100],
      ],
    );
    assert.ok(Math.abs(stats.reduce((sum, { pathShare }) => sum + (pathShare ?? 0), 0) - 1) < 1e-9);
    assert.equal(operationStats(model, null)[0]?.pathShare, null);
  });

  test("percentiles are values that were measured", () => {
    const sorted = Float64Array.of(1, 2, 3, 4);
    assert.deepEqual(
      [nearestRank(sorted, 0.5), nearestRank(sorted, 0.95), nearestRank(sorted, 0), nearestRank(new Float64Array(), 0.5)],
      [2, 4, 1, 0],
    );
  });

  test("two traces are compared by what their operations have added", () => {
    const slower = concurrent.map((span) => (span.name === "b" ? { ...span, durationMs: 80 } : span));
    const rows = compareOperations(
      operationStats(modelOf(concurrent), null),
      operationStats(modelOf(slower.slice(1).map(({ parent: _, ...span }) => span)), null),
    );
    assert.deepEqual(
      rows.map(({ name, differenceMs, second }) => [name, differenceMs, second === null]),
      [
        ["root", -40, true],
        ["b", 30, false],
        ["a", 0, false],
      ],
    );
  });
});

// When this fails, a wide frame of the flame graph is no long time.
describe("flameLayout", () => {
  test("merges what is called by the same path", () => {
    const layout = flameLayout(modelOf(concurrent));
    assert.deepEqual(
      layout.frames.map(({ count, errors, selfMs, weightMs, leftMs, depth }) => [
        count,
        errors,
        selfMs,
        weightMs,
        leftMs,
        depth,
      ]),
      [
        [1, 0, 40, 150, 0, 0],
        [2, 1, 60, 60, 0, 1],
        [1, 0, 50, 50, 60, 1],
      ],
    );
    assert.deepEqual(
      [frameAt(layout, 1, 59), frameAt(layout, 1, 61), frameAt(layout, 1, 120), frameAt(layout, 0, 149)],
      [1, 2, -1, 0],
    );
  });

  test("no frame is narrower than what is below it, and none overlap", () => {
    fc.assert(
      fc.property(anyTrace, (spans) => {
        const model = modelOf(spans);
        const { frames, widthMs } = flameLayout(model);
        assert.equal(
          frames.reduce((sum, { count }) => sum + count, 0),
          spans.length,
        );
        assert.ok(Math.abs(frames.reduce((sum, { selfMs }) => sum + selfMs, 0) - widthMs) < 1e-6);
        for (const parent of frames.keys()) {
          const children = frames.filter((frame) => frame.parent === parent);
          let left = frames[parent]?.leftMs ?? 0;
          for (const child of children) {
            assert.ok(Math.abs(child.leftMs - left) < 1e-6);
            left += child.weightMs;
          }
          assert.ok(left <= (frames[parent]?.leftMs ?? 0) + (frames[parent]?.weightMs ?? 0) + 1e-6);
        }
      }),
    );
  });
});

// When this fails, the map names a caller that has not called.
describe("map", () => {
  test("counts calls between services", () => {
    const { boxes, edges, leftOut } = callMap(modelOf(concurrent), "service");
    assert.deepEqual(
      boxes.map(({ name, spans, errors }) => [name, spans, errors]),
      [
        ["shop", 2, 0],
        ["db", 2, 1],
      ],
    );
    assert.deepEqual(edges, [{ source: 0, target: 1, calls: 2, errors: 1, p50Ms: 30, p95Ms: 30 }]);
    assert.equal(leftOut, 0);
  });

  test("is bounded", () => {
    const many = Array.from({ length: 300 }, (_, row): SpanWish => ({
      startMs: row,
      durationMs: 1,
      service: `s${row}`,
      ...(row > 0 ? { parent: 0 } : {}),
    }));
    const { boxes, edges, leftOut } = callMap(modelOf(many), "service");
    assert.deepEqual([boxes.length, edges.length, leftOut], [200, 199, 100]);
  });

  test("puts callers to the left of what they call, and every box in a place of its own", () => {
    assert.deepEqual(
      mapLayout(4, [
        { source: 0, target: 1 },
        { source: 1, target: 2 },
        { source: 0, target: 2 },
        { source: 2, target: 0 },
      ]).map(({ layer }) => layer),
      [0, 1, 2, 0],
    );
    const arrows = fc.array(fc.record({ source: fc.nat({ max: 11 }), target: fc.nat({ max: 11 }) }), { maxLength: 40 });
    fc.assert(
      fc.property(arrows, (list) => {
        const distinct = list.filter(({ source, target }) => source !== target);
        const places = mapLayout(12, distinct);
        assert.equal(new Set(places.map(({ layer, slot }) => `${layer} ${slot}`)).size, 12);
        // What only calls is left of all that it calls.
        const called = new Set(distinct.map(({ target }) => target));
        for (const { source, target } of distinct)
          if (!called.has(source)) assert.ok((places[source]?.layer ?? 0) < (places[target]?.layer ?? 0));
      }),
    );
  });
});

// When this fails, one looks for a span and is shown others.
describe("spans that a text names", () => {
  const model = modelOf(concurrent.map((span, row) => ({ ...span, node: row === 1 ? "alpha" : "beta" })));
  const matching = (text: string): readonly number[] | null => {
    const rows = matchRows(model, matchTerms(text), (row, key, value) => key === "k" && value === "v w" && row === 3);
    return rows === null ? null : [...rows.keys()].filter((row) => rows[row] === 1);
  };

  test("by name, service, node and attribute, all of them", () => {
    assert.deepEqual(matching("ROOT"), [0]);
    assert.deepEqual(matching("service:db"), [1, 2]);
    assert.deepEqual(matching("node:alpha"), [1]);
    assert.deepEqual(matching("db node:beta"), [2]);
    assert.deepEqual(matching('k="v w"'), [3]);
    assert.deepEqual(matching("k=w"), []);
    assert.equal(matching("  "), null);
  });

  test("no attribute is found before the spans were read", () => {
    assert.deepEqual([...(matchRows(model, matchTerms("k=v"), null) ?? [])], [0, 0, 0, 0]);
  });
});

// When this fails, spans of nodes with wrong clocks stand where they were not, or such of one program are moved.
describe("clocks", () => {
  const spans: readonly SpanWish[] = [
    { startMs: 0, durationMs: 100, node: "hub" },
    { startMs: 700, durationMs: 50, node: "agent" },
    { startMs: 710, durationMs: 500, node: "", name: "outlives its parent", parent: 0 },
  ];

  test("known offsets move a node's spans; spans of no node stay", () => {
    const model = traceModel(columnsWith(spans), new Map([["agent", { offsetMs: -690, errorMs: 4 }]]));
    assert.deepEqual([...model.starts], [0, 10, 710]);
    assert.deepEqual([model.corrected?.errorMs[1], model.corrected?.shiftMs[2]], [4, 0]);
  });

  test("nothing is corrected where that is not wanted, or nothing is to correct", () => {
    assert.equal(traceModel(columnsWith(spans), null).corrected, null);
    assert.equal(traceModel(columnsWith(concurrent), new Map()).corrected, null);
  });
});
