import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { anyCharacter } from "../../../../test/support/any-character.ts";
import type { StoredEvent } from "../../../core/node-event.ts";
import { DamagedFileError } from "../../../store/database.ts";
import { telemetryLab } from "../../../store/beside/telemetry.test-support.ts";
import { readEventPage, storeEvents } from "./receive-events.ts";

const good = { kind: "chain.block", subject: "geth", key: "0xa", timeMs: 1, fields: { number: 1 } };
const text = fc.oneof(fc.string({ unit: anyCharacter, maxLength: 4 }), fc.constantFrom("\ud800", "__proto__"));
const event = fc.record({
  kind: fc.constant("chain.block"),
  subject: text,
  key: text,
  timeMs: fc.oneof(fc.integer(), fc.constantFrom(1e300, 0.5)),
  fields: fc.oneof(fc.dictionary(text, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }), fc.jsonValue({ maxDepth: 1 })),
});

describe("events that come from an agent", () => {
  it("can be read again if they are taken, and are of the token's node alone", () => {
    // If it fails, an agent writes its neighbour's blocks, or what the hub's store then calls damaged.
    fc.assert(
      fc.property(event, (sent) => {
        const body: unknown = JSON.parse(JSON.stringify({ node: "n-2", events: [sent] }));
        const received = pageOrNull(body);
        if (received === null) return;
        using lab = telemetryLab();
        storeEvents(lab.store, received);
        const { items } = lab.reader.events({ kind: "chain.block" }, { limit: 10, cursor: null }, lab.allowance);
        assert.deepEqual(
          items.map(({ item }) => item),
          received.events.map((one): StoredEvent => ({ ...one, node: "n-1" })),
        );
        assert.deepEqual(lab.notes, []);
      }),
      { numRuns: 40 },
    );
  });

  it("are refused where they are too long, too many, or none", () => {
    // If it fails, one agent fills the hub's disk, or its index of times overflows.
    const cases: readonly object[] = [
      { kind: "k".repeat(65) },
      { subject: "s".repeat(257) },
      { key: "\udfff" },
      { timeMs: 1e15 },
      { timeMs: 0.5 },
      { timeMs: Number.POSITIVE_INFINITY },
      { fields: { text: "x".repeat(16_384) } },
      { fields: { deep: { deeper: {} } } },
      { fields: { list: [1] } },
      { fields: { number: Number.POSITIVE_INFINITY } },
      { fields: null },
      { key: undefined },
    ];
    assert.notEqual(pageOrNull({ node: "n-1", events: [good] }), null);
    for (const part of cases) {
      assert.equal(pageOrNull({ node: "n-1", events: [{ ...good, ...part }] }), null, JSON.stringify(part).slice(0, 50));
    }
    const many = Array.from({ length: 501 }, () => good);
    for (const body of [undefined, null, [], {}, { node: "n-1" }, { events: [good] }, { node: "n-1", events: many }]) {
      assert.equal(pageOrNull(body), null);
    }
  });
});

function pageOrNull(body: unknown): ReturnType<typeof readEventPage> | null {
  try {
    return readEventPage(body, "n-1");
  } catch (error) {
    if (error instanceof DamagedFileError) return null;
    throw error;
  }
}
