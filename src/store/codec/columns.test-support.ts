/** Columns for tests and for the codec's benchmark: what a series can look like, from well-behaved to hostile. */
import fc from "fast-check";
import { staleNaNBits } from "../../core/storage.ts";

/** |value| ≤ 2^53, often at a power of two. */
export const anyInteger = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.tuple(fc.integer({ min: 0, max: 53 }), fc.integer({ min: -2, max: 2 })).map(([power, more]) => {
    return Math.max(-(2 ** 53), Math.min(2 ** 53, 2 ** power + more));
  }),
);

/** A column as bits, so that NaN payloads are never JavaScript numbers. */
export type Bits = BigUint64Array;

const maxLength = 1300;

export function bitsOfValues(values: Float64Array): Bits {
  return new BigUint64Array(values.buffer, values.byteOffset, values.length);
}

export function valuesOfBits(bits: Bits): Float64Array {
  return new Float64Array(bits.buffer, bits.byteOffset, bits.length);
}

/** NaNs quiet and signalling, with payloads and signs; infinities, −0, the least and the greatest double, a stale marker. */
const specials = [
  staleNaNBits,
  0x7ff8000000000001n,
  0x7ff0000000000001n,
  0xfff8000000000000n,
  0xffffffffffffffffn,
  0x8000000000000000n,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  1n,
  0x8000000000000001n,
  0x7fefffffffffffffn,
];

const length = fc.integer({ min: 0, max: maxLength });
const doubles = (values: fc.Arbitrary<number>): fc.Arbitrary<Bits> =>
  fc.array(values, { maxLength, size: "max" }).map((list) => bitsOfValues(Float64Array.from(list)));

const scales: readonly ((m: number, e: number) => number)[] = [
  (m, e) => m / 10 ** e,
  (m, e) => m * Number(`1e-${e}`),
  (m, e) => m / 10 ** (e >> 1) / 10 ** (e - (e >> 1)),
  (m, e) => m / 2 ** e,
];

/** Goes up by small steps, with jumps, rests and resets, in one unit. */
const counter = fc
  .record({
    steps: fc.array(fc.oneof(fc.nat(3), fc.nat(1e6), fc.constant(0), fc.constant(-Infinity)), { maxLength, size: "max" }),
    start: fc.nat(2 ** 40),
    unit: fc.constantFrom(1, 8, 4096, 2 ** 40),
  })
  .map(({ steps, start, unit }) => {
    let value = start;
    return bitsOfValues(Float64Array.from(steps, (step) => (value = step < 0 ? 0 : value + step) * unit));
  });

const decimals = fc
  .record({
    integers: fc.array(fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.maxSafeInteger()), { maxLength, size: "max" }),
    scale: fc.constantFrom(...scales),
    exponent: fc.integer({ min: 0, max: 17 }),
  })
  .map(({ integers, scale, exponent }) => bitsOfValues(Float64Array.from(integers, (m) => scale(m, exponent))));

/** About the bounds where integers stop being exact. */
const boundaries = doubles(
  fc
    .tuple(fc.constantFrom(0, 1, -1), fc.integer({ min: 20, max: 60 }), fc.integer({ min: -3, max: 3 }))
    .map(([sign, power, more]) => sign * 2 ** power + more),
);

const constant = fc
  .tuple(length, fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(...specials)))
  .map(([n, bits]) => new BigUint64Array(n).fill(bits));

const randomBits = fc
  .array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength, size: "max" })
  .map((bits) => BigUint64Array.from(bits));

const repeating = fc
  .tuple(length, fc.array(fc.integer({ min: -5, max: 1e6 }), { minLength: 1, maxLength: 7 }))
  .map(([n, cycle]) => bitsOfValues(Float64Array.from({ length: n }, (_, i) => cycle[i % cycle.length] ?? 0)));

/** Lays runs of special values over a column. */
const withSpecials = (columns: fc.Arbitrary<Bits>): fc.Arbitrary<Bits> =>
  fc
    .tuple(
      columns,
      fc.array(fc.tuple(fc.nat(maxLength), fc.integer({ min: 1, max: 40 }), fc.constantFrom(...specials)), { maxLength: 12 }),
    )
    .map(([bits, runs]) => {
      for (const [start, run, special] of runs) bits.fill(special, start, start + run);
      return bits;
    });

const plain = fc.oneof(
  counter,
  decimals,
  constant,
  repeating,
  randomBits,
  boundaries,
  doubles(fc.integer()),
  doubles(fc.double({ noNaN: true })),
  doubles(fc.float({ noNaN: true })),
);

export const anyColumn = fc.oneof(plain, withSpecials(plain));
