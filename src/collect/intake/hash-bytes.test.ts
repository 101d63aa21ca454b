import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hashBytes } from "./hash-bytes.ts";

test("a key has one hash, wherever it stands, and another one under another salt", () => {
  // If this fails, known series are taken for new ones with every request, and each costs a round to the data thread.
  const bytes = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(bytes, bytes, bytes, fc.integer({ min: 1 }), (before, key, after, salt) => {
      const alone = new DataView(Uint8Array.from(key).buffer);
      const among = new DataView(Uint8Array.from([...before, ...key, ...after]).buffer);
      const hash = hashBytes(alone, 0, key.length);
      assert.equal(hashBytes(among, before.length, before.length + key.length), hash);
      assert.notEqual(hashBytes(alone, 0, key.length, salt), hash);
    }),
  );
});
