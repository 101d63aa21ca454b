import assert from "node:assert/strict";
import { test } from "node:test";
import type { SampleWriter } from "../core/storage.ts";
import { memoryWriter } from "./intake/memory-writer.test-support.ts";
import { HoldCounts, withHolds } from "./series-holds.ts";

test("a series that a collector and a sender write stays until both have given it up", () => {
  // What breaks: a sender that ends takes a collector's series away, and its next tick is refused.
  const inner = memoryWriter();
  const given: number[] = [];
  const missing = (): never => assert.fail("not asked for here");
  const writer = withHolds({
    ...inner,
    release: (ref) => void given.push(ref),
    holds: missing,
    commit: missing,
    endLastRun: missing,
    backlog: missing,
    rewind: missing,
    maintain: missing,
    stats: missing,
    close: missing,
  } satisfies SampleWriter);
  const ref = writer.resolve({ __name__: "m" });
  assert.equal(writer.resolve({ __name__: "m" }), ref);
  writer.release(ref);
  assert.deepEqual(given, []);
  writer.release(ref);
  assert.deepEqual(given, [ref]);
  writer.release(ref);
  assert.deepEqual(given, [ref], "nobody gives up what nobody holds");
});

test("holds are counted for numbers of any size", () => {
  // What breaks: with many series holds are lost, and series are forgotten while somebody writes them.
  const holds = new HoldCounts();
  assert.equal(holds.add(1_000_000), 1);
  assert.equal(holds.add(1_000_000), 2);
  assert.equal(holds.add(0), 1);
  assert.deepEqual(
    [...holds.entries()],
    [
      [0, 1],
      [1_000_000, 2],
    ],
  );
  assert.equal(holds.remove(0), 0);
  assert.equal(holds.remove(0), -1);
  assert.equal(holds.remove(5_000_000), -1);
});
