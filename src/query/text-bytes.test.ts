import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { numberBytesMax, writeNumber, writeSeconds } from "./text-bytes.ts";

/** Go's strconv.FormatFloat(value, 'f' or 'e', -1, 64), as Prometheus calls it. */
function expected(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const text = Object.is(value, -0) ? "-0" : String(value);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

function written(write: (bytes: Buffer, at: number) => number): string {
  const bytes = Buffer.alloc(2 + numberBytesMax, "#");
  const end = write(bytes, 1);
  assert.equal(bytes.toString("latin1", 0, 1) + bytes.toString("latin1", end), "#".repeat(3 + numberBytesMax - end));
  return bytes.toString("latin1", 1, end);
}

// When this fails, charts show another value than was computed, or a client cannot read the answer at all.
test("numbers are written with the shortest digits that name them", () => {
  const decimals = fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 6 })).map(([m, e]) => m / 10 ** e);
  const large = fc
    .tuple(fc.double({ noNaN: true, min: 1, max: 10 }), fc.integer({ min: 10, max: 24 }))
    .map(([m, e]) => m * 10 ** e);
  const special = fc.constantFrom(
    0,
    -0,
    1e12,
    1e12 - 0.001,
    999999999999.999,
    2 ** 53,
    2 ** 53 + 2,
    1e21,
    1e-6,
    1e-7,
    5e-324,
    -0.0000010000130253143721,
    0.1 + 0.2,
  );
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer(), decimals, large, large.map(Math.round), special), (value) => {
      assert.equal(
        written((bytes, at) => writeNumber(bytes, at, value)),
        expected(value),
      );
    }),
    { numRuns: 3000 },
  );
});

// When this fails, points stand at other times than they were computed for.
test("times are written in seconds", () => {
  fc.assert(
    fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (timeMs) => {
      const text = written((bytes, at) => writeSeconds(bytes, at, timeMs));
      assert.match(text, /^-?\d+(?:\.\d{3})?$/);
      assert.equal(Number(text), timeMs / 1000);
    }),
  );
});
