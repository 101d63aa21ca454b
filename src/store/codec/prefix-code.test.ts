import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { DamagedFileError } from "../database.ts";
import { canonicalCodes, codeLengths, fillDecodeTable, maxCodeBits, maxUsedSymbols } from "./prefix-code.ts";

it("prefix codes are complete, no longer than allowed, and lead back to their symbols", () => {
  // One wrong code shifts everything behind it in the column.
  const counts = fc.oneof(
    fc.array(fc.nat(100), { minLength: 1, maxLength: maxUsedSymbols, size: "max" }),
    // Fibonacci numbers make the deepest trees.
    fc.integer({ min: 1, max: 40 }).map((n) => Array.from({ length: n }, (_, i) => Math.round(1.618 ** i))),
  );
  fc.assert(
    fc.property(
      counts.filter((list) => list.some((count) => count > 0)),
      (list) => {
        const lengths = codeLengths(list);
        const codes = canonicalCodes(lengths);
        const table = new Int32Array(2 ** maxCodeBits).fill(-1);
        const bits = fillDecodeTable(lengths, Int32Array.from(list.keys()), table);
        for (const [symbol, count] of list.entries()) {
          if (count === 0) continue;
          const length = lengths[symbol] ?? 0;
          for (let more = 0; more < 2 ** (bits - length); more++) {
            assert.equal(table[(codes[symbol] ?? 0) | (more << length)], symbol);
          }
        }
      },
    ),
    { numRuns: 100 },
  );
  for (const lengths of [
    [1, 1, 1],
    [2, 2, 2],
    [15, 15],
    [0, 0],
    [12, 1],
  ]) {
    assert.throws(() => fillDecodeTable(Uint8Array.from(lengths), new Int32Array(9), new Int32Array(4096)), DamagedFileError);
  }
});
