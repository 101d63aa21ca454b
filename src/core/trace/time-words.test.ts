import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { durationText, measuredText } from "./time-words.ts";

/** With blanks where lines may not break. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

test("durations have three digits in the unit that fits", () => {
  // Wrong: a sentence says 0.0093 s or 9400.1 ms, and a reader takes one for the other.
  const cases: readonly (readonly [ms: number, text: string])[] = [
    [0, "0 s"],
    [0.0125, "12.5 µs"],
    [0.9996, "1 ms"],
    [12.34, "12.3 ms"],
    [312.4, "312 ms"],
    [999.7, "1 s"],
    [9400, "9.4 s"],
    [119_000, "119 s"],
    [125_000, "2 min 5 s"],
    [3_600_000, "60 min"],
    [11_520_000, "3 h 12 min"],
    [705_600_000, "8 d 4 h"],
    [-700, "-700 ms"],
  ];
  for (const [ms, text] of cases) assert.equal(plain(durationText(ms)), text);
});

test("a value and its error have one unit and no idle digits", () => {
  // Wrong: a hop is said to the microsecond although the clocks differ by milliseconds.
  const cases: readonly (readonly [ms: number, errorMs: number | null, text: string])[] = [
    [312.4, 4.2, "312 ± 5 ms"],
    [12.34, 0.15, "12.34 ± 0.15 ms"],
    [295, 2070, "0.3 ± 2.1 s"],
    [2.1, 30, "2 ± 30 ms"],
    [9400, 12, "9.400 ± 0.012 s"],
    [1500, 0.2, "1.500 ± 0.001 s"],
    [-0.2, 8, "0 ± 8 ms"],
    [300, 0, "300 ms"],
    [300, null, "300 ms"],
    [600_000, 1000, "10 min ± 1 s"],
  ];
  for (const [ms, errorMs, text] of cases) assert.equal(plain(measuredText(ms, errorMs)), text);
});

test("any number has words, and an error is never said to be none", () => {
  // Wrong: a sentence holds NaN, an exponent, or a certainty that nobody has.
  const number = fc.double({ min: -1e12, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(number, fc.double({ min: 0.001, max: 1e12, noNaN: true }), (ms, errorMs) => {
      assert.match(plain(durationText(ms)), /^-?[\d.,]+ (µs|ms|s|min|h|d)( \d+ (s|min|h))?$/);
      assert.doesNotMatch(plain(measuredText(ms, errorMs)), /NaN|[\d.]e|± 0 |-0 /);
    }),
  );
});
