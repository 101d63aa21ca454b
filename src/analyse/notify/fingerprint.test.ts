import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fingerprintOf } from "./fingerprint.ts";

// If these fail, a receiver that knows alerts by their fingerprint opens an incident twice, or closes the wrong one.

test("no labels have FNV-1a's offset basis, and single bytes hash as FNV's own test vectors do", () => {
  assert.equal(fingerprintOf({}), "cbf29ce484222325");
  // Written out by hand from the definition: 'a', 0xff, 'b', 0xff.
  let hash = 0xcbf29ce484222325n;
  for (const byte of [0x61, 0xff, 0x62, 0xff]) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  assert.equal(fingerprintOf({ a: "b" }), hash.toString(16).padStart(16, "0"));
});

test("it does not depend on the order of labels, and has 16 digits", () => {
  const labels = fc.dictionary(fc.string({ minLength: 1 }), fc.string(), { maxKeys: 6 });
  fc.assert(
    fc.property(labels, (set) => {
      const reversed = Object.fromEntries(Object.entries(set).reverse());
      assert.equal(fingerprintOf(reversed), fingerprintOf(set));
      assert.match(fingerprintOf(set), /^[0-9a-f]{16}$/);
    }),
  );
});

test("where a name ends and its value begins counts", () => {
  assert.notEqual(fingerprintOf({ ab: "c" }), fingerprintOf({ a: "bc" }));
  assert.notEqual(fingerprintOf({ a: "b", c: "d" }), fingerprintOf({ a: "bcd" }));
});
