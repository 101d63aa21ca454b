import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compressSync } from "snappy";
import { snappyLength, SnappyError, uncompressBlock } from "./snappy-block.ts";

/** Like requests of remote write: much repeats, near and far. */
const repetitive = fc
  .tuple(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.nat({ max: 5 }), { maxLength: 300 }),
  )
  .map(([words, order]) => Buffer.concat(order.map((index) => words[index % words.length] ?? Buffer.alloc(0))));

// What breaks: requests of Prometheus cannot be read, or are read as others.
describe("Snappy blocks", () => {
  test("what the library packs is unpacked, also into memory that was used before", () => {
    fc.assert(
      fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 2000 })), (bytes) => {
        const block = compressSync(Buffer.from(bytes));
        assert.equal(snappyLength(block), bytes.length);
        assert.deepEqual(Buffer.from(uncompressBlock(block)), Buffer.from(bytes));
      }),
      { numRuns: 500 },
    );
  });

  test("large blocks, and literals of all lengths", () => {
    for (const length of [59, 60, 61, 64, 65, 255, 256, 257, 65_535, 65_536, 65_537, 100_000, 5_000_000]) {
      const bytes = Buffer.alloc(length);
      for (let i = 0; i < length; i++) bytes[i] = Math.imul(i, 0x9e3779b1) >>> 24;
      assert.ok(Buffer.from(uncompressBlock(compressSync(bytes))).equals(bytes), `${length}`);
    }
  });

  test("whoever watches sees what is unpacked before the rest is, and may end it", () => {
    const bytes = Buffer.alloc(5_000_000, "some text that repeats, ");
    const seen: number[] = [];
    const watch = (unpacked: Uint8Array, to: number): void => {
      assert.ok(bytes.subarray(0, to).equals(unpacked.subarray(0, to)));
      seen.push(to);
    };
    uncompressBlock(compressSync(bytes), watch);
    assert.equal(seen.length, 4);
    const refuse = (): never => {
      throw new RangeError("enough");
    };
    assert.throws(() => uncompressBlock(compressSync(bytes), refuse), RangeError);
  });

  test("garbage is refused, and nothing is read or written outside", () => {
    const block = compressSync(Buffer.from("abcabcabcabcabcabcabc, and something that does not repeat, abcabcabc"));
    const mutated = fc.array(fc.tuple(fc.nat({ max: block.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(mutated, (changes) => {
        const bytes = Uint8Array.from(block);
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          if (snappyLength(bytes) < 1_000_000) assert.equal(uncompressBlock(bytes).length, snappyLength(bytes));
        } catch (error) {
          assert.ok(error instanceof SnappyError, String(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  test("a copy that reaches before the block, and a length that is none", () => {
    for (const bytes of [
      [4, 0x01, 0x01],
      [],
      [0xff, 0xff, 0xff, 0xff, 0x7f],
      [3, 0x08, 0x61],
      [1, 0xf0],
      [2, 0x04, 0x61, 0x62, 0x63],
    ]) {
      assert.throws(() => uncompressBlock(Uint8Array.from(bytes)), SnappyError);
    }
  });
});
