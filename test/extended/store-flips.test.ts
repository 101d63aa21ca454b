/**
 * One flipped bit at every n-th byte of every file of a small store, and the file cut off there: what a disk does, everywhere once. The
 * unit tests draw from the same at random. `CHAINPULSE_FLIP_STEP=7` takes every seventh byte, which lasts about an hour.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  answersOf,
  type Damage,
  damaged,
  judge,
  makeStore,
  withStore,
} from "../../src/store/faults/damaged-store.test-support.ts";

/** A prime: every structure that repeats is hit at each of its bytes in turn. */
const stepBytes = Number(process.env["CHAINPULSE_FLIP_STEP"] ?? 509);
const cutEvery = 5;

describe("a damaged store, systematically", () => {
  for (const end of ["closed", "killed"] as const) {
    // If this fails, some bad sector keeps the program from starting, shows values that nobody measured, or hides a loss.
    it(`survives a flipped bit at every ${stepBytes}th byte, and cuts (${end})`, (test) => {
      const bytes = makeStore(end);
      const expected = answersOf(bytes);
      let trials = 0;
      for (const [name, { length }] of bytes) {
        // What a log had that is damaged only its writer can tell.
        const alone = !(name.startsWith("samples/") && name.endsWith("-wal"));
        // The header of each file byte by byte: SQLite believes what it says.
        for (let at = 0; at < length; at += at < 100 ? 3 : stepBytes, trials++) {
          const damage: Damage =
            trials % cutEvery === cutEvery - 1 ? { kind: "cut", name, at } : { kind: "flip", name, at, bit: trials % 8 };
          const problems = withStore(bytes, damaged(bytes, damage), (dataDir) => judge(dataDir, expected, alone));
          assert.deepEqual(problems.slice(0, 3), [], JSON.stringify(damage));
        }
      }
      test.diagnostic(`${trials} damaged stores`);
    });
  }
});
