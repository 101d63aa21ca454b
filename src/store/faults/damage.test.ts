import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  type Answers,
  answersOf,
  type Damage,
  damaged,
  judge,
  makeStore,
  type StoreBytes,
  withStore,
} from "./damaged-store.test-support.ts";

/** For long runs; `test/extended/store-flips.test.ts` flips thousands of bits. */
const manyTimes = Number(process.env["CHAINPULSE_DAMAGE_TIMES"] ?? 1);

/** Every file is hit as often, whatever its size; its header more often than a page of samples. */
function damageOf(bytes: StoreBytes): fc.Arbitrary<Damage> {
  const names = [...bytes.keys()].filter((name) => (bytes.get(name)?.length ?? 0) > 0);
  return fc.constantFrom(...names).chain((name) => {
    const length = bytes.get(name)?.length ?? 0;
    const at = fc.oneof(
      { weight: 1, arbitrary: fc.nat(Math.min(99, length - 1)) },
      { weight: 3, arbitrary: fc.nat(length - 1) },
    );
    return fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant("flip" as const), name: fc.constant(name), at, bit: fc.nat(7) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), name: fc.constant(name), at }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("zeros" as const), name: fc.constant(name), at }) },
    );
  });
}

function check(bytes: StoreBytes, expected: Answers, damage: Damage): void {
  // What a log had that is damaged only its writer can tell.
  const alone = !(damage.name.startsWith("samples/") && damage.name.endsWith("-wal"));
  const problems = withStore(bytes, damaged(bytes, damage), (dataDir) => judge(dataDir, expected, alone));
  assert.deepEqual(problems.slice(0, 3), [], `${problems.length} problems`);
}

describe("a damaged store", () => {
  for (const [end, runs] of [
    ["closed", 20],
    ["killed", 20],
  ] as const) {
    it(`starts, gives no wrong value and leaves no gap without a word, whatever is damaged (${end})`, () => {
      // One bad sector would keep the program from starting, show values that nobody measured, or hide a loss.
      const bytes = makeStore(end);
      const expected = answersOf(bytes);
      assert.equal(withStore(bytes, new Map(), (dataDir) => judge(dataDir, expected)).length, 0);
      fc.assert(
        fc.property(damageOf(bytes), (damage) => check(bytes, expected, damage)),
        { numRuns: runs * manyTimes },
      );
    });
  }

  it("takes lengths and numbers of any size from a damaged file without running out of memory or time", () => {
    // A length of four gigabytes in a damaged block would end the process.
    const bytes = makeStore("closed");
    const expected = answersOf(bytes);
    const name = [...bytes.keys()].find((one) => one.startsWith("samples/")) ?? "";
    const word = fc.constantFrom(0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0);
    const at = fc.nat((bytes.get(name)?.length ?? 4) - 4);
    fc.assert(
      fc.property(at, word, (offset, value) => check(bytes, expected, { kind: "word", name, at: offset, value })),
      { numRuns: 8 * manyTimes },
    );
  });

  it("ignores foreign files, and does without any file but the samples that are gone", () => {
    // A note beside the data, or a file that somebody has deleted, would keep the program from starting.
    const bytes = makeStore("closed");
    const expected = answersOf(bytes);
    const foreign = ["notes.txt", "samples/old.db", "samples/20261125T180000.000Z.db~", "tiers/1m/x", "samples/.hidden"];
    const more = new Map(foreign.map((name) => [name, Uint8Array.of(1, 2, 3)]));
    assert.deepEqual(
      withStore(bytes, more, (dataDir) => judge(dataDir, expected)),
      [],
    );
    for (const name of ["catalog.db", "catalog.copy.db", "lock.db", "state.db"]) {
      assert.deepEqual(
        withStore(bytes, new Map([[name, null]]), (dataDir) => judge(dataDir, expected)),
        [],
        name,
      );
    }
  });

  it("names files that are empty", () => {
    // A file that a crash has emptied would pass for hours in which nothing was measured.
    const bytes = makeStore("closed");
    const expected = answersOf(bytes);
    for (const name of [...bytes.keys()].filter((one) => one.endsWith("Z.db"))) {
      const problems = withStore(bytes, new Map([[name, new Uint8Array(0)]]), (dataDir) => judge(dataDir, expected));
      assert.deepEqual(problems.slice(0, 3), [], name);
    }
  });
});
