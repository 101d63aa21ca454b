import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { DamagedFileError } from "../database.ts";
import { anyInteger } from "./columns.test-support.ts";
import { byteSink, readSignedVarint, readVarint, sunkBytes, writeSignedVarint, writeVarint } from "./varint.ts";

it("varints carry every exact integer and its sign", () => {
  // A block's directory or a column's first value would be another number.
  fc.assert(
    fc.property(anyInteger, (value) => {
      const sink = byteSink(1);
      writeSignedVarint(sink, value);
      writeVarint(sink, Math.abs(value));
      const source = { bytes: sunkBytes(sink), at: 0 };
      assert.equal(readSignedVarint(source), value === 0 ? 0 : value);
      assert.equal(readVarint(source), Math.abs(value));
      assert.equal(source.at, source.bytes.length);
      assert.throws(() => readVarint(source), DamagedFileError);
    }),
  );
  assert.throws(() => readVarint({ bytes: new Uint8Array(20).fill(0xff), at: 0 }), DamagedFileError);
  const tooLarge = Uint8Array.from({ length: 8 }, (_, i) => (i < 7 ? 0xff : 0x7f));
  assert.throws(() => readVarint({ bytes: tooLarge, at: 0 }), DamagedFileError);
});
