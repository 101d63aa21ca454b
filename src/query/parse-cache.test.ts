import assert from "node:assert/strict";
import { test } from "node:test";
import { ParseCache } from "./parse-cache.ts";

/** A text of 60,000 characters that is parsed at once. */
const long = (name: string): string => `sum by (${Array.from({ length: 30_000 }, () => "a").join(",")}) (${name})`;

// If it fails, every tick parses all expressions again, or whoever sends different long queries fills the thread's memory.
test("S13: what was used last is kept, within bounds on the number and the length of texts", () => {
  const few = new ParseCache(2);
  const [first, second] = [few.get("a"), few.get("b")];
  assert.equal(few.get("a"), first);
  few.get("c");
  assert.equal(few.get("a"), first);
  assert.notEqual(few.get("b"), second);

  const many = new ParseCache(1000);
  const kept = many.get("a");
  const dropped = many.get(long("x0"));
  for (let index = 1; index < 10; index++) {
    assert.equal(many.get("a"), kept);
    many.get(long(`x${index}`));
  }
  assert.equal(many.get("a"), kept);
  assert.notEqual(many.get(long("x0")), dropped);
});
