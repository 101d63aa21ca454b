import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { beginningsFinder, pointBytesMax, writePoints } from "./point-text.ts";
import { numberBytesMax, writeNumber, writeSeconds } from "./text-bytes.ts";

function textOf(write: typeof writeNumber, number: number): string {
  const bytes = Buffer.alloc(numberBytesMax);
  return bytes.toString("latin1", 0, write(bytes, 0, number));
}

/** The same point by point. */
function expected(timestampsMs: Float64Array, values: Float64Array): string {
  return Array.from(values, (value, i) => {
    return `[${textOf(writeSeconds, timestampsMs[i] ?? 0)},"${textOf(writeNumber, value)}"]`;
  }).join(",");
}

function written(timestampsMs: Float64Array, values: Float64Array, beginnings = beginningsFinder()): string {
  const bytes = Buffer.alloc(1 + pointBytesMax * values.length + 2, "#");
  const end = writePoints(bytes, 1, values, beginnings(timestampsMs));
  assert.equal(bytes.toString("latin1", 0, 1), "#");
  return bytes.toString("latin1", 1, end);
}

const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.double({ noNaN: true, min: 0.001, max: 1000 }),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    1e21,
    1e-6,
    1e-7,
    1.5e-7,
    5e-324,
    0.1 + 0.2,
    -Number.MAX_VALUE,
    -0.0000015429519309271722,
  ),
);
const timeMs = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1.7e12, max: 1.8e12 }));
const points = fc.array(fc.tuple(timeMs, number), { maxLength: 20 });

test("a series is written as its points are one by one", () => {
  // Charts would show other values or times than were computed, or a client could not read the answer at all.
  fc.assert(
    fc.property(points, (pairs) => {
      const [times, values] = [Float64Array.from(pairs, ([time]) => time), Float64Array.from(pairs, ([, value]) => value)];
      assert.equal(written(times, values), expected(times, values));
    }),
    { numRuns: 1000 },
  );
});

test("long numbers are written however many there are, and whatever is between them", () => {
  // They are written many at once: a long range would lose or repeat a point where one batch ends.
  const times = Float64Array.from({ length: 1600 }, (_, i) => 1.7e12 + 1000 * i);
  for (const pattern of [[Math.PI], [1, Math.E], [Number.NaN, 1 / 3, 2, 1e-9]]) {
    const values = Float64Array.from(times, (_, i) => (pattern[i % pattern.length] ?? 0) * (i + 1));
    assert.equal(written(times, values), expected(times, values));
  }
});

test("series with other times have those times", () => {
  // What is kept of one series' times would stand before the values of the next.
  const beginnings = beginningsFinder();
  const [first, second] = [Float64Array.of(1000, 2000), Float64Array.of(3500)];
  for (const times of [first, second, first]) {
    const values = times.map((time) => time / 7);
    assert.equal(written(times, values, beginnings), expected(times, values));
  }
});
