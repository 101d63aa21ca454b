import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { between, bounds, fitted, pan, parseRange, presets, rangeParams, zoom, type TimeRange } from "./range.ts";

const nowMs = Date.UTC(2026, 10, 25, 12);

function reread(range: TimeRange): TimeRange | null {
  const { from, to } = rangeParams(range);
  return parseRange(new URLSearchParams(to === null ? { from } : { from, to }));
}

const anyRange = fc.oneof(
  fc.integer({ min: 5, max: 2_000_000 }).map((seconds): TimeRange => ({ kind: "last", spanMs: seconds * 1000 })),
  fc
    .tuple(fc.integer({ min: 1_000_000_000, max: 2_000_000_000 }), fc.integer({ min: 5, max: 10_000_000 }))
    .map(([from, span]): TimeRange => ({ kind: "between", fromMs: from * 1000, toMs: (from + span) * 1000 })),
);

test("a range comes back from the address as it went in", () => {
  // Wrong: a shared link shows another window than its sender saw.
  fc.assert(fc.property(anyRange, (range) => assert.deepEqual(reread(range), range)));
  assert.deepEqual(rangeParams({ kind: "last", spanMs: presets[1].spanMs }), { from: "-15m", to: null });
});

test("nonsense in the address is no range", () => {
  // Wrong: a mistyped link shows an empty page instead of the default window.
  for (const text of [
    "",
    "from=",
    "from=-5x",
    "from=-0m",
    "from=1",
    "from=1764000000",
    "from=1764000000&to=1763000000",
    "from=-5m&to=now",
    "from=1e30&to=2e30",
  ]) {
    assert.equal(parseRange(new URLSearchParams(text)), null, text);
  }
});

test("zooming keeps the middle, and a window that reaches now follows it", () => {
  // Wrong: zooming out loses the incident, or stops the live view.
  assert.deepEqual(zoom({ kind: "last", spanMs: 300_000 }, 2, nowMs), { kind: "last", spanMs: 600_000 });
  const past = between(nowMs - 7_200_000, nowMs - 3_600_000);
  assert.deepEqual(zoom(past, 0.5, nowMs), between(nowMs - 6_300_000, nowMs - 4_500_000));
  assert.deepEqual(zoom(between(nowMs - 60_000, nowMs), 2, nowMs), { kind: "last", spanMs: 120_000 });
});

test("moving goes back in time, and forward until now", () => {
  // Wrong: the arrow keys show the future.
  const earlier = pan({ kind: "last", spanMs: 600_000 }, -0.5, nowMs);
  assert.deepEqual(bounds(earlier, nowMs), { kind: "between", fromMs: nowMs - 900_000, toMs: nowMs - 300_000 });
  assert.deepEqual(pan(earlier, 0.5, nowMs), { kind: "last", spanMs: 600_000 });
});

test("whatever is zoomed or moved stays a range that the address can carry", () => {
  // Wrong: after some zooming the page falls back to its default without a word.
  fc.assert(
    fc.property(
      anyRange,
      fc.double({ min: 0.1, max: 4, noNaN: true }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (range, factor, share) => {
        for (const next of [zoom(range, factor, nowMs), pan(range, share, nowMs)]) {
          const { fromMs, toMs } = bounds(next, nowMs);
          assert.ok(toMs - fromMs >= 5000);
          if (fromMs > Date.UTC(2001) && toMs < Date.UTC(2090)) assert.notEqual(reread(next), null);
        }
      },
    ),
  );
});

test("a moving window begins with the history, and is never wider than asked for", () => {
  // Wrong: a minute after the start every chart is four fifths empty; or old samples are cut off.
  const window = { fromMs: nowMs - 300_000, toMs: nowMs };
  assert.equal(fitted(window, nowMs - 90_000, 30_000).fromMs, nowMs - 90_000);
  assert.equal(fitted(window, nowMs - 2000, 30_000).fromMs, nowMs - 30_000);
  assert.deepEqual(fitted(window, nowMs - 900_000, 30_000), window);
  const narrow = { fromMs: nowMs - 10_000, toMs: nowMs };
  assert.deepEqual(fitted(narrow, nowMs - 2000, 30_000), narrow);
});
