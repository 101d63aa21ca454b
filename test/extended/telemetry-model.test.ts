/** The model test of the store of spans and log records, at length. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const modelTest = fileURLToPath(new URL("../../src/store/beside/telemetry-model.test.ts", import.meta.url));

test("spans and log records come back as they came, in 500 lives of the store", { timeout: 600_000 }, () => {
  // A trace would lose spans, or show some twice, in an order of events that a dozen lives do not have.
  const env = { ...process.env, CHAINPULSE_MODEL_RUNS: "500", NODE_TEST_CONTEXT: undefined };
  const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=spec", modelTest], {
    env,
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});
