import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ChainPulseError } from "../../core/errors.ts";
import { gridOf, parseDuration, parseTime, pointsMax } from "./time-range.ts";

const nowMs = 1_764_000_000_000;

describe("times and ranges", () => {
  test("every form of a time", () => {
    // If it fails, a documented form of `from` is refused or means another moment.
    const cases: Readonly<Record<string, number>> = {
      now: nowMs,
      "-1h": nowMs - 3_600_000,
      "now-15m": nowMs - 900_000,
      "-1.5s": nowMs - 1500,
      "-250ms": nowMs - 250,
      "-1y": nowMs - 31_536_000_000,
      "0": 0,
      "-5": -5000,
      "1764000000": nowMs,
      "1764000000.123": nowMs + 123,
      "2025-11-24T16:00:00Z": nowMs,
      "2025-11-24T17:30:00.5+01:30": nowMs + 500,
    };
    for (const [text, expected] of Object.entries(cases)) assert.equal(parseTime(text, nowMs), expected, text);
  });

  test("what is no time is refused by name", () => {
    // If it fails, a typing error silently asks for another range.
    const refused = [
      "",
      "yesterday",
      "2025-11-24",
      "2025-11-24T16:00:00",
      "-1",
      "1h",
      "-1x",
      "now+1h",
      "1e9",
      "NaN",
      "9e99",
      "-h",
    ];
    for (const text of refused) {
      if (text === "-1") assert.equal(parseTime(text, nowMs), -1000);
      else assert.throws(() => parseTime(text, nowMs), { code: "BAD_REQUEST" }, text);
    }
    assert.throws(() => parseTime("9999999999999", nowMs), { code: "BAD_REQUEST" });
  });

  test("any text is a finite time or BAD_REQUEST", () => {
    // If it fails, a crafted parameter is an internal error or a query over NaN.
    const texts = fc.oneof(fc.string(), fc.stringMatching(/^(now)?-?\d{0,15}(\.\d{0,3})?(ms|s|m|h|d|w|y)?$/));
    fc.assert(
      fc.property(texts, (text) => {
        for (const parse of [() => parseTime(text, nowMs), () => parseDuration(text)]) {
          try {
            assert.ok(Number.isFinite(parse()));
          } catch (error) {
            assert.ok(error instanceof ChainPulseError && error.code === "BAD_REQUEST");
          }
        }
      }),
    );
  });

  test("RFC 3339 and unix seconds name the same moments", () => {
    // If it fails, the two forms that people mix do not agree.
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true }), (date) => {
        assert.equal(parseTime(date.toISOString(), nowMs), date.getTime());
        assert.equal(parseTime(String(date.getTime() / 1000), nowMs), date.getTime());
      }),
    );
  });

  test("a grid keeps within its points, covers its range, and does not move with time", () => {
    // If it fails, charts flicker as time goes on, or an answer is larger than allowed.
    const wishes = fc.record({
      fromMs: fc.integer({ min: 0, max: nowMs }),
      lengthMs: fc.integer({ min: 0, max: 31_536_000_000 }),
      maxPoints: fc.integer({ min: 2, max: pointsMax }),
      samplingIntervalMs: fc.constantFrom(200, 1000, 15_000),
    });
    fc.assert(
      fc.property(wishes, ({ fromMs, lengthMs, maxPoints, samplingIntervalMs }) => {
        const grid = gridOf({ fromMs, toMs: fromMs + lengthMs, maxPoints, samplingIntervalMs });
        assert.ok(grid.points <= maxPoints + 1, `${grid.points} points`);
        assert.equal(grid.points, Math.round(grid.points));
        assert.equal(grid.stepMs % samplingIntervalMs, 0);
        assert.equal(grid.startMs % grid.stepMs, 0);
        assert.ok(grid.startMs <= fromMs && fromMs - grid.startMs < grid.stepMs);
        assert.ok(grid.endMs <= fromMs + lengthMs || grid.endMs === grid.startMs);
        assert.ok(fromMs + lengthMs - grid.endMs < grid.stepMs);
      }),
    );
  });

  test("long ranges have steps of whole minutes, very long ones of whole hours", () => {
    // If it fails, a chart of a month is computed from millions of samples instead of summaries.
    const day = 86_400_000;
    const stepOf = (spanMs: number, points: { readonly maxPoints?: number } = {}): number =>
      gridOf({ fromMs: nowMs - spanMs, toMs: nowMs, samplingIntervalMs: 1000, ...points }).stepMs / 1000;
    assert.deepEqual([stepOf(day / 24), stepOf(day / 2), stepOf(day), stepOf(30 * day)], [4, 60, 120, 2640]);
    assert.deepEqual([stepOf(40 * day), stepOf(365 * day)], [3600, 32_400]);
    assert.equal(stepOf(day, { maxPoints: 11_000 }), 8);
    assert.equal(gridOf({ fromMs: 0, toMs: day, stepMs: 87_000, samplingIntervalMs: 1000 }).stepMs, 87_000);
  });

  test("points closer than the ticks end with the range", () => {
    // If it fails, the first chart of a node depends on how its first two ticks lie to the whole second.
    const grid = gridOf({ fromMs: nowMs - 903, toMs: nowMs + 17, stepMs: 250, samplingIntervalMs: 1000 });
    assert.deepEqual(grid, { startMs: nowMs + 17 - 1000, endMs: nowMs + 17, stepMs: 250, points: 5 });
  });

  test("too many points and a backward range are refused", () => {
    // If it fails, `step=1ms` over a month is attempted.
    const wish = { fromMs: 0, samplingIntervalMs: 1000 };
    assert.throws(() => gridOf({ ...wish, toMs: 86_400_000, stepMs: 1 }), { code: "QUERY_LIMIT" });
    assert.throws(() => gridOf({ ...wish, toMs: -1 }), { code: "BAD_REQUEST" });
  });
});
