import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { labelsKey, labelsOfKey } from "./labels.ts";

describe("a key of labels", () => {
  it("is the same for every order, and gives the labels back", () => {
    // Results of rules would be stored under other labels than they have if this fails.
    const text = fc.string({ unit: "grapheme" }).map((value) => value.replaceAll("\u0000", ""));
    const name = fc.oneof(
      fc.constant("__proto__"),
      text.filter((value) => value !== ""),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text)), (pairs) => {
        const labels = Object.fromEntries(pairs);
        const key = labelsKey(labels);
        assert.deepEqual(labelsOfKey(key), labels);
        assert.equal(labelsKey(Object.fromEntries(Object.entries(labels).reverse())), key);
      }),
    );
  });
});
