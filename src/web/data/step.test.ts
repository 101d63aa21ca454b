import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fetchStepMs, youngWindow } from "./step.ts";

const minuteMs = 60_000;
const window = (spanMs: number) => ({ fromMs: 1_795_000_000_000, toMs: 1_795_000_000_000 + spanMs });

test("usual windows have round steps", () => {
  // Wrong: a chart has far more points than pixels, or live ticks do not fit between its points.
  const cases = [
    [5, 1],
    [15, 1],
    [60, 5],
    [180, 15],
    [720, 60],
    [1440, 120],
    [4320, 300],
    [10_080, 900],
  ] as const;
  for (const [minutes, seconds] of cases)
    assert.equal(fetchStepMs(window(minutes * minuteMs), 1000), seconds * 1000, `${minutes} min`);
});

test("wide windows are asked for in whole minutes, where the ticks allow it", () => {
  // Wrong: a week's chart is computed from every sample of the week instead of summaries.
  assert.equal(fetchStepMs(window(720 * minuteMs), 5000), 5 * minuteMs);
  assert.equal(fetchStepMs(window(60 * 1440 * minuteMs), 1000), 120 * minuteMs);
  assert.equal(fetchStepMs(window(720 * minuteMs), 7777), 10 * 7777);
});

test("any window has a bounded number of points on multiples of the interval", () => {
  // Wrong: a long range is refused by the server, or asks it for millions of values.
  fc.assert(
    fc.property(
      fc.integer({ min: 5000, max: 400 * 1440 * minuteMs }),
      fc.integer({ min: 100, max: 60_000 }),
      (spanMs, interval) => {
        const step = fetchStepMs(window(spanMs), interval);
        assert.equal(step % interval, 0);
        assert.ok(spanMs / step <= 900);
      },
    ),
  );
});

test("a node that has just started is asked finely, and only since its start", () => {
  // Wrong: the first chart of a new user waits another second, or every later one is needlessly dear.
  const { fromMs, toMs } = window(5 * minuteMs);
  const status = (startedAtMs: number) => ({ samplingIntervalMs: 1000, startedAtMs });
  assert.deepEqual(youngWindow({ fromMs, toMs }, status(toMs - 600)), { fromMs: toMs - 600, stepMs: 250 });
  assert.equal(youngWindow({ fromMs, toMs }, status(toMs - 10_000)), null);
  assert.equal(youngWindow({ fromMs, toMs }, status(toMs + 600)), null);
});
