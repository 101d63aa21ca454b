import assert from "node:assert/strict";
import { it } from "node:test";
import { readWideBits } from "./bits.ts";

it("wide fields are read over the edges of words", () => {
  // A jump of more than a window's bits would come back as another value.
  const words = Int32Array.of(0x89abcdef | 0, 0x01234567, 0x7654_3210, 0, 0);
  const whole = 0x76543210_01234567_89abcdefn;
  for (let position = 0; position < 40; position++) {
    for (let bits = 0; bits <= 53; bits++) {
      assert.equal(BigInt(readWideBits(words, position, bits)), (whole >> BigInt(position)) & ((1n << BigInt(bits)) - 1n));
    }
  }
});
