import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { DamagedFileError } from "../database.ts";
import { decodeValues, encodeColumn } from "./column.ts";
import { anyColumn, type Bits, bitsOfValues, valuesOfBits } from "./columns.test-support.ts";

function decode(bytes: Uint8Array, count: number): Bits {
  const bits = new BigUint64Array(count);
  decodeValues(bytes, count, valuesOfBits(bits));
  return bits;
}

/** The same bytes at an odd address. */
function misaligned(bytes: Uint8Array): Uint8Array {
  const moved = new Uint8Array(bytes.length + 3).subarray(3);
  moved.set(bytes);
  return moved;
}

function floats(...values: number[]): Bits {
  return bitsOfValues(Float64Array.from(values));
}

const efforts = ["best", "quick"] as const;
const anyEffort = fc.constantFrom(...efforts);

describe("column codec", () => {
  it("gives back every bit of any float64 sequence", () => {
    // Stored history would differ from what was measured: silently, in the last digit or in a NaN that meant "ended".
    fc.assert(
      fc.property(anyColumn, anyEffort, (bits, effort) => {
        const bytes = encodeColumn(valuesOfBits(bits), effort);
        assert.deepEqual(decode(misaligned(bytes), bits.length), bits);
        assert.ok(bytes.length <= 8 * bits.length + 16, `${bytes.length} bytes for ${bits.length} values`);
      }),
      { numRuns: 500 },
    );
  });

  it("gives back what is one step from where integers stop being exact", () => {
    // The two errors of the codec's first draft, both near 2^53: a lost sign bit and a difference that was rounded.
    for (const bits of [
      floats(0, 2 ** 53, -(2 ** 53), 1, 7.5e15),
      floats(-(2 ** 53), 2 ** 53, 2 ** 53 - 2, 0),
      floats(2 ** 52, -(2 ** 52), 2 ** 52 + 1, -(2 ** 52) - 1),
      floats(0, 7.5e15, 0, 7.5e15, 0),
      floats(0.1, 0.2, 0.1 + 0.2, 2.0260000000000002),
      floats(-0, 0, -0, -0),
      floats(NaN),
      // More classes than a code has symbols for.
      floats(
        ...Array.from(
          { length: 1600 },
          (_, i) => (i % 2 === 0 ? 1 : -1) * Math.floor((16 + (i % 16)) * 2 ** Math.floor(i / 34)),
        ),
      ),
      floats(2 ** 60, 2 ** 60 + 2 ** 20, 2 ** 60 + 2 ** 40),
    ]) {
      for (const effort of efforts) assert.deepEqual(decode(encodeColumn(valuesOfBits(bits), effort), bits.length), bits);
    }
  });

  it("takes about as little as the values say", () => {
    // A change in choosing scale, order or classes would show as a data directory twice the size, and nowhere else.
    const rows = Array.from({ length: 3600 }, (_, i) => i);
    const random = (i: number): number => crc32(Uint8Array.of(i, i >> 8)) >>> 12;
    const size = (value: (i: number) => number): number => encodeColumn(Float64Array.from(rows, value)).length;
    assert.ok(size(() => 42) <= 4, "constant");
    assert.ok(size((i) => 1e12 + i * 1003) <= 24, "a counter with a constant rate");
    assert.ok(size((i) => (i < 1000 ? 5 : 1e9)) <= 48, "one jump");
    assert.ok(size((i) => (i === 1800 ? NaN : i)) <= 48, "one NaN");
    assert.ok(size((i) => (i % 50 === 0 ? 0.5 : (random(i) % 1000) / 100)) <= (3600 * 10.5) / 8, "every 50th has fewer digits");
    for (const [name, scaled] of [
      ["÷ 10^9", (m: number) => m / 1e9],
      ["× 10^−3", (m: number) => m * 1e-3],
      ["÷ 10^3 ÷ 10^3", (m: number) => m / 1e3 / 1e3],
      ["× 2^−22", (m: number) => m / 2 ** 22],
      ["pages", (m: number) => m * 4096],
    ] as const) {
      assert.ok(size((i) => scaled(random(i))) <= (3600 * 20.1) / 8 + 64, name);
    }
  });

  it("refuses or misreads damaged bytes, but never runs on or writes beyond the count", () => {
    // A tier's block or a file with a flipped bit could hang the writer or take all of the memory.
    const damaged = fc
      .tuple(
        fc.tuple(anyColumn, anyEffort),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        fc.integer({ min: -3, max: 3 }),
      )
      .map(([[bits, effort], changes, cut, more]) => {
        const bytes = encodeColumn(valuesOfBits(bits), effort).slice();
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const whole = cut % 2 === 0;
        return { bytes: whole ? bytes : bytes.subarray(0, cut % (bytes.length + 1)), count: Math.max(0, bits.length + more) };
      });
    const garbage = fc.record({ bytes: fc.uint8Array({ maxLength: 300 }), count: fc.integer({ min: 0, max: 500 }) });
    fc.assert(
      fc.property(fc.oneof(damaged, garbage), ({ bytes, count }) => {
        const out = new Float64Array(count + 8).fill(7);
        try {
          decodeValues(bytes, count, out);
        } catch (error) {
          if (!(error instanceof DamagedFileError)) throw error;
        }
        assert.deepEqual(out.subarray(count), new Float64Array(8).fill(7));
      }),
      { numRuns: 3000 },
    );
  });
});
