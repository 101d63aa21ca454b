import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseHistory, recalled, withQuery } from "./history-list.ts";

test("the newest query comes first, once, and the list has an end", () => {
  // Wrong: the query that was just run cannot be found again, or the browser's storage fills up.
  assert.deepEqual(withQuery(["a", "b"], "b"), ["b", "a"]);
  assert.deepEqual(withQuery(["a"], ""), ["a"]);
  assert.deepEqual(withQuery(["a"], "x".repeat(5000)), ["a"]);
  const many = Array.from({ length: 100 }, (_, index) => String(index)).reduce(withQuery, [] as readonly string[]);
  assert.equal(many.length, 30);
  assert.equal(many[0], "99");
});

test("whatever is stored is read as a list of expressions", () => {
  // Wrong: a spoiled entry of the browser's storage keeps the page from opening.
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (stored) =>
      assert.ok(parseHistory(stored).every((entry) => typeof entry === "string" && entry !== "")),
    ),
  );
  assert.deepEqual(parseHistory('["a",1,"",null,"b"]'), ["a", "b"]);
  assert.deepEqual(parseHistory(null), []);
});

test("up and down walk through the list and never replace what is being written", () => {
  // Wrong: an arrow key throws half an expression away.
  const entries = ["new", "old"];
  assert.equal(recalled(entries, "", "older"), "new");
  assert.equal(recalled(entries, "new", "older"), "old");
  assert.equal(recalled(entries, "old", "older"), null);
  assert.equal(recalled(entries, "old", "newer"), "new");
  assert.equal(recalled(entries, "new", "newer"), "");
  assert.equal(recalled(entries, "", "newer"), null);
  assert.equal(recalled(entries, "being written", "older"), null);
});
