import assert from "node:assert/strict";
import { test } from "node:test";
import { type Box, isOwnArrow } from "./own-arrow.ts";

const right = { key: "ArrowRight", shiftKey: false };

function box(name: string, clientWidth: number, scrollWidth: number): Box {
  return { clientWidth, scrollWidth, classList: { contains: (one) => one === name } };
}

test("a table that is wider than its box keeps the arrow keys", () => {
  // Wrong: who has no mouse cannot reach the last columns of a wide table, and moves the time range of every chart instead.
  const cell = box("number", 80, 80);
  assert.equal(isOwnArrow(right, [cell, box("table-scroll", 400, 900), box("page", 400, 400)]), true);
  assert.equal(isOwnArrow({ ...right, key: "ArrowLeft" }, [box("section-nav", 300, 700)]), true);
});

test("what does not scroll sideways leaves the arrow keys to the page", () => {
  // Wrong: after a click into any table, or with something else wide around it, the arrow keys do nothing at all.
  assert.equal(isOwnArrow(right, [box("table-scroll", 900, 900), box("section-nav", 900, 900)]), false);
  assert.equal(isOwnArrow(right, [box("clip", 80, 200)]), false);
  assert.equal(isOwnArrow(right, []), false);
});

test("with Shift an arrow key chooses text", () => {
  // Wrong: who selects a hash or a message by keyboard sends the whole page into another time range.
  assert.equal(isOwnArrow({ ...right, shiftKey: true }, []), true);
});

test("keys that are no arrows go to the page from within a wide table", () => {
  // Wrong: `?`, which needs Shift on most keyboards, and every other shortcut die once a table has the focus.
  assert.equal(isOwnArrow({ key: "?", shiftKey: true }, []), false);
  assert.equal(isOwnArrow({ key: "t", shiftKey: false }, [box("table-scroll", 400, 900)]), false);
});
