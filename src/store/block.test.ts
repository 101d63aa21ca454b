import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { staleNaNBits } from "../core/storage.ts";
import { type ColumnInput, decodeColumn, encodeBlock, openBlock, seriesPerBlock } from "./block.ts";
import { DamagedFileError } from "./database.ts";
import { bitsOf, doublesOf } from "./temporary-store.test-support.ts";

interface Sparse {
  readonly slot: number;
  /** One entry per row, `null` where the series has no sample. */
  readonly bits: readonly (bigint | null)[];
}

const anyBits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(staleNaNBits, 0x7ff8000000000001n, 0x8000000000000000n, 0x7ff0000000000000n, 0xfff0000000000000n, 1n),
  fc.integer({ min: 0, max: 1000 }).map((value) => new BigUint64Array(Float64Array.of(value).buffer)[0] ?? 0n),
);

const anyBlock = fc.integer({ min: 1, max: 70 }).chain((rows) =>
  fc.record({
    timestampsMs: fc
      .tuple(
        fc.integer({ min: 0, max: 2 ** 42 }),
        fc.array(fc.integer({ min: 1, max: 2 ** 24 }), { minLength: rows - 1, maxLength: rows - 1 }),
      )
      .map(([first, steps]) => steps.reduce<number[]>((times, step) => [...times, (times.at(-1) ?? 0) + step], [first])),
    columns: fc.uniqueArray(fc.integer({ min: 0, max: seriesPerBlock - 1 }), { minLength: 1, maxLength: 8 }).chain((slots) =>
      fc.tuple(
        ...slots
          .sort((a, b) => a - b)
          .map((slot) =>
            fc
              .array(fc.option(anyBits, { freq: 5 }), { minLength: rows, maxLength: rows })
              .filter((bits) => bits.some((one) => one !== null))
              .map((bits): Sparse => ({ slot, bits })),
          ),
      ),
    ),
  }),
);

function inputOf({ slot, bits }: Sparse): ColumnInput {
  const present = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [row, one] of bits.entries()) if (one !== null) present[row >> 3] = (present[row >> 3] ?? 0) | (1 << (row & 7));
  const values = doublesOf(bits.filter((one) => one !== null));
  return { slot, present: values.length === bits.length ? null : present, words: new Uint32Array(values.buffer) };
}

describe("block", () => {
  it("gives back every bit of every sample, and only at the times that had one", () => {
    // A chart, an alert or a stale marker would silently show something that was never measured.
    fc.assert(
      fc.property(anyBlock, ({ timestampsMs, columns }) => {
        const block = openBlock(encodeBlock(Float64Array.from(timestampsMs), columns.map(inputOf)));
        for (let slot = 0; slot < seriesPerBlock; slot++) {
          const wanted = columns.find((column) => column.slot === slot);
          const decoded = decodeColumn(block, slot);
          if (wanted === undefined) {
            assert.equal(decoded, null);
            continue;
          }
          const rows = wanted.bits.flatMap((one, row) => (one === null ? [] : [{ one, time: timestampsMs[row] }]));
          assert.deepEqual(
            bitsOf(decoded?.values ?? new Float64Array()),
            rows.map(({ one }) => one.toString(16)),
          );
          assert.deepEqual(
            [...(decoded?.timestampsMs ?? [])],
            rows.map(({ time }) => time),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("refuses a block with any bit flipped or any byte cut off", () => {
    // A damaged disk would show as wrong numbers instead of as a named gap.
    const bits = Array.from({ length: 40 }, (_, i) => BigInt(i) * 0x1234567n);
    const sound = encodeBlock(
      Float64Array.from({ length: 40 }, (_, i) => 1_000_000 + i * 1000),
      [inputOf({ slot: 3, bits }), inputOf({ slot: 40, bits })],
    );
    for (let bit = 0; bit < sound.length * 8; bit++) {
      // Bytes 2 to 7 are reserved and not read.
      if (bit >= 16 && bit < 64) continue;
      const flipped = sound.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => openBlock(flipped), DamagedFileError, `bit ${bit}`);
    }
    for (let length = 0; length < sound.length; length++) {
      assert.throws(() => openBlock(sound.subarray(0, length)), DamagedFileError, `${length} bytes`);
    }
  });

  it("refuses what is no block at all", () => {
    // A reader would crash or allocate without bound on a file that something else has written into.
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => assert.throws(() => openBlock(bytes), DamagedFileError)),
    );
  });
});
