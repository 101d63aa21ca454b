import assert from "node:assert/strict";
import { test } from "node:test";
import { currentRow } from "./current-row.ts";

test("a value is of now only while its row is young enough", () => {
  // Wrong: a client that stopped four minutes ago still has peers in large digits; or one missed tick makes a figure flicker.
  const timesMs = [1000, 2000, 3000, 4000];
  assert.equal(currentRow(timesMs, [1, 2, 3, 4], 2000), 3);
  assert.equal(currentRow(timesMs, [1, 2, null, null], 2000), 1);
  assert.equal(currentRow(timesMs, [1, 2, null, null], 2001), -1);
  assert.equal(currentRow(timesMs, [null, null, null, null], 0), -1);
  // A window that does not move has no now: its last value stands.
  assert.equal(currentRow(timesMs, [1, null, null, null], Number.NEGATIVE_INFINITY), 0);
});
