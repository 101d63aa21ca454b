import assert from "node:assert/strict";
import { test } from "node:test";
import { xxhash64 } from "./xxhash64.ts";

// When this fails, limit_ratio takes another sample of the series than Prometheus does.
test("the hashes of the reference implementation", () => {
  const cases = {
    "": "ef46db3751d8e999",
    a: "d24ec4f1a98c6e5b",
    abc: "44bc2cf5ad770999",
    "Nobody inspects the spammish repetition": "fbcea83c8a378bf1",
  };
  for (const [text, hash] of Object.entries(cases)) {
    assert.equal(xxhash64(new TextEncoder().encode(text)).toString(16), hash, text);
  }
});
