import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { plausibleTimes } from "./plausible-times.ts";
import { rowsByStart } from "./span-walk.ts";
import { axisTicks, fromShown, idleFolds, moveView, timeAxis, toShown, viewBetween, wholeView, zoomView } from "./time-axis.ts";

const gaps = fc.array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 })), { maxLength: 5 });

/** An axis with folds here and there. */
const axes = gaps.map((parts) => {
  let at = 100;
  const folds = parts.map(([before, length]) => ({ fromMs: (at += before), toMs: (at += length) }));
  return timeAxis(100, at + 50, folds);
});

// When this fails, a bar stands at a time that is not its own.
describe("places of times", () => {
  test("grow with time, and lead back", () => {
    fc.assert(
      fc.property(
        axes,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (axis, a, b) => {
          const [early, late] = [Math.min(a, b), Math.max(a, b)].map(
            (share) => axis.fromMs + share * (axis.toMs - axis.fromMs),
          );
          assert.ok(toShown(axis, early ?? 0) <= toShown(axis, late ?? 0) + 1e-9);
          assert.ok(Math.abs(fromShown(axis, toShown(axis, late ?? 0)) - (late ?? 0)) < 1e-6);
          assert.ok(Math.abs(toShown(axis, axis.toMs) - axis.lengthMs) < 1e-6);
        },
      ),
    );
  });

  test("a fold takes the same room whatever its length", () => {
    const short = timeAxis(0, 110, [{ fromMs: 50, toMs: 60 }]);
    const long = timeAxis(0, 1_000_100, [{ fromMs: 50, toMs: 1_000_050 }]);
    assert.equal(short.lengthMs, long.lengthMs);
    assert.equal(toShown(long, 1_000_060), toShown(short, 70));
  });

  test("a trace of one moment has a scale", () => {
    assert.ok(timeAxis(5, 5).lengthMs > 0);
  });
});

// When this fails, one zooms past the ends of the trace, or into nothing.
describe("views", () => {
  test("stay within the axis, and zooming keeps the place that is pointed at", () => {
    const factors = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(axes, factors, fc.double({ min: 0, max: 1, noNaN: true }), (axis, steps, share) => {
        let view = wholeView(axis);
        for (const factor of steps) {
          view = moveView(axis, zoomView(axis, view, factor, view.from + share * (view.to - view.from)), factor - 50);
          assert.ok(view.from >= -1e-9 && view.to <= axis.lengthMs + 1e-9 && view.to > view.from);
        }
      }),
    );
    const axis = timeAxis(0, 100);
    assert.deepEqual(zoomView(axis, { from: 20, to: 60 }, 0.5, 30), { from: 25, to: 45 });
    assert.deepEqual(viewBetween(axis, 70, 30), { from: 30, to: 70 });
  });
});

// When this fails, times in which something happens are folded away, or a trace with a long rest is two lines at its edges.
describe("idleFolds", () => {
  const spans = (list: readonly (readonly [from: number, to: number, isBusy?: boolean])[]) => ({
    starts: Float64Array.from(list, ([from]) => from),
    durations: Float64Array.from(list, ([from, to]) => to - from),
    byStart: Int32Array.from(list.keys()),
    isBusy: Uint8Array.from(list, ([, , isBusy = true]) => Number(isBusy)),
    outside: new Uint8Array(list.length),
  });

  test("folds what is more than a fifth of the rest", () => {
    const list = spans([
      [0, 1000, false],
      [0, 100],
      [900, 1000],
    ]);
    assert.deepEqual(idleFolds(list, { fromMs: 0, toMs: 1000 }), [{ fromMs: 100, toMs: 900 }]);
    assert.deepEqual(
      idleFolds(
        spans([
          [0, 450],
          [550, 1000],
        ]),
        { fromMs: 0, toMs: 1000 },
      ),
      [],
    );
  });

  test("folds a gap that is long only after a longer one is folded", () => {
    const list = spans([
      [0, 10],
      [40, 50],
      [1050, 1060],
    ]);
    assert.deepEqual(
      idleFolds(list, { fromMs: 0, toMs: 1060 }).map(({ fromMs }) => fromMs),
      [50],
    );
    const short = spans([
      [0, 10],
      [90, 100],
      [1100, 1110],
    ]);
    assert.deepEqual(
      idleFolds(short, { fromMs: 0, toMs: 1110 }).map(({ fromMs }) => fromMs),
      [10, 100],
    );
  });

  test("never folds a time in which a busy span runs", () => {
    const bars = fc.array(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: 500 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(bars, (list) => {
        const sorted = list.toSorted(([a], [b]) => a - b).map(([from, length]) => [from, from + length] as const);
        const window = { fromMs: sorted[0]?.[0] ?? 0, toMs: Math.max(...sorted.map(([, to]) => to)) };
        for (const fold of idleFolds(spans(sorted), window))
          for (const [from, to] of sorted) assert.ok(to <= fold.fromMs || from >= fold.toMs);
      }),
    );
  });
});

// When this fails, the axis has no times, so many that they lie on each other, or times that are folded away.
test("ticks are round, apart, and in no fold", () => {
  fc.assert(
    fc.property(axes, fc.integer({ min: 100, max: 2000 }), (axis, width) => {
      const { stepMs, ticks } = axisTicks(axis, wholeView(axis), width, 90);
      for (const { ms } of ticks) assert.ok(Math.abs(ms / stepMs - Math.round(ms / stepMs)) < 1e-6);
      for (const { ms } of ticks)
        assert.ok(axis.folds.every((fold) => axis.fromMs + ms <= fold.fromMs || axis.fromMs + ms >= fold.toMs));
      assert.ok(ticks.length <= width / 90 + axis.folds.length + 2);
    }),
  );
  assert.deepEqual(
    axisTicks(timeAxis(0, 10), { from: 0, to: 10 }, 400, 90).ticks.map(({ ms }) => ms),
    [0, 5, 10],
  );
});

const day = 86_400_000;

function timesOf(spans: readonly (readonly [startMs: number, durationMs: number])[]) {
  const starts = Float64Array.from(spans, ([start]) => start);
  const { fromMs, toMs, outside, outsideCount } = plausibleTimes(
    starts,
    Float64Array.from(spans, ([, length]) => length),
    rowsByStart(starts),
  );
  assert.equal(
    outsideCount,
    outside.reduce((sum, one) => sum + one, 0),
  );
  return [fromMs, toMs, [...outside]];
}

// When this fails, one wrong clock makes a whole trace a single pixel, or a real span is hidden.
describe("plausibleTimes", () => {
  const now = 20_000 * day;

  test("leaves out the clocks of 1970 and 2100", () => {
    const spans = [
      [0, 10],
      [now, 100],
      [now + 50, 20],
      [now + 27_000 * day, 5],
    ] as const;
    assert.deepEqual(timesOf(spans), [now, now + 100, [1, 0, 0, 1]]);
  });

  test("leaves out an end that cannot be", () => {
    assert.deepEqual(
      timesOf([
        [now, 100],
        [now + 1, 27_000 * day],
      ]),
      [now, now + 100, [0, 1]],
    );
  });

  test("keeps what waits for two weeks", () => {
    assert.deepEqual(
      timesOf([
        [now, 14 * day],
        [now + 14 * day, 5],
      ]),
      [now, now + 14 * day + 5, [0, 0]],
    );
  });

  test("takes the later of equal groups, and everything where nothing is plausible", () => {
    assert.deepEqual(
      timesOf([
        [0, 1],
        [now, 1],
      ]),
      [now, now + 1, [1, 0]],
    );
    assert.deepEqual(timesOf([[0, 40_000 * day]]), [0, 40_000 * day, [0]]);
    assert.deepEqual(timesOf([]), [0, 0, []]);
  });
});
