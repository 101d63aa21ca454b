import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { DamagedFileError } from "../database.ts";
import { readCodeLengths, writeCodeLengths } from "./code-lengths.ts";
import { maxCodeBits } from "./prefix-code.ts";
import { byteSink, sunkBytes } from "./varint.ts";

it("lengths come back, with gaps and plateaus, and no more of them than there is room for", () => {
  // Every value of the column would be decoded with the wrong code.
  fc.assert(
    fc.property(fc.array(fc.constantFrom(0, 0, 0, 0, 1, 5, maxCodeBits), { minLength: 1, maxLength: 60 }), (list) => {
      const lengths = Uint8Array.from(list);
      const sink = byteSink();
      writeCodeLengths(sink, lengths);
      const read = new Uint8Array(lengths.length);
      const source = { bytes: sunkBytes(sink), at: 0 };
      readCodeLengths(source, read);
      assert.deepEqual(read, lengths);
      assert.equal(source.at, source.bytes.length);
    }),
  );
  const repetition = Uint8Array.of(0xff);
  assert.throws(() => readCodeLengths({ bytes: repetition, at: 0 }, new Uint8Array(5)), DamagedFileError);
  assert.throws(() => readCodeLengths({ bytes: repetition, at: 0 }, new Uint8Array(20)), DamagedFileError);
});
