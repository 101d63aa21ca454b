import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { editDistance, nearestWord } from "./config-file-nearest.ts";

// If these fail, a user who mistypes a key, a command or a flag gets no hint, or a misleading one.

test("a slip of the finger finds the word that was meant", () => {
  const keys = ["level", "output_dir", "max_files", "max_file_bytes"];
  const cases = [
    ["levle", "level"],
    ["Level", "level"],
    ["outputdir", "output_dir"],
    ["max_file", "max_files"],
    ["completely_different", null],
    ["", null],
  ] as const;
  for (const [word, expected] of cases) assert.equal(nearestWord(word, keys), expected, word);
});

test("a word of any length is answered at once", () => {
  assert.equal(nearestWord("x".repeat(1_000_000), ["level"]), null);
});

test("the distance is 0 only for equal words, symmetric, and at most the longer word's length", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b);
      assert.equal(distance === 0, a === b);
      assert.equal(distance, editDistance(b, a));
      assert.ok(distance <= Math.max(a.length, b.length));
      assert.ok(distance >= Math.abs(a.length - b.length));
    }),
  );
});

test("swapping two neighbours is one slip", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 2, maxLength: 12 }), fc.nat(), (word, seed) => {
      const at = seed % (word.length - 1);
      const swapped = `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
      assert.ok(editDistance(word, swapped) <= 1);
    }),
  );
});
