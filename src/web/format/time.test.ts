import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { agoText, axisTimes, clockTime, dateTime, localInstants, spanText } from "./time.ts";
import { fromZoned, toZoned } from "./zoned-input.ts";

const noon = Date.UTC(2026, 10, 25, 12, 0, 5);

test("instants are written in the chosen zone on a 24-hour clock", () => {
  // Wrong: an operator looks for the incident in another hour's log.
  assert.equal(clockTime(noon, "UTC"), "12:00:05");
  assert.equal(clockTime(noon, "Asia/Tokyo"), "21:00:05");
  assert.equal(dateTime(noon, "America/New_York"), "25 Nov 2026, 07:00:05");
  assert.equal(clockTime(Date.UTC(2026, 0, 1), "UTC"), "00:00:00");
});

test("spans show their two largest units", () => {
  // Wrong: "since when" is off by a unit.
  const cases: readonly (readonly [number, string])[] = [
    [0, "0 s"],
    [14_400, "14 s"],
    [125_000, "2 min 5 s"],
    [3_600_000, "1 h"],
    [11_520_000, "3 h 12 min"],
    [705_600_000, "8 d 4 h"],
    [-5, "0 s"],
  ];
  for (const [ms, expected] of cases) assert.equal(spanText(ms), expected);
  assert.equal(agoText(1000, 2000), "now");
  assert.equal(agoText(1000, 15_000), "14 s ago");
});

test("a time axis names the day where it begins", () => {
  // Wrong: a week's axis reads 00:00 seven times.
  const midnight = Date.UTC(2026, 10, 25);
  assert.deepEqual(axisTimes([midnight, midnight + 3_600_000], 3_600_000, "UTC"), ["25 Nov", "01:00"]);
  assert.deepEqual(axisTimes([noon], 5000, "UTC"), ["12:00:05"]);
});

test("an instant survives the way through a date field in any zone", () => {
  // Wrong: the range that the user typed is another one than the chart shows.
  // Whole seconds of 2020–2040; the hour that a zone repeats in autumn has two instants for one text, so it is compared as text.
  const zones = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe");
  fc.assert(
    fc.property(fc.integer({ min: 1_577_836_800, max: 2_208_988_800 }), zones, (seconds, zone) => {
      const text = toZoned(seconds * 1000, zone);
      const back = fromZoned(text, zone);
      assert.ok(back !== null);
      assert.equal(toZoned(back, zone), text);
    }),
  );
  assert.equal(fromZoned("", "UTC"), null);
});

test("instants in a sentence are written in the chosen zone, and nothing else is touched", () => {
  // Wrong: a check says 12:00 and the chart beside it shows the peak at 21:00.
  assert.equal(
    localInstants("Full since 2026-11-25T12:00:05Z, /dev/2026-11-25.", "Asia/Tokyo"),
    "Full since 25 Nov 2026, 21:00:05, /dev/2026-11-25.",
  );
  assert.equal(localInstants("since 2026-11-25T12:00:05.120Z", "UTC"), "since 25 Nov 2026, 12:00:05");
  assert.equal(localInstants("since 2026-99-25T12:00:05Z", "UTC"), "since 2026-99-25T12:00:05Z");
});
