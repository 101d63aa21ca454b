import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { itemsOf, perSecond, presentCounts, type Door } from "./flow.ts";

test("a rate is the increase over the time between two looks, and none where there is no such thing", () => {
  // Wrong: the picture of the flow shows a server that was restarted as one that receives less than nothing.
  const count = (counters: number): number => counters;
  assert.equal(perSecond({ now: 30, before: 10, seconds: 2 }, count), 10);
  assert.equal(perSecond({ now: 30, before: null, seconds: 2 }, count), null);
  assert.equal(perSecond({ now: 5, before: 10, seconds: 2 }, count), null);
  assert.equal(perSecond({ now: 30, before: 10, seconds: 0 }, count), null);
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.double({ min: 0.001, max: 1e6, noNaN: true }), (before, increase, seconds) => {
      const rate = perSecond({ now: before + increase, before, seconds }, count);
      assert.ok(rate !== null && Math.abs(rate * seconds - increase) <= 1e-6 * increase + 1e-9);
    }),
  );
});

test("a native histogram is one of the samples, and not another item", () => {
  // Wrong: senders of histograms seem to send twice as much as they do.
  const received = { samples: 10, histograms: 4, exemplars: 1, metadata: 2, spans: 0, logs: 0, events: 0 };
  const door: Pick<Door, "received"> = { received };
  assert.equal(itemsOf({ ...emptyDoor, ...door }), 13);
});

test("counts of nothing are left out, and the greatest comes first", () => {
  // Wrong: the one reason that matters drowns among six zeros.
  assert.deepEqual(presentCounts({ invalid: 0, too_old: 3, too_new: 7 }), [
    ["too_new", 7],
    ["too_old", 3],
  ]);
});

const emptyDoor: Door = {
  door: "remote_write",
  requests: { stored: 0, refused: 0, overloaded: 0, failed: 0 },
  bytes: 0,
  received: { samples: 0, histograms: 0, exemplars: 0, metadata: 0, spans: 0, logs: 0, events: 0 },
  refused: { invalid: 0, label_limit: 0, series_limit: 0, too_old: 0, too_new: 0, unsupported: 0, forbidden: 0, sampled: 0 },
};
