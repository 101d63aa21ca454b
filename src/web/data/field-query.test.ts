import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldQuery, rowsQuery } from "./field-query.ts";

test("a copied figure is the number that the page shows", () => {
  // Wrong: what is pasted into a rule alerts on a share where the page shows percent, or on each disk where it shows the worst.
  assert.equal(fieldQuery({ expr: "a / b" }), "a / b");
  assert.equal(fieldQuery({ expr: "a / b", scale: 100 }), "(a / b) * 100");
  assert.equal(fieldQuery({ expr: "a", reduce: "max", scale: 100 }), "max(a) * 100");
  assert.equal(fieldQuery({ expr: "(a) + (b)", reduce: "only" }), "(a) + (b)");
  assert.equal(fieldQuery({ expr: null }), null);
});

test("a copied table is its rows in its order", () => {
  // Wrong: the query lists other processes than the table.
  assert.equal(rowsQuery({ expr: "a / b", scale: 100 }, 8, true), "topk(8, (a / b) * 100)");
  assert.equal(rowsQuery({ expr: "a" }, 200, false), "bottomk(200, a)");
  assert.equal(rowsQuery({ expr: null }, 8, true), null);
});
