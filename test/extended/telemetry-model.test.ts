/** The model tests of what is stored beside samples, and of what observers hold, at length. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const modelTests = [
  "store/beside/telemetry-model.test.ts",
  "store/beside/events/event-store.test.ts",
  "collect/observed-board.test.ts",
].map((path) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url)));

test("spans, log records, events and held values come back as they came, in 500 lives", { timeout: 600_000 }, () => {
  // A trace would lose spans, or show some twice; a dead client would show values: in an order of things that a dozen lives do not have.
  const env = { ...process.env, CHAINPULSE_MODEL_RUNS: "500", NODE_TEST_CONTEXT: undefined };
  const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=spec", ...modelTests], {
    env,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});
