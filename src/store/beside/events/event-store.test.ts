import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { anyCharacter } from "../../../../test/support/any-character.ts";
import { telemetrySchema } from "../../../core/config-telemetry.ts";
import { type EventFilter, eventTimeMsMax, type EventValue, type StoredEvent } from "../../../core/node-event.ts";
import { openForWriting, transaction } from "../../database.ts";
import { mountDisk } from "../../faults/mounted-disk.test-support.ts";
import { keepLines } from "../../log-lines.test-support.ts";
import { eventPath } from "../telemetry-files.ts";
import { openTelemetryReader } from "../telemetry-reader.ts";
import { openTelemetryStore } from "../telemetry-store.ts";
import { allPages, type TelemetryLab, telemetryLab } from "../telemetry.test-support.ts";
import { readEvents } from "./event-reader.ts";
import { eventSchema, EventTables } from "./event-tables.ts";

const mib = 1_048_576;
/** The extended tests do more. */
const numRuns = Number(process.env["CHAINPULSE_MODEL_RUNS"] ?? 12);

function eventOf(part: Partial<StoredEvent> = {}): StoredEvent {
  return { kind: "chain.block", node: "node-1", subject: "geth", key: "0xa", timeMs: 1000, fields: { number: 1 }, ...part };
}

function read({ reader, allowance }: TelemetryLab, filter: EventFilter, limit = 100): readonly StoredEvent[] {
  return allPages((cursor) => reader.events(filter, { limit, cursor }, allowance));
}

const text = fc.string({ unit: anyCharacter, maxLength: 4 });
const value: fc.Arbitrary<EventValue> = fc.oneof(
  text,
  fc.boolean(),
  fc.constant(null),
  fc.integer(),
  fc.array(text, { maxLength: 2 }),
  fc.dictionary(text, fc.integer(), { maxKeys: 2, noNullPrototype: true }),
);
const timeMs = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -eventTimeMsMax, max: eventTimeMsMax }));
const kind = fc.constantFrom("chain.block", "chain.reorg");
const name = fc.constantFrom("a", "b", "\u0000", "__proto__");
const event: fc.Arbitrary<StoredEvent> = fc.record(
  {
    kind,
    node: name,
    subject: name,
    key: name,
    timeMs,
    fields: fc.dictionary(text, value, { maxKeys: 3, noNullPrototype: true }),
  },
  { noNullPrototype: true },
);
const filter = fc.record(
  { kind, node: name, subject: name, key: name, fromMs: timeMs, toMs: timeMs },
  { requiredKeys: ["kind"], noNullPrototype: true },
);

describe("the store of events", () => {
  it("gives back the last word on every event, newest first, by whatever is asked for", () => {
    // A block without its phases, twice in a list, or among those of another client: nobody could look anything up.
    const batch = fc.tuple(fc.array(event, { maxLength: 8 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 4 }), filter, fc.integer({ min: 1, max: 4 }), (batches, wanted, limit) => {
        using lab = telemetryLab();
        const model = new Map<string, StoredEvent>();
        for (const [events, isKilled] of batches) {
          lab.store.addEvents(events);
          for (const one of events) {
            const identity = JSON.stringify([one.kind, one.node, one.subject, one.key]);
            model.delete(identity);
            model.set(identity, one);
          }
          if (isKilled) lab.reopen();
        }
        const expected = [...model.values()]
          .reverse()
          .filter((one) => meets(one, wanted))
          .sort((a, b) => b.timeMs - a.timeMs);
        assert.deepEqual(read(lab, wanted, limit), expected);
        assert.deepEqual(lab.notes, []);
      }),
      { numRuns },
    );
  });

  it("keeps what came last of each client, whatever time it claims, and keeps to its size", () => {
    // A client that lies about time, or a busy one, would push out what is true of the others; or the disk fills up.
    const dataDir = mkdtempSync(join(tmpdir(), "chainpulse-events-"));
    const database = openForWriting(eventPath(dataDir), eventSchema);
    const tables = new EventTables(database, { perSource: 100, bytes: mib });
    const add = (events: readonly StoredEvent[]): void => transaction(database, () => tables.add(events));
    const keysOf = (subject: string): readonly string[] => {
      const allowance = { check: () => undefined, isLate: () => false, note: (note: string) => assert.fail(note) };
      const wanted = { kind: "chain.block", subject };
      return allPages((cursor) => readEvents(dataDir, wanted, { limit: 500, cursor }, allowance)).map(({ key }) => key);
    };
    add([eventOf({ subject: "quiet", key: "only" })]);
    for (let i = 0; i < 300; i++) add([eventOf({ key: String(i), timeMs: 1e6 - i }), eventOf({ key: "told anew", timeMs: i })]);
    const kept = keysOf("geth");
    assert.ok(kept.length >= 100 && kept.length <= 103, String(kept.length));
    assert.ok(kept.includes("299") && kept.includes("told anew") && !kept.includes("0"));
    assert.deepEqual(keysOf("quiet"), ["only"]);

    for (let i = 0; i < 400; i++) {
      add([eventOf({ subject: `s${i % 7}`, key: String(i), fields: { noise: randomBytes(5000).toString("hex") } })]);
    }
    const left = Array.from({ length: 7 }, (_, i) => keysOf(`s${i}`)).flat();
    assert.ok(left.length > 50 && left.includes("399") && !left.includes("0"), String(left.length));
    assert.deepEqual(keysOf("quiet"), [], "the oldest of all has gone");
    database.close();
    const { size } = statSync(eventPath(dataDir));
    assert.ok(size < 1.1 * mib, String(size));
    rmSync(dataDir, { recursive: true });
  });

  it("leaves out an event that is damaged, and begins anew where the file is none", () => {
    // One bad sector would end the list of blocks for ever, or show a number that nobody has measured.
    using lab = telemetryLab();
    lab.store.addEvents([eventOf(), eventOf({ key: "0xb", timeMs: 2000 })]);
    lab.store.close();
    const path = eventPath(lab.dataDir);
    const database = new DatabaseSync(path);
    database.exec("UPDATE event SET time_ms = time_ms + 1 WHERE key = '0xa'");
    database.close();
    assert.deepEqual(read(lab, { kind: "chain.block" }), [eventOf({ key: "0xb", timeMs: 2000 })]);
    assert.match(lab.notes.join(), /events\.db is damaged.*the checksum of event .*0xa/);
    writeFileSync(path, "no database");
    lab.reopen();
    assert.deepEqual(read(lab, { kind: "chain.block" }), []);
    lab.store.addEvents([eventOf({ key: "0xc" })]);
    assert.deepEqual(read(lab, { kind: "chain.block" }), [eventOf({ key: "0xc" })]);
    assert.ok(lab.lines.some(({ level, fields }) => level === "error" && String(fields["path"]).endsWith(".corrupt")));
  });

  it("refuses events while the disk is full, and goes on by itself", (context) => {
    // After a full disk ChainPulse would have to be started anew before it knows any block.
    const disk = mountDisk(8 * mib);
    if (disk === null) return context.skip("only root may mount a disk");
    using _ = disk;
    const { logger } = keepLines();
    const dataDir = join(disk.path, "data");
    const clock = { nowMs: () => 0, monotonicMs: () => 0 };
    const store = openTelemetryStore({ dataDir, clock, logger, limits: telemetrySchema.parse({}) });
    const reader = openTelemetryReader({ dataDir, logger });
    const allowance = { check: () => undefined, isLate: () => false, note: (note: string) => assert.fail(note) };
    const keys = (): readonly string[] =>
      allPages((cursor) => reader.events({ kind: "chain.block" }, { limit: 500, cursor }, allowance)).map(({ key }) => key);
    store.addEvents([eventOf()]);
    const ballast = join(disk.path, "ballast");
    const { bavail, bsize } = statfsSync(disk.path);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 100_000));
    const many = Array.from({ length: 100 }, (_, i) => eventOf({ key: String(i), fields: { noise: "x".repeat(5000) } }));
    assert.throws(() => store.addEvents(many), { code: "STORE_FULL" });
    assert.equal(store.stats().failed, 100);
    assert.deepEqual(keys(), ["0xa"]);
    rmSync(ballast);
    store.addEvents(many);
    assert.equal(keys().length, 101);
    reader.close();
    store.close();
  });
});

function meets(
  one: StoredEvent,
  { kind: ofKind, node, subject, key, fromMs = -Infinity, toMs = Infinity }: EventFilter,
): boolean {
  const named = [ofKind, node ?? one.node, subject ?? one.subject, key ?? one.key];
  const isNamed = isDeepStrictEqual(named, [one.kind, one.node, one.subject, one.key]);
  return isNamed && one.timeMs >= fromMs && one.timeMs <= toMs;
}
