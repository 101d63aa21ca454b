import assert from "node:assert/strict";
import { test } from "node:test";
import { errorPosition } from "./error-position.ts";

test("a parser's complaint is found in the text", () => {
  // Wrong: the mark stands under a character that is right.
  assert.equal(errorPosition("1:5: parse error: unexpected end", "sum("), 4);
  assert.equal(errorPosition("2:3: unexpected )", "sum(\n a)"), 7);
  assert.equal(errorPosition("at 12:30 it failed", "x"), null);
  assert.equal(errorPosition("something else", "x"), null);
});
