import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { sharedFolder } from "../../../test/support/shared-files.ts";
import { staleNaNBits } from "../../core/storage.ts";
import { type ColumnInput, decodeColumn, encodeBlock, openBlock, seriesPerBlock } from "./block.ts";
import { DamagedFileError } from "../database.ts";
import { blocksOf, recordedHour } from "./recording.test-support.ts";
import { bitsOf, doublesOf } from "../temporary-store.test-support.ts";

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
      const flipped = sound.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => openBlock(flipped), DamagedFileError, `bit ${bit}`);
    }
    for (let length = 0; length < sound.length; length++) {
      assert.throws(() => openBlock(sound.subarray(0, length)), DamagedFileError, `${length} bytes`);
    }
  });

  it("keeps once what several columns have in common, and puts what repeats under zstd", () => {
    // The data directory would grow by a tenth, and nothing else would tell.
    const rows = 1000;
    const timestampsMs = Float64Array.from({ length: rows }, (_, i) => 1_000_000 + i * 1000);
    const noise = (row: number): number => crc32(Uint8Array.of(row, row >> 8)) >>> 8;
    const column = (slot: number, value: (row: number) => number): ColumnInput => ({
      slot,
      present: null,
      words: new Uint32Array(Float64Array.from({ length: rows }, (_, row) => value(row)).buffer),
    });
    const one = encodeBlock(timestampsMs, [column(0, noise)]);
    const pages = encodeBlock(timestampsMs, [column(0, noise), column(7, noise), column(9, (row) => noise(row) * 4096 + 5)]);
    assert.ok(pages.length < one.length + 64, `${pages.length} bytes, ${one.length} without the copies`);

    const cycle = (row: number): number => noise(row % 50);
    const cycles = encodeBlock(timestampsMs, [column(0, cycle)]);
    assert.ok(cycles.length < one.length / 3, `${cycles.length} bytes for what repeats, ${one.length} for noise`);
    assert.deepEqual(
      decodeColumn(openBlock(cycles), 0)?.values,
      Float64Array.from({ length: rows }, (_, row) => cycle(row)),
    );
  });

  const recording = sharedFolder("recordings/host-1h.json.gz");
  it("holds the recorded hour bit by bit, in less than 0.4 bytes per sample", { skip: recording.skip }, () => {
    // What the product promises about its disk space; blocks of an hour, of a quarter, and as sealed every five minutes.
    const { timestampsMs, series } = recordedHour(recording.path);
    for (const { rows, bytesPerSample } of [
      { rows: 3600, bytesPerSample: 0.39 },
      { rows: 900, bytesPerSample: 0.4 },
      { rows: 300, bytesPerSample: 0.43 },
    ]) {
      let bytes = 0;
      for (const { times, columns } of blocksOf(timestampsMs, series, rows)) {
        const encoded = encodeBlock(times, columns);
        bytes += encoded.length;
        const block = openBlock(encoded);
        assert.deepEqual(block.timestampsMs, times);
        for (const { slot, words } of columns) {
          const values = decodeColumn(block, slot)?.values ?? new Float64Array();
          assert.ok(Buffer.from(values.buffer).equals(new Uint8Array(words.buffer, words.byteOffset, words.byteLength)));
        }
      }
      const each = bytes / (series.length * timestampsMs.length);
      assert.ok(each < bytesPerSample, `${each} bytes per sample in blocks of ${rows} rows`);
    }
  });

  it("refuses what is no block at all", () => {
    // A reader would crash or allocate without bound on a file that something else has written into.
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => assert.throws(() => openBlock(bytes), DamagedFileError)),
    );
  });
});
