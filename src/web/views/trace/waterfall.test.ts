import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { signal } from "@preact/signals";
import fc from "fast-check";
import { criticalPath } from "../../../core/trace/critical-path.ts";
import { miniImage } from "./minimap-image.ts";
import { durationAtY, pointAt, scatterFrame, timeAtX, xOfTime, yOfDuration } from "./scatter-layout.ts";
import { timeAxis, wholeView } from "./time-axis.ts";
import { modelOf, type SpanWish } from "./trace-model.test-support.ts";
import { pressKey } from "./waterfall-keys.ts";
import {
  axisPx,
  barOf,
  gutterWithin,
  hitAt,
  indentPx,
  lineAtY,
  linePx,
  lineTop,
  scrollTo,
  shownAtX,
  tickText,
  xOfShown,
} from "./waterfall-layout.ts";
import {
  lineOfRow,
  nextRow,
  pathShown,
  rowOfLine,
  selectRow,
  setView,
  toggleRow,
  waterfallState,
  type WaterfallState,
} from "./waterfall-state.ts";

const size = { width: 1000, height: 400, gutter: 300 };

// When this fails, one clicks on a span and gets another, or drags to a time that is not shown there.
describe("places in the waterfall", () => {
  const axis = timeAxis(0, 100);
  const view = { from: 20, to: 60 };

  test("times and places lead to each other", () => {
    assert.deepEqual([xOfShown(size, view, 20), xOfShown(size, view, 60), shownAtX(size, view, 650)], [300, 1000, 40]);
  });

  test("bars stay in their part, and are never nothing", () => {
    assert.deepEqual(barOf(size, axis, view, 0, 100), { left: 300, right: 1000 });
    assert.deepEqual(barOf(size, axis, view, 40, 0), { left: 650, right: 652 });
    assert.deepEqual(barOf(size, axis, view, 40, -10), { left: 475, right: 650 });
    assert.equal(barOf(size, axis, view, 70, 10), null);
    const times = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(times, times, (start, length) => {
        const bar = barOf(size, axis, view, start, length);
        if (bar !== null) assert.ok(bar.left >= size.gutter - 2 && bar.right <= size.width && bar.right - bar.left >= 2 - 1e-9);
      }),
    );
  });

  test("lines are found where they are drawn", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 99_999 }),
        fc.nat({ max: 2_200_000 }),
        fc.nat({ max: linePx - 1 }),
        (line, scrollTop, inside) => {
          const y = lineTop(line, scrollTop) + inside;
          assert.equal(lineAtY(y, scrollTop, 100_000), y < axisPx ? -1 : line);
        },
      ),
    );
    assert.equal(lineAtY(axisPx + 5 * linePx, 0, 5), -1);
  });

  test("what is at a point", () => {
    const lines = { scrollTop: linePx, count: 3, depthOf: (line: number) => line };
    assert.deepEqual(hitAt({ x: 302, y: 200 }, size, lines), { at: "edge" });
    assert.deepEqual(hitAt({ x: 500, y: 10 }, size, lines), { at: "axis" });
    assert.deepEqual(hitAt({ x: 500, y: axisPx + 1 }, size, lines), { at: "time", line: 1 });
    assert.deepEqual(hitAt({ x: indentPx(1) + 1, y: axisPx + 1 }, size, lines), { at: "toggle", line: 1 });
    assert.deepEqual(hitAt({ x: 200, y: axisPx + 1 }, size, lines), { at: "name", line: 1 });
    assert.deepEqual(hitAt({ x: 200, y: 390 }, size, lines), { at: "nothing" });
  });

  test("a line is scrolled to only where it is not in sight", () => {
    assert.equal(scrollTo(3, 0, 400), 0);
    assert.ok(scrollTo(1000, 0, 400) > 900 * linePx);
    assert.equal(scrollTo(0, 5000, 400), 0);
    assert.deepEqual(
      [gutterWithin(10, 1000), gutterWithin(990, 1000), gutterWithin(300, 1000), gutterWithin(120, 100)],
      [80, 920, 300, 50],
    );
  });

  test("times of the axis are told apart", () => {
    assert.deepEqual(
      [tickText(0, 1), tickText(1500, 500), tickText(12_003.4, 0.1), tickText(0.25, 0.05)],
      ["0", "1.5 s", "12.0034 s", "250 µs"],
    );
  });
});

//   0 root
//   ├ 1 a
//   │ └ 2 b (failed)
//   └ 3 c
const spans: readonly SpanWish[] = [
  { startMs: 0, durationMs: 100 },
  { startMs: 10, durationMs: 30, parent: 0, node: "alpha" },
  { startMs: 20, durationMs: 10, parent: 1, failed: true },
  { startMs: 50, durationMs: 40, parent: 0 },
];

function stateOf(list: readonly SpanWish[] = spans): WaterfallState {
  const model = modelOf(list);
  return waterfallState(signal(model), signal(pathShown(criticalPath(model.columns), list.length)), () =>
    Uint8Array.from(list, ({ failed }) => Number(failed === true)),
  );
}

function press(state: WaterfallState, ...keys: readonly string[]): readonly string[] {
  const heard: string[] = [];
  const wish = {
    state,
    pageLines: 2,
    find: () => heard.push("find"),
    details: () => heard.push("details"),
    leave: () => heard.push("leave"),
  };
  for (const key of keys) assert.ok(pressKey(key, wish), key);
  return heard;
}

// When this fails, the keyboard does something else than the help says.
describe("the waterfall by keyboard", () => {
  test("goes through the spans in sight", () => {
    const state = stateOf();
    const after = (...keys: readonly string[]): number => {
      press(state, ...keys);
      return state.selected.value;
    };
    assert.deepEqual(
      [after("j"), after("ArrowDown"), after("End"), after("k"), after("Home"), after("PageDown")],
      [0, 1, 3, 2, 0, 2],
    );
    assert.deepEqual([after("ArrowLeft"), after("ArrowLeft"), state.closed.value[1], after("ArrowDown")], [1, 1, 1, 3]);
    assert.deepEqual(
      [after("ArrowLeft"), after("j"), after("ArrowRight"), state.closed.value[1], after("ArrowRight")],
      [0, 1, 1, 0, 2],
    );
  });

  test("goes to errors, also folded ones, round and round", () => {
    const state = stateOf();
    press(state, "{", "e");
    assert.deepEqual([state.selected.value, lineOfRow(state, 2)], [2, 2]);
    press(state, "e");
    assert.equal(state.selected.value, 2);
    assert.equal(
      nextRow(state, -1, () => false),
      -1,
    );
  });

  test("zooms, moves and goes back", () => {
    const state = stateOf();
    press(state, "w");
    assert.deepEqual(state.view.value, { from: 20, to: 80 });
    press(state, "d");
    assert.deepEqual(state.view.value, { from: 32, to: 92 });
    press(state, "0", "j", "j", "z");
    assert.deepEqual(state.view.value, { from: 7, to: 43 });
    setView(state, wholeView(state.axis.value));
    assert.equal(state.window.value, null);
  });

  test("tells the page what concerns it, and knows no other key", () => {
    assert.deepEqual(press(stateOf(), "f", "/", "Enter", "Escape"), ["find", "find", "details", "leave"]);
    assert.equal(
      pressKey("q", {
        state: stateOf(),
        pageLines: 1,
        find: () => undefined,
        details: () => undefined,
        leave: () => undefined,
      }),
      false,
    );
  });
});

// When this fails, a filter hides what it should show.
describe("what has lines", () => {
  const rows = (state: WaterfallState): readonly number[] =>
    [...state.lines.value.keys()].map((line) => rowOfLine(state, line));

  test("the critical path with what is above it", () => {
    const state = stateOf();
    press(state, "c");
    assert.deepEqual(rows(state), [0, 1, 2, 3]);
    const other = stateOf([...spans, { startMs: 60, durationMs: 5, parent: 0 }]);
    press(other, "c");
    assert.deepEqual(rows(other), [0, 1, 2, 3]);
  });

  test("matches are pale or hidden", () => {
    const state = stateOf();
    state.filter.value = "x";
    assert.equal(state.lines.value.length, 4);
    state.hiding.value = true;
    assert.deepEqual(rows(state), [0, 1, 2]);
  });

  test("spans of impossible times alone", () => {
    const state = stateOf([...spans, { startMs: 4e12, durationMs: 1 }]);
    state.only.value = "outside";
    assert.deepEqual(rows(state), [4]);
    assert.equal(state.axis.value.toMs, 100);
  });

  test("lanes, in which a span of another node is no child", () => {
    const state = stateOf();
    press(state, "n");
    assert.deepEqual(rows(state), [-1, 0, 3, 2, -1, 1]);
    toggleRow(state, 0);
    assert.deepEqual(rows(state), [-1, 0, 2, -1, 1]);
    selectRow(state, 3);
    assert.deepEqual(rows(state), [-1, 0, 3, 2, -1, 1]);
  });
});

// When this fails, the strip above the waterfall shows spans where there are none.
test("the small picture counts the spans on each pixel", () => {
  const { counts, failures } = miniImage({
    width: 4,
    height: 2,
    bars: Float32Array.of(0, 1, 0.5, 0.5, -1, -1, 0.25, 0.75),
    failed: Uint8Array.of(0, 1, 0, 0),
  });
  assert.deepEqual([...counts], [1, 1, 2, 1, 0, 1, 1, 0]);
  assert.deepEqual([...failures], [0, 0, 1, 0, 0, 0, 0, 0]);
});

// When this fails, a drag over the picture of traces searches for other times and durations than it covers.
test("points of the scatter are where time and duration say", () => {
  const points = [
    { startMs: 1000, durationMs: 5 },
    { startMs: 3000, durationMs: 900 },
  ];
  const frame = scatterFrame(points, { width: 800, height: 180 }, { fromMs: 0, toMs: 4000 });
  assert.deepEqual([frame.leastMs, frame.mostMs], [1, 1000]);
  for (const [index, { startMs, durationMs }] of points.entries()) {
    const [x, y] = [xOfTime(frame, startMs), yOfDuration(frame, durationMs)];
    assert.ok(Math.abs(timeAtX(frame, x) - startMs) < 1e-6 && Math.abs(durationAtY(frame, y) - durationMs) < 1e-6);
    assert.equal(pointAt(frame, points, x + 3, y - 3), index);
  }
  assert.equal(pointAt(frame, points, 400, 20), -1);
  // Nothing, and what took no time or less, still have a scale.
  for (const odd of [[], [{ startMs: 0, durationMs: 0 }], [{ startMs: 0, durationMs: -5 }]]) {
    const { leastMs, mostMs } = scatterFrame(odd, { width: 800, height: 180 }, { fromMs: 0, toMs: 1 });
    assert.ok(leastMs > 0 && mostMs > leastMs);
  }
});
