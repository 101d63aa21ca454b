import assert from "node:assert/strict";
import { test } from "node:test";
import { newestRow } from "./chart-frame.ts";

test("the legend shows the newest row with a value, unless that is no longer the value of now", () => {
  // Wrong: the legend names minutes-old values as the present ones; or it is empty while one query waits for its tick.
  const data = {
    timesMs: [1000, 2000, 3000],
    values: [
      [1, 2, null],
      [5, null, null],
    ],
    drawn: [],
  };
  assert.equal(newestRow(data, 1500), 1);
  assert.equal(newestRow(data, 2500), null);
  assert.equal(newestRow(data, Number.NEGATIVE_INFINITY), 1);
  assert.equal(newestRow({ timesMs: [], values: [], drawn: [] }, Number.NEGATIVE_INFINITY), null);
});
