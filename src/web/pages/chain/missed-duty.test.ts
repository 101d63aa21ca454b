import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredEvent } from "../../../core/node-event.ts";
import type { EventFields } from "../../data/event-fields.ts";
import { missedDuties, slotsText } from "./missed-duty.ts";

const event = (slot: number, more: EventFields = {}): StoredEvent => ({
  node: "n",
  kind: "chain.duty",
  subject: "beacon",
  key: `${slot}`,
  timeMs: slot * 1000,
  fields: {
    validator: 13,
    count: 1,
    group: "home",
    duty: "sync_committee",
    slot,
    epoch: 3,
    outcome: "missed",
    others: 0.8,
    ...more,
  },
});

test("misses of one validator in one epoch are one line with all their slots", () => {
  // Wrong: a sync committee hides the missed proposal, or a slot is lost.
  const lines = missedDuties([
    event(32, { others: 0.5 }),
    event(31),
    event(31, { duty: "proposal", others: null }),
    event(30, { validator: 14 }),
    event(23, { epoch: 2 }),
  ]);
  assert.deepEqual(
    lines.map(({ duty, validator, epoch, slots, count, others, timeMs }) => [
      duty,
      validator,
      epoch,
      slots,
      count,
      others,
      timeMs,
    ]),
    [
      ["sync_committee", "13", 3, [31, 32], 2, 0.5, 32_000],
      ["proposal", "13", 3, [31], 1, null, 31_000],
      ["sync_committee", "14", 3, [30], 1, 0.8, 30_000],
      ["sync_committee", "13", 2, [23], 1, 0.8, 23_000],
    ],
  );
});

test("an event that stands for many counts as many", () => {
  // Wrong: a hundred misses look like one.
  const [line] = missedDuties([event(40, { validator: null, count: 120, others: null })]);
  assert.deepEqual([line?.validator, line?.count, line?.others], [null, 120, null]);
});

test("long lists of slots are cut, and say so", () => {
  // Wrong: one line fills the screen.
  assert.equal(slotsText([1, 2, 3, 4]), "1, 2, 3, 4");
  assert.equal(slotsText([1000, 2, 3, 4, 5, 6]), "1,000, 2, 3, 4 and 2 more");
  assert.equal(slotsText([]), "");
});
